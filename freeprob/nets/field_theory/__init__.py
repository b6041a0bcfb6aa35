"""Field theory of layers."""
