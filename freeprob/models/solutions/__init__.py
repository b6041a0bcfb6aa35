"""What a Dyson equation gives: a leaf, conditional means, derivatives. Enter by ``coupled``."""
