"""What R is for each family of letters, as equations, series and floats. Enter by ``unknowns``."""
