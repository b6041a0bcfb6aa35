"""Letters of random-matrix expressions, their shapes, values and units."""
