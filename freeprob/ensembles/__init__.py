"""Matrices: samplers of the classical ensembles, models built from them, spectra, comparisons."""

from freeprob.ensembles.classical import gaussian, ginibre, haar, wishart
from freeprob.ensembles.comparison import Comparison, Verdict, compare, simulated
from freeprob.ensembles.finite_size import (
    extreme_eigenvalue_rate,
    goe_density,
    goe_determinant,
    gue_density,
)
from freeprob.ensembles.functions import Affine, Blocks, Chiral, Companion, Mapped, Mobius, Rational
from freeprob.ensembles.model import AtomicQuantile, Deterministic, Gaussian, Model, Wishart
from freeprob.ensembles.products import FreeProduct
from freeprob.ensembles.rectangular_models import (
    CompoundWishart,
    InformationPlusNoise,
    RectangularSum,
)
from freeprob.ensembles.selfadjoint import Dense, Diagonal, Gram, SelfAdjoint
from freeprob.ensembles.spectra import spectra
from freeprob.ensembles.sums import Corner, FreePower, FreeSum
from freeprob.ensembles.theory import Outlying, Scales, Statistic, Theory

__all__ = [
    "Affine",
    "AtomicQuantile",
    "Blocks",
    "Chiral",
    "Companion",
    "Comparison",
    "CompoundWishart",
    "Corner",
    "Dense",
    "Deterministic",
    "Diagonal",
    "FreePower",
    "FreeProduct",
    "FreeSum",
    "Gaussian",
    "Gram",
    "InformationPlusNoise",
    "Mapped",
    "Mobius",
    "Model",
    "Outlying",
    "Rational",
    "RectangularSum",
    "Scales",
    "SelfAdjoint",
    "Statistic",
    "Theory",
    "Verdict",
    "Wishart",
    "compare",
    "extreme_eigenvalue_rate",
    "gaussian",
    "ginibre",
    "goe_density",
    "goe_determinant",
    "gue_density",
    "haar",
    "simulated",
    "spectra",
    "wishart",
]
