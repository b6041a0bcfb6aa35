"""What damping is worth under noise: deterministic equivalents of damped inverses."""

from __future__ import annotations

from typing import Any, NamedTuple

import sympy as sp

from freeprob.errors import InvalidParameterError
from freeprob.landscapes.noisy import is_zero, scaled_noise
from freeprob.law_symbols import own_symbols
from freeprob.laws.arguments import the_law
from freeprob.laws.base import Law
from freeprob.laws.operations.free_sum import boxplus
from freeprob.numeric.precision import FLOAT_DIGITS, context, to_mpf
from freeprob.parameters import digits, exact, expression, require

_GUARD = 10  # digits that quotients of derivatives near the spectrum may lose


class TwoResolvents(NamedTuple):
    """Constants of the product of two damped inverses around a matrix.

    Parameters
    ----------
    damping
        δ_eff.
    correction
        c.
    trace
        The normalised trace of the product.
    """

    damping: Any
    correction: Any
    trace: Any


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
    require(value.is_number, f"delta must be a number, got {delta!s:.80}")
    law = boxplus(bulk, noise)
    _require_positive(law, value)
    if is_zero(noise, "noise"):
        places = dps or FLOAT_DIGITS
        read = sp.N(value, places + _GUARD)
        found = to_mpf(context(places + _GUARD).make_mpf(read._mpf_), places)
        return float(found) if dps is None else found
    if is_zero(bulk):
        G = law.cauchy(-value, dps=dps or FLOAT_DIGITS).real
        with_guard = context((dps or FLOAT_DIGITS) + 10)
        found = to_mpf(-1 / with_guard.mpf(G), dps or FLOAT_DIGITS)
        return float(found) if dps is None else found
    omega = law.subordination(float(-value) if dps is None else -value, dps)[bulk]
    return -omega.real


def _require_positive(law: Law, delta: sp.Expr) -> None:
    """-δ lies left of the spectrum."""
    lowest = law.quantile(0)
    if float(delta) > -lowest:
        return
    shown = f"a damping of {delta!s:.40} leaves negative curvature"
    if lowest == -float("inf"):
        raise InvalidParameterError(
            f"{shown}: the spectrum of the noisy Hessian reaches to -oo, where no damping is enough"
        )
    raise InvalidParameterError(
        f"{shown}: the spectrum of the noisy Hessian begins at {lowest:.6g}, so take "
        f"delta > {0 - lowest:.6g}"
    )


def two_resolvents(
    bulk: Law, noise: Law, delta: Any, weight: Any, x: sp.Symbol, dps: int | None = None
) -> TwoResolvents:
    """Constants of two damped inverses around a function of the true Hessian.

    For H = A + X, B = b(A) and M = (A + δ_eff)⁻¹, in the mean over the noise

    (H + δ)⁻¹ B (H + δ)⁻¹ ≈ M (B + c) M, c = R_X'(G) ⟨MBM⟩/(1 - R_X'(G) ⟨M²⟩), G = G_H(-δ),

    which is c = (ω'(-δ) - 1)⟨MBM⟩/⟨M²⟩, so its trace is ω'(-δ) ⟨MBM⟩. For semicircular noise
    R_X' = s². Replacing each inverse by its own mean leaves c out, and is wrong.

    Parameters
    ----------
    bulk, noise, delta
        As in :func:`effective_damping`.
    weight
        b(x), such as 1 or x.
    x
        Its symbol.
    dps
        Digits. By default numbers are float64.

    Returns
    -------
    TwoResolvents

    Raises
    ------
    InvalidParameterError
        As :func:`effective_damping`.

    Notes
    -----
    Derived here: move A by εB, and differentiate ω = z - R_X(G) and G = ⟨(ω - A - εB)⁻¹⟩.

    Examples
    --------
    >>> import sympy as sp
    >>> from freeprob import Semicircle, Uniform
    >>> from freeprob.landscapes.damping import two_resolvents
    >>> x = sp.Symbol("x")
    >>> found = two_resolvents(Uniform(0, 3), Semicircle("3/10"), 2, x, x, dps=15)
    >>> print(found.correction, found.trace)
    0.0345144253565334 0.115048084521778
    """
    places = digits(dps)
    work = (places or FLOAT_DIGITS) + _GUARD
    own_symbols(the_law(bulk, "two_resolvents"), x)
    moved = effective_damping(bulk, noise, delta, work)
    point = exact(moved, "the effective damping")
    law = boxplus(bulk, scaled_noise(noise, None))
    own = context(work)
    square = -own.mpf(bulk.cauchy(-point, derivative=1, dps=work).real)
    speed = -own.mpf(law.cauchy(-exact(delta, "delta"), derivative=1, dps=work).real) / square
    inner = bulk.expect(expression(weight) / (x + point) ** 2, x, dps=work)
    inner = own.mpf(inner)
    values = (own.mpf(moved), (speed - 1) * inner / square, speed * inner)
    found = [to_mpf(value, places or FLOAT_DIGITS) for value in values]
    return TwoResolvents(*(found if places else map(float, found)))
