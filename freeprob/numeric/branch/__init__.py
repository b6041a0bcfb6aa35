"""The physical branch, in float64 and in balls. Enter by ``branch`` and ``digits``."""
