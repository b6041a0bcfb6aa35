"""The error with which random features memorise noise."""

from __future__ import annotations

from typing import Any

from flint import arb, ctx

from freeprob.errors import InvalidParameterError
from freeprob.exact.algebra.door import to_fmpq
from freeprob.nets.spectra.gram import gram_law
from freeprob.numeric.precision import FLOAT_DIGITS, digits_in, rounded
from freeprob.parameters import digits, exact, require


def memorization_error(f: Any, phi: Any, psi: Any, gamma: Any, dps: int | None = None) -> Any:
    r"""Training error of ridge regression from random features to labels of pure noise.

    With Y = f(WX) of size n₁ x m as in :func:`gram_law`, labels of variance 1 that are independent
    of X, and the readout a that minimises |y - aY|²/m + γ|a|²,

    .. math:: E = \frac{\gamma^2}{m} \operatorname{tr} \Bigl(\tfrac1m Y^T Y + \gamma\Bigr)^{-2}
              = 1 - \frac\phi\psi - \frac\phi\psi \gamma^2 G'(-\gamma)

    with G of the n₁ x n₁ side. As γ → 0 it tends to max(0, 1 - n₁/m), or to 1 - min(n₀, n₁)/m for
    linear features.

    Parameters
    ----------
    f, phi, psi
        As for :func:`gram_law`: φ = n₀/m, ψ = n₀/n₁.
    gamma
        Ridge, positive.
    dps
        Digits; by default a float.

    Returns
    -------
    float, or mpf with ``dps``

    Raises
    ------
    InvalidParameterError
        If a parameter is a symbol, γ is not positive, or :func:`gram_law` refuses.

    Notes
    -----
    Source: Pennington-Worah 2017, section 4.

    Examples
    --------
    >>> from freeprob import nets
    >>> print(nets.memorization_error(nets.sign, 1, 1, 1, dps=20))
    0.48329060152974930942
    """
    law, ridge = gram_law(f, phi, psi), exact(gamma, "gamma")
    require(ridge > 0, f"gamma must be positive, got {ridge}")
    ratio = exact(phi, "phi") / exact(psi, "psi")
    free = {*law.parameters, *ridge.free_symbols}
    if free:
        raise InvalidParameterError(
            f"numbers need values for {', '.join(sorted(map(str, free)))}; gram_law(...) keeps "
            "symbols"
        )

    def ball(bits: int) -> arb:
        places = digits_in(bits) + 2
        slope = law.cauchy(-ridge, dps=places, derivative=1).real
        size, share = (exact_ball(value, bits) for value in (ridge, ratio))
        with ctx.workprec(bits + 16):
            known = arb(str(slope)) * (1 + arb(0, 1) * arb(10) ** (1 - places))
            return 1 - share - share * size**2 * known

    def exact_ball(value: Any, bits: int) -> arb:
        with ctx.workprec(bits + 16):
            if value.is_Rational:
                return arb(to_fmpq(value))
            return arb(str(value.evalf(digits_in(bits) + 12)))

    wanted = digits(dps)
    number = rounded(ball, wanted or FLOAT_DIGITS)
    return number if wanted else float(number)
