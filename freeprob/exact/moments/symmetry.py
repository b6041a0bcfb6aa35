"""Symmetry x ↦ -x of a law, read off its curve."""

from __future__ import annotations

from functools import lru_cache
from itertools import product

import sympy as sp

from freeprob.errors import NotAlgebraicError
from freeprob.exact.algebra.door import ring
from freeprob.exact.moments.expansion import moment_field, moment_series
from freeprob.exact.systems.system import System, flatten

_COMPARED = 8


@lru_cache(maxsize=256)
def is_symmetric(system: System) -> bool:
    """Whether signs of the unknowns map the curve to itself with (z, G) to (-z, -G).

    The odd coefficients at infinity, checked to a few orders, say that this involution maps the
    physical branch to itself. False only says that no such involution is seen.
    """
    field = moment_field(system, _COMPARED)
    series = moment_series(system, _COMPARED, field)
    if any(not field.is_zero(series.coefficient(k)) for k in range(1, _COMPARED + 1, 2)):
        return False
    curve = flatten(system)
    return any(
        _is_involution(curve, dict(zip(curve.unknowns, signs, strict=True)))
        for signs in product((-1, 1), repeat=len(curve.unknowns))
    )


def _is_involution(curve: object, signs: dict[sp.Dummy, int]) -> bool:
    flip = {u: sign * u for u, sign in signs.items()}
    odd = [curve.z, curve.G]
    if not all(_vanishes(entry.xreplace(flip) + entry) for entry in odd):
        return False
    for left, right in curve.relations:
        gap, image = left - right, (left - right).xreplace(flip)
        if not (_vanishes(image - gap) or _vanishes(image + gap)):
            return False
    return True


def _vanishes(expression: sp.Expr) -> bool:
    try:
        return ring([expression]).fraction(expression).is_zero()
    except NotAlgebraicError:
        return sp.simplify(expression) == 0
