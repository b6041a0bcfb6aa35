"""Where the spectrum lives: atoms, edges, cuts."""
