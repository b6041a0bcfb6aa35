"""Loss surfaces: Hessians at critical points, complexity, outliers, local statistics, damping.

Names are loaded on first use.
"""

from importlib import import_module as _import_module

_HOMES: dict[str, str] = {
    "DriftedField": "kac_rice.drift",
    "GaussianField": "kac_rice.product_fields",
    "MixedPSpin": "kac_rice.spin_glasses",
    "PSpin": "kac_rice.spin_glasses",
    "TwoPlayerSpinGlass": "kac_rice.product_fields",
    "critical_energy": "hessians",
    "determinant_factor": "kac_rice.finite_rank",
    "hessian_law": "hessians",
    "index": "hessians",
    "index_exponent": "hessians",
    "network_field": "kac_rice.drift",
    "outliers": "batch_outliers",
}
_MODULES = ("damping", "experiments", "local")

__all__ = [*sorted(_HOMES), *_MODULES]


def __getattr__(name: str) -> object:
    if name in _HOMES:
        value = getattr(_import_module(f"freeprob.landscapes.{_HOMES[name]}"), name)
        globals()[name] = value
        return value
    if name in _MODULES:
        return _import_module(f"freeprob.landscapes.{name}")
    no_name = _import_module("freeprob.completion").no_name
    raise no_name("freeprob.landscapes", name, __all__)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
