"""Covariances of sums over eigenvalues, from two resolvents. Enter by ``two_point``."""
