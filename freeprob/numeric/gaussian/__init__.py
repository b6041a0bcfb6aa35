"""Gaussian means and tables of kernels by quadrature."""
