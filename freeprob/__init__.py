"""Free probability and the random matrix theory of deep learning.

One description of a spectrum, three readings: an exact equation, a number, a simulated matrix.
Names are loaded on first use, so that ``import freeprob`` stays cheap.
"""

from importlib import import_module as _import_module

__version__ = "0.1.0"

_HOMES: dict[str, str] = {
    "AlgebraicLaw": "laws.given.algebraic",
    "Arcsine": "laws.named.arcsine",
    "Atomic": "laws.named.atomic",
    "Cauchy": "laws.named.cauchy",
    "Comparison": "ensembles.comparison",
    "CompoundFreePoisson": "laws.named.compound_free_poisson",
    "DensityLaw": "laws.given.density",
    "Deterministic": "models.letters.spectral_letters",
    "Empirical": "laws.named.empirical",
    "Fit": "laws.matrices.fitting",
    "FreeMeixner": "laws.named.free_meixner",
    "FreePoisson": "laws.named.free_poisson",
    "FussCatalan": "laws.named.fuss_catalan",
    "GOE": "models.letters.gaussian_letters",
    "GUE": "models.letters.gaussian_letters",
    "Ginibre": "models.letters.gaussian_letters",
    "HaarOrthogonal": "models.letters.haar_letters",
    "HaarUnitary": "models.letters.haar_letters",
    "HardEdge": "numeric.determinants.hard_edge",
    "KestenMcKay": "laws.named.kesten_mckay",
    "Law": "laws.base",
    "LawSymbol": "laws.given.law_symbol",
    "MarchenkoPastur": "laws.named.marchenko_pastur",
    "Normal": "nets.expectations.normal",
    "PointMass": "laws.named.atomic",
    "Projection": "models.letters.spectral_letters",
    "Raney": "laws.named.raney",
    "Semicircle": "laws.named.semicircle",
    "Spike": "models.letters.spikes",
    "TracyWidom": "numeric.determinants.tracy_widom",
    "TransformLaw": "laws.given.transform",
    "Uniform": "laws.named.uniform",
    "Wachter": "laws.named.wachter",
    "boolean_sum": "laws.operations.boolean_sum",
    "boxplus": "laws.operations.free_sum",
    "boxplus_power": "laws.operations.free_sum",
    "boxtimes": "laws.operations.free_product",
    "boxtimes_power": "laws.operations.free_product",
    "check": "models.checking",
    "cite": "bibliography",
    "compress": "laws.operations.compress",
    "fluctuation": "models.limit_laws.eigenvalue_sums",
    "independent_copies": "models.letters.independent_copies",
    "image": "nets.expectations.images",
    "information_plus_noise": "laws.operations.information_plus_noise",
    "jointly_diagonal": "models.letters.spectral_letters",
    "law": "models.limit_laws.law",
    "mixture": "laws.operations.mixture",
    "mobius": "laws.operations.maps",
    "monotone": "laws.operations.monotone_sum",
    "deterministic_equivalent": "models.equivalents.deterministic_equivalent",
    "normalized_trace": "models.traces.normalized",
    "rectangular_boxplus": "laws.operations.rectangular",
    "sample_covariance": "laws.operations.free_product",
    "simulate": "models.samples.sampling",
    "subtract": "laws.operations.free_difference",
    "symmetrize": "laws.operations.square",
}

_ROOMS = ("ensembles", "nets", "landscapes", "testing", "plotting", "errors")

__all__ = [*sorted(_HOMES), *_ROOMS]


def __getattr__(name: str) -> object:
    if name in _HOMES:
        value = getattr(_import_module(f"freeprob.{_HOMES[name]}"), name)
        globals()[name] = value
        return value
    if name in _ROOMS:
        return _import_module(f"freeprob.{name}")
    no_name = _import_module("freeprob.completion").no_name
    raise no_name("freeprob", name, __all__)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
