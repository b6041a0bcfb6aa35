"""Exact moments and cumulants of a system."""

from __future__ import annotations

from collections.abc import Callable

import sympy as sp

from freeprob.errors import UndefinedOperationError
from freeprob.exact.algebra.fields import Field
from freeprob.exact.algebra.series import Series
from freeprob.exact.moments.cumulants import (
    boolean_cumulant_series,
    classical_cumulant_series,
    free_cumulant_series,
)
from freeprob.exact.moments.expansion import (
    leaf_moments,
    moment_field,
    moment_series,
)
from freeprob.exact.moments.places import uniformised_leaf
from freeprob.exact.systems.system import Node, System

# From here on one Newton iteration on the uniformised curve beats the series reversions of the
# operations' own rules, which are cheaper to set up.
_LONG = 128


def moments(system: System, n: int) -> list[sp.Expr]:
    """The moments m₁, …, mₙ, exact.

    Raises
    ------
    UndefinedOperationError
        If the law has no moments of that order.
    """
    return _written(system, n, lambda series: series)


def free_cumulants(system: System, n: int) -> list[sp.Expr]:
    """The free cumulants κ₁, …, κₙ, R(w) = Σ κₖ wᵏ⁻¹."""
    return _written(system, n, free_cumulant_series)


def boolean_cumulants(system: System, n: int) -> list[sp.Expr]:
    """The Boolean cumulants b₁, …, bₙ, z - F(z) = Σ bₖ z¹⁻ᵏ."""
    return _written(system, n, boolean_cumulant_series)


def classical_cumulants(system: System, n: int) -> list[sp.Expr]:
    """The classical cumulants k₁, …, kₙ, log E exp(tX) = Σ kₙ tⁿ/n!."""
    return _written(system, n, classical_cumulant_series)


def _written(system: System, n: int, change: Callable[[Series], Series]) -> list[sp.Expr]:
    """Coefficients 1 to n of a changed moment series as expressions."""
    field = moment_field(system, n)
    series = change(_series(system, n, field))
    values = [field.write(series.coefficient(k)) for k in range(1, n + 1)]
    if any(map(_is_complex, values)):
        raise UndefinedOperationError(
            "the law has no moments: zG(z) has no real expansion at infinity"
        )
    return values


def _is_complex(value: sp.Expr) -> bool:
    """Whether a number is not real, or not known to be and written with the imaginary unit."""
    roots = (power for power in value.atoms(sp.Pow) if not power.exp.is_integer)
    if not (value.has(sp.I) or any(root.base.is_negative for root in roots)):
        return False
    real = value.is_extended_real
    return real is False or (real is None and value.has(sp.I))


def _series(system: System, n: int, field: Field) -> Series:
    if n >= _LONG and isinstance(system, Node):
        leaf = uniformised_leaf(system)
        if leaf is not None:
            return leaf_moments(leaf, n, field)
    return moment_series(system, n, field)
