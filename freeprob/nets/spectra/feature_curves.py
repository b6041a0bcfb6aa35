"""Errors of ridge regression on random features at many ridges at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

import numpy as np
import sympy as sp

from freeprob.errors import ConvergenceError, InvalidParameterError
from freeprob.nets.spectra.feature_laws import FeatureLaw
from freeprob.numeric.precision import FLOAT_DIGITS, bits_of
from freeprob.parameters import reals
from freeprob.tables import Tabled

# floats that may have lost more to cancellations are computed again in balls
_TRUSTED = 1e-11


@final
@dataclass(frozen=True)
class FeatureCurve(Tabled):
    """Errors over ridges.

    Parameters
    ----------
    ridges
        λ.
    train, test
        Training error and excess test error at each.
    """

    ridges: np.ndarray
    train: np.ndarray
    test: np.ndarray


def positive_ridges(ridges: Any) -> np.ndarray:
    """Read an array of ridges.

    Raises
    ------
    InvalidParameterError
        If one is no positive number.
    """
    table = reals(ridges, "ridges")
    if not (np.isfinite(table) & (table > 0)).all():
        raise InvalidParameterError("ridges must be positive numbers; see ridgeless() for 0")
    return table


def error_curve(law: FeatureLaw, ridges: np.ndarray, psi2: sp.Expr, noise: sp.Expr) -> FeatureCurve:
    """Both errors at every ridge, from τ₁ and the slopes of τ₁ and τ₂ in γ = λψ₂."""
    with np.errstate(all="ignore"):  # what float64 does not hold is not trusted
        gammas = np.atleast_1d(ridges).ravel() * float(psi2)
        _require_held(ridges, np.isfinite(gammas))
        found, errors = law.floats(gammas)
    rows = [np.array(row) for row in (found.tau1, found.slope1, found.slope2)]
    for place in np.flatnonzero(~(errors <= _TRUSTED)):
        exact = law.balls(sp.Rational(float(gammas[place])), bits_of(FLOAT_DIGITS))
        for row, value in zip(rows, (exact.tau1, exact.slope1, exact.slope2), strict=True):
            row[place] = float(value)
    tau, slope1, slope2 = rows
    with np.errstate(all="ignore"):
        total = -(float(noise) * slope1 + slope2)
        train, test = gammas**2 * total, total / tau**2 - float(noise)
    _require_held(ridges, np.isfinite(train) & np.isfinite(test))
    return FeatureCurve(ridges, train.reshape(ridges.shape), test.reshape(ridges.shape))


def _require_held(ridges: np.ndarray, held: np.ndarray) -> None:
    """Refuse ridges at which numbers leave the range of float64."""
    if not held.all():
        raise ConvergenceError(
            f"float64 does not hold the errors at ridge {ridges.ravel()[~held][0]:g}: ask a "
            "regression of that ridge for train(dps=15) and test(dps=15)"
        )
