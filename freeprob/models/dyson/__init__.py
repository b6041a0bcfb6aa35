"""The matrix Dyson equation, as series and as floats: loops over families of letters."""
