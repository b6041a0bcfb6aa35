"""E f(X) and what is made of it: logarithmic potential, Shannon transform, entropies."""
