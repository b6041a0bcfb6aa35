"""Random-matrix expressions: write the matrix, get its equations, numbers and samples."""
