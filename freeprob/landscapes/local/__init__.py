"""Local statistics of spectra: spacings, gaps, ratios, unfolding, tests of universality."""

from freeprob.landscapes.local.ratios import mean_ratio, ratio_density
from freeprob.landscapes.local.spacings import number_variance, spacing_distribution, surmise
from freeprob.landscapes.local.unfolding import unfold
from freeprob.landscapes.local.universality import UniversalityReport, test_universality
from freeprob.numeric.determinants.sine_kernel import gap_probability, spacing_density

__all__ = [
    "UniversalityReport",
    "gap_probability",
    "mean_ratio",
    "number_variance",
    "ratio_density",
    "spacing_density",
    "spacing_distribution",
    "surmise",
    "test_universality",
    "unfold",
]
