"""Matrices: samplers of the classical ensembles, models built from them, spectra, comparisons."""

from .classical import gaussian, ginibre, haar, wishart
from .comparison import Comparison, compare
from .model import AtomicQuantile, Deterministic, Gaussian, Model, Wishart
from .operations import Affine, Blocks, Corner, FreeProduct, FreeSum, Mapped, Mobius
from .rectangular import CompoundWishart, InformationPlusNoise, RectangularSum
from .selfadjoint import Dense, Diagonal, Gram, SelfAdjoint
from .spectra import spectra
from .theory import Statistic, Theory

__all__ = [
    "Affine",
    "AtomicQuantile",
    "Blocks",
    "Comparison",
    "CompoundWishart",
    "Corner",
    "Dense",
    "Deterministic",
    "Diagonal",
    "FreeProduct",
    "FreeSum",
    "Gaussian",
    "Gram",
    "InformationPlusNoise",
    "Mapped",
    "Mobius",
    "Model",
    "RectangularSum",
    "SelfAdjoint",
    "Statistic",
    "Theory",
    "Wishart",
    "compare",
    "gaussian",
    "ginibre",
    "haar",
    "spectra",
    "wishart",
]
