"""Edges of what is made of parts, from the edges of the parts. Enter by ``outline``."""
