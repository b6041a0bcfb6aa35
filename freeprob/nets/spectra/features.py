"""What a nonlinear layer's spectrum depends on: two Gaussian means of its activation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import sympy as sp

from freeprob.errors import InvalidParameterError
from freeprob.laws.description.deep_constants import as_one_number
from freeprob.nets.activations.activations import Activation
from freeprob.nets.activations.network_arguments import finite_mean_square
from freeprob.parameters import exact

ARGUMENT_FORMS = "an Activation, a pair (eta, zeta), or a mapping {activation or pair: weight}"


class Feature(NamedTuple):
    """η = Var f(√q Z), ζ = (√q E f'(√q Z))², 0 ≤ ζ ≤ η, and the share of features that have them.

    f(√q z) acts like the Gaussian matrix √ζ z + √(η - ζ) z' with z' independent of z.
    """

    weight: sp.Expr
    eta: sp.Expr
    zeta: sp.Expr


def features(f: Any, q: Any = 1) -> tuple[Feature, ...]:
    """Read an activation, a pair of numbers or symbols, or a mixture of either.

    Raises
    ------
    InvalidParameterError
        For other arguments, weights that do not sum to 1, or ζ > η.
    """
    if isinstance(f, Mapping):
        return _mixture(f, q)
    return (_feature(f, sp.S.One, q),)


def one_feature(f: Any, q: Any = 1) -> Feature:
    """The same where mixtures have no meaning."""
    if isinstance(f, Mapping):
        raise InvalidParameterError("expected one activation or one pair (eta, zeta), no mixture")
    return _feature(f, sp.S.One, q)


def _mixture(f: Mapping[Any, Any], q: Any) -> tuple[Feature, ...]:
    pairs = [(kind, exact(weight, "weight")) for kind, weight in f.items()]
    total = sp.Add(*(weight for _, weight in pairs))
    if not pairs:
        raise InvalidParameterError(f"a mixture of features is empty: give {ARGUMENT_FORMS}")
    if any(weight.is_nonpositive for _, weight in pairs):
        raise InvalidParameterError("the weights of a mixture of features must be positive")
    if sp.simplify(total - 1) != 0:
        raise InvalidParameterError(f"the weights of a mixture sum to 1, these to {total}")
    return tuple(_feature(kind, weight, q) for kind, weight in pairs)


def _feature(kind: Any, weight: sp.Expr, q: Any) -> Feature:
    if isinstance(kind, Activation):
        finite_mean_square(kind, q)
        eta, zeta = kind.eta(q), kind.zeta(q)
        if eta.is_zero:
            raise InvalidParameterError(
                f"{kind} has eta = Var f = 0, and eta > 0 is needed: take one that is not constant"
            )
    elif isinstance(kind, tuple) and len(kind) == 2:
        eta, zeta = exact(kind[0], "eta"), exact(kind[1], "zeta")
    else:
        raise InvalidParameterError(f"expected {ARGUMENT_FORMS}, got {kind!r}")
    # SymPy evaluates every mention of an inner mean anew, one number only once
    low, high, between = (as_one_number(value) for value in (zeta, eta, eta - zeta))
    if low.is_negative or high.is_nonpositive or (between.is_number and between.is_negative):
        raise InvalidParameterError(
            f"eta = Var f and zeta = (E z f)² satisfy 0 <= zeta <= eta and eta > 0, got {eta} and "
            f"{zeta}"
        )
    return Feature(weight, eta, zeta)
