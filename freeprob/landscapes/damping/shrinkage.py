"""Damping as linear shrinkage of a Hessian towards a multiple of the identity.

A damped step divides by λ + δ. Dividing by βλ + (1 - β)μ instead, a shrinkage of the Hessian
towards μI, is the same up to the learning rate: λ + δ = (βλ + (1 - β)μ)/β with β = μ/(μ + δ)
(Granziol and Baskerville 2020, arXiv 2011.08181).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

import sympy as sp

from freeprob.laws.arguments import the_law
from freeprob.laws.base import Law
from freeprob.parameters import exact, require
from freeprob.tables import Tabled


@final
@dataclass(frozen=True)
class Shrinkage(Tabled):
    """βH + (1 - β)μI in place of a noisy Hessian H.

    Parameters
    ----------
    beta
        β, 1 without noise.
    target
        μ.
    damping
        δ = μ(1 - β)/β, with which a damped step goes the same way.
    """

    beta: sp.Expr
    target: sp.Expr
    damping: sp.Expr


def optimal_shrinkage(bulk: Law, noise: Law, target: Any = None) -> Shrinkage:
    """The shrinkage of H = A + X that is nearest to the true Hessian A in the mean square.

    min over β of E tr(β(A + X) + (1 - β)μ - A)² is at β = (V + c)/(V + E X² + 2c), with
    V = tr(A - μ)² and c = tr(A - μ) E X; c = 0 for centred noise, and for the default target.

    Parameters
    ----------
    bulk
        Law of the true Hessian A.
    noise
        Law of X, free from A.
    target
        μ; the mean of A by default, which is the best one for centred noise.

    Returns
    -------
    Shrinkage
        Exact.

    Raises
    ------
    UndefinedOperationError
        If a law has no second moment.
    InvalidParameterError
        If an argument is no law or no number.

    Notes
    -----
    Source: Ledoit-Wolf 2004; Granziol-Baskerville 2020.

    Examples
    --------
    >>> from freeprob import MarchenkoPastur, Semicircle
    >>> from freeprob.landscapes.damping import optimal_shrinkage
    >>> optimal_shrinkage(MarchenkoPastur("1/2"), Semicircle("1/4"))
    Shrinkage(beta=2/3, target=1, damping=1/2)
    """
    mean, square = the_law(bulk, "bulk").moments(2)
    first, second = the_law(noise, "noise").moments(2)
    mu = mean if target is None else exact(target, "target")
    spread = square - 2 * mu * mean + mu**2
    cross = (mean - mu) * first
    whole = sp.cancel(spread + second + 2 * cross)
    require(sp.Ne(whole, 0), "bulk and noise are both at the target: every shrinkage is the same")
    beta = sp.cancel((spread + cross) / whole)
    require(sp.Ne(beta, 0), "the bulk is at the target: shrink all the way, which no damping does")
    return Shrinkage(beta, mu, sp.cancel(mu * (1 - beta) / beta))


def shrinkage_of_damping(delta: Any, target: Any = 1) -> sp.Expr:
    """β = μ/(μ + δ): dividing by λ + δ is β/μ times dividing by (βλ + (1 - β)μ)/μ.

    Parameters
    ----------
    delta
        The damping.
    target
        Multiple of the identity that the Hessian is shrunk to.

    Returns
    -------
    sympy.Expr

    Raises
    ------
    InvalidParameterError
        If δ is negative or μ not positive.

    Examples
    --------
    >>> from freeprob.landscapes.damping import shrinkage_of_damping
    >>> shrinkage_of_damping("1/4")
    4/5
    """
    value, mu = exact(delta, "delta"), exact(target, "target")
    require(value >= 0, f"a damping is not negative, got {delta}")
    require(mu > 0, f"the target must be positive, got {target}")
    return mu / (mu + value)


def damping_of_shrinkage(beta: Any, target: Any = 1) -> sp.Expr:
    """δ = μ(1 - β)/β, the inverse of :func:`shrinkage_of_damping`.

    Parameters
    ----------
    beta
        Weight of the Hessian.
    target
        Multiple of the identity that it is shrunk to.

    Returns
    -------
    sympy.Expr

    Raises
    ------
    InvalidParameterError
        If β is not in (0, 1] or μ not positive.

    Examples
    --------
    >>> from freeprob.landscapes.damping import damping_of_shrinkage
    >>> damping_of_shrinkage("4/5")
    1/4
    """
    value, mu = exact(beta, "beta"), exact(target, "target")
    require(sp.And(value > 0, value <= 1), f"a shrinkage lies in (0, 1], got {beta}")
    require(mu > 0, f"the target must be positive, got {target}")
    return mu * (1 - value) / value
