"""What is read off the series at infinity: moments, cumulants, expansions. By ``moments``."""
