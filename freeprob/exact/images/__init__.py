"""Transforms of functions of classical variables, for SymPy. By ``gaussian_transform``."""
