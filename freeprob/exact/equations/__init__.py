"""The eliminated equation, the transforms of a system and derivations. By ``elimination``."""
