"""Damping of second-order steps: what it is worth under noise, and as linear shrinkage.

A damped step divides by λ + δ. Dividing by βλ + (1 - β)μ instead, a shrinkage of the Hessian
towards μI, is the same up to the learning rate: λ + δ = (βλ + (1 - β)μ)/β with β = μ/(μ + δ)
(Granziol and Baskerville 2020, arXiv 2011.08181).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

import sympy as sp

from freeprob.errors import InvalidParameterError
from freeprob.landscapes.noisy import is_zero, scaled_noise
from freeprob.laws.arguments import the_law
from freeprob.laws.base import Law
from freeprob.laws.operations.free_sum import boxplus
from freeprob.numeric.precision import FLOAT_DIGITS, context, to_mpf
from freeprob.parameters import exact, require

__all__ = [
    "Shrinkage",
    "damping_of_shrinkage",
    "effective_damping",
    "optimal_shrinkage",
    "shrinkage_of_damping",
]


@final
@dataclass(frozen=True)
class Shrinkage:
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


def effective_damping(bulk: Law, noise: Law, delta: Any, dps: int | None = None) -> Any:
    """The damping that a noisy Hessian's step has on the true one: δ_eff = -ω_A(-δ).

    (H + δ)⁻¹ ≈ (A + δ_eff)⁻¹ in the mean over the noise of H = A + X. For semicircular noise of
    variance s² it is δ - s²m with m = -G(-δ) > 0: curvature noise takes damping away.

    Parameters
    ----------
    bulk
        Law of the true Hessian A.
    noise
        Law of X, free from A.
    delta
        Damping δ, with -δ left of the spectrum of H.
    dps
        Digits. By default numbers are float64.

    Returns
    -------
    float or mpf

    Raises
    ------
    InvalidParameterError
        If H + δ is not positive, or an argument is no law or no number.

    Notes
    -----
    Source: Biane 1998, Theorem 3.1.

    Examples
    --------
    >>> from freeprob import Semicircle, Uniform
    >>> from freeprob.landscapes.damping import effective_damping
    >>> print(effective_damping(Uniform(0, 3), Semicircle("3/10"), 2, dps=15))
    1.90543671038305
    """
    bulk, noise = the_law(bulk, "bulk"), scaled_noise(noise, None)
    value = exact(delta, "delta")
    law = boxplus(bulk, noise)
    lowest = law.quantile(0)
    if not float(value) > -lowest:
        raise InvalidParameterError(
            f"a damping of {delta} leaves negative curvature: the spectrum of the noisy Hessian "
            f"begins at {lowest:.6g}, so take delta > {-lowest:.6g}"
        )
    if is_zero(bulk):
        G = law.cauchy(-value, dps=dps or FLOAT_DIGITS).real
        with_guard = context((dps or FLOAT_DIGITS) + 10)
        found = to_mpf(-1 / with_guard.mpf(G), dps or FLOAT_DIGITS)
        return float(found) if dps is None else found
    omega = law.subordination(float(-value) if dps is None else -value, dps)[bulk]
    return -omega.real


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
