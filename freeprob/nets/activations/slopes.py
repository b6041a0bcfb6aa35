"""The law of the squared slope of an activation at a Gaussian preactivation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sympy as sp

from freeprob.errors import UndefinedOperationError
from freeprob.laws.base import Law
from freeprob.laws.named.atomic import Atomic, PointMass
from freeprob.nets.expectations.closed_forms import VARIANCE
from freeprob.nets.expectations.expectation import growth_condition
from freeprob.nets.expectations.gaussian_images import gaussian_image
from freeprob.nets.expectations.images import mixed
from freeprob.nets.expectations.normal import Normal
from freeprob.nets.functions.bound_symbol import shown
from freeprob.nets.functions.pieces import Pieces
from freeprob.nets.functions.singular_places import refuse_infinite_mean
from freeprob.parameters import exact, require

if TYPE_CHECKING:
    from freeprob.nets.activations.activations import Activation


def slope_law(activation: Activation, q: object, bias: Law | None = None) -> Law:
    """Law of f'(sqrt(q) Z + b)², as :meth:`Activation.slope_law` describes it."""
    variance = exact(q, "q")
    require(variance > 0, f"the variance q of the preactivations must be positive, got {q}")
    slopes = activation.derivative_for_kernel()
    squares = slopes.times(slopes)
    _require_mean(squares, variance + (bias.args[1] if isinstance(bias, Normal) else 0))
    if bias is None:
        return gaussian_image(squares, variance)
    if isinstance(bias, PointMass):
        return gaussian_image(_moved(squares, bias.args[0]), variance)
    if isinstance(bias, Normal):
        mean, spread = bias.args
        return gaussian_image(_moved(squares, mean), variance + spread)
    if isinstance(bias, Atomic):
        laws: dict[Law, sp.Expr] = {}
        for place, mass in bias.weights.items():
            law = gaussian_image(_moved(squares, place), variance)
            laws[law] = laws.get(law, sp.S.Zero) + mass
        return mixed(laws)
    raise UndefinedOperationError(
        f"the law of the biases must be Gaussian or of atoms, got {bias}; another one may be "
        "replaced by atoms at its quantiles"
    )


def _require_mean(squares: Pieces, variance: sp.Expr) -> None:
    """Refuse slopes whose mean square, the growth of gradients by a layer, is infinite."""
    refuse_infinite_mean(squares)
    for condition in growth_condition(squares):
        here = condition.xreplace({VARIANCE: variance})
        if here.is_nonpositive:
            raise UndefinedOperationError(
                f"the mean of f'^2 is infinite unless {shown(condition)} > 0, and here "
                f"q = {variance}: the activation grows like the exponential of a square; give a "
                "smaller q, or an activation that grows slower"
            )


def _moved(pieces: Pieces, bias: sp.Expr) -> Pieces:
    """The function of w + b."""
    w = pieces.variable
    return Pieces(
        w,
        tuple(place - bias for place in pieces.breaks),
        tuple(part.xreplace({w: w + bias}) for part in pieces.parts),
    )
