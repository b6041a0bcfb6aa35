"""What is true: atoms, cuts, edges, masses. Enter by ``support``, ``edges`` and ``atoms``."""
