"""The law of the squared slope of an activation at a Gaussian preactivation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sympy as sp

from freeprob.errors import NoClosedFormError, UndefinedOperationError
from freeprob.laws.base import Law
from freeprob.laws.named.atomic import Atomic, PointMass
from freeprob.laws.operations.mixture import mixture
from freeprob.nets.functions.pieces import Pieces
from freeprob.parameters import exact, require

if TYPE_CHECKING:
    from freeprob.nets.activations.activations import Activation


def slope_law(activation: Activation, q: object, bias: Law | None = None) -> Law:
    """Law of f'(sqrt(q) Z + b)², as :meth:`Activation.slope_law` describes it."""
    variance = exact(q, "q")
    require(variance > 0, f"the variance q of the preactivations must be positive, got {q}")
    slopes = activation.derivative_for_kernel()
    if bias is None:
        return _at(slopes, variance, sp.S.Zero)
    if isinstance(bias, PointMass):
        return _at(slopes, variance, bias.args[0])
    if isinstance(bias, Atomic):
        laws: dict[Law, sp.Expr] = {}
        for place, mass in bias.weights.items():
            law = _at(slopes, variance, place)
            laws[law] = laws.get(law, sp.S.Zero) + mass
        return _mixed(laws)
    raise UndefinedOperationError(
        f"the law of the biases must be a law of atoms, got {bias}; a Gaussian bias only adds its "
        "variance to q, and a continuous one may be replaced by atoms at its quantiles"
    )


def _mixed(laws: dict[Law, sp.Expr]) -> Law:
    """A mixture; of laws of atoms one law of atoms."""
    if len(laws) == 1:
        return next(iter(laws))
    if not all(isinstance(law, Atomic) for law in laws):
        return mixture(laws)
    return Atomic([(a, p * m) for law, p in laws.items() for a, m in law.weights.items()])


def _at(slopes: Pieces, variance: sp.Expr, bias: sp.Expr) -> Law:
    """The law for biases of one value."""
    weights: dict[sp.Expr, sp.Expr] = {}
    for left, right, slope in slopes.intervals():
        if slope.has(slopes.variable):
            raise NoClosedFormError(
                f"the slope {slope} is not constant between its kinks: the law of its square is "
                "known here for piecewise-linear activations"
            )
        mass = sp.expand(_below(right, variance, bias) - _below(left, variance, bias))
        place = sp.expand(slope**2)
        weights[place] = weights.get(place, sp.S.Zero) + mass
    return Atomic(weights)


def _below(place: sp.Expr, variance: sp.Expr, bias: sp.Expr) -> sp.Expr:
    """P(sqrt(q) Z + b < place)."""
    if place.is_infinite:
        return sp.S.One if place == sp.oo else sp.S.Zero
    return (1 + sp.erf((place - bias) / sp.sqrt(2 * variance))) / 2
