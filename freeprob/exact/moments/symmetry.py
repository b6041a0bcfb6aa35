"""Symmetry x ↦ -x of a law, read off its curve."""

from __future__ import annotations

from functools import lru_cache
from itertools import product

import sympy as sp

from freeprob.errors import NoClosedFormError, NotAlgebraicError
from freeprob.exact.algebra.door import ring
from freeprob.exact.moments.expansion import leading_coefficients
from freeprob.exact.systems.system import Curve, Node, System, flatten

_COMPARED = 8


@lru_cache(maxsize=256)
def is_symmetric(system: System) -> bool:
    """Whether the law of -X is that of X, as far as operations or the curve show it.

    Operations that keep symmetry are asked for their parts. On a curve, signs of the unknowns map
    it to itself with (z, G) to (-z, -G), and constants with i to their conjugates; the coefficients
    at infinity, checked to a few orders, say that this involution maps the physical branch to
    itself. False only says that no such involution is seen.
    """
    if (
        isinstance(system, Node)
        and system.operation.keeps_symmetry
        and all(is_symmetric(part) for part in system.parts)
    ):
        return True
    try:
        coefficients = leading_coefficients(system, _COMPARED)
    except NoClosedFormError:
        return False
    # G(-conj z) = -conj G(z), term by term
    if any(
        not sp.expand(value - (-1) ** k * value.xreplace({sp.I: -sp.I})).is_zero
        for k, value in enumerate(coefficients, start=1)
    ):
        return False
    curve = flatten(system)
    return any(
        _is_involution(curve, dict(zip(curve.unknowns, signs, strict=True)))
        for signs in product((-1, 1), repeat=len(curve.unknowns))
    )


def _is_involution(curve: Curve, signs: dict[sp.Dummy, int]) -> bool:
    flip = {**{u: sign * u for u, sign in signs.items()}, sp.I: -sp.I}
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
        return ring([expression]).fraction(_in_one_logarithm(expression)).is_zero()
    except NotAlgebraicError:
        return sp.simplify(expression) == 0


def _in_one_logarithm(expression: sp.Expr) -> sp.Expr:
    """Logarithms of a rational function and of its inverse as ± the same one.

    They are opposite wherever the function is not negative, as it is nowhere above the axis.
    """
    replaced: dict[sp.Expr, sp.Expr] = {}
    for one in sorted(expression.atoms(sp.log), key=sp.default_sort_key):
        inverse = sp.cancel(1 / one.args[0])
        known = next((log for log in replaced if sp.cancel(log.args[0] - inverse) == 0), None)
        replaced[one] = one if known is None else -known
    return expression.xreplace(replaced)
