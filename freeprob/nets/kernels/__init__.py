"""Kernels of deep networks and regression with them."""
