"""Random networks: activations, Gaussian expectations, kernels, mean field."""
