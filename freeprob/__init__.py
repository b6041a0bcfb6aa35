"""Free probability and the random matrix theory of deep learning.

One description of a spectrum, three readings: an exact equation, a number, a simulated matrix.
Names are loaded on first use, so that ``import freeprob`` stays cheap.
"""

from importlib import import_module as _import_module

__version__ = "0.1.0"

_HOMES: dict[str, str] = {
    "AlgebraicLaw": "laws.algebraic",
    "Arcsine": "laws.arcsine",
    "Atomic": "laws.atomic",
    "Cauchy": "laws.cauchy",
    "Comparison": "ensembles.comparison",
    "CompoundFreePoisson": "laws.compound_free_poisson",
    "DensityLaw": "laws.density",
    "Deterministic": "models.letters",
    "FreeMeixner": "laws.free_meixner",
    "FreePoisson": "laws.free_poisson",
    "FussCatalan": "laws.fuss_catalan",
    "GOE": "models.letters",
    "GUE": "models.letters",
    "Ginibre": "models.letters",
    "HaarOrthogonal": "models.letters",
    "HaarUnitary": "models.letters",
    "KestenMcKay": "laws.kesten_mckay",
    "Law": "laws.base",
    "MarchenkoPastur": "laws.marchenko_pastur",
    "PointMass": "laws.atomic",
    "Projection": "models.letters",
    "Raney": "laws.raney",
    "Semicircle": "laws.semicircle",
    "TransformLaw": "laws.transform",
    "Uniform": "laws.uniform",
    "Wachter": "laws.wachter",
    "boolean_sum": "laws.boolean_sum",
    "boxplus": "laws.free_sum",
    "boxplus_power": "laws.free_sum",
    "boxtimes": "laws.free_product",
    "boxtimes_power": "laws.free_product",
    "check": "models.sampling",
    "compress": "laws.compress",
    "information_plus_noise": "laws.information_plus_noise",
    "jointly_diagonal": "models.letters",
    "law": "models.law",
    "mixture": "laws.mixture",
    "mobius": "laws.maps",
    "monotone": "laws.monotone_sum",
    "normalized_trace": "models.traces",
    "rectangular_boxplus": "laws.rectangular",
    "sample_covariance": "laws.free_product",
    "simulate": "models.sampling",
    "subtract": "laws.free_difference",
    "symmetrize": "laws.square",
}

_ROOMS = ("ensembles", "nets", "testing", "plotting", "errors")

__all__ = [*sorted(_HOMES), *_ROOMS]


def __getattr__(name: str) -> object:
    if name in _HOMES:
        value = getattr(_import_module(f"freeprob.{_HOMES[name]}"), name)
        globals()[name] = value
        return value
    if name in _ROOMS:
        return _import_module(f"freeprob.{name}")
    raise AttributeError(f"module 'freeprob' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
