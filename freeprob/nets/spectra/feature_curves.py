"""Errors of ridge regression on random features at many ridges at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np
import sympy as sp

from freeprob.errors import InvalidParameterError
from freeprob.models.traces.trace_grids import on_grid
from freeprob.nets.spectra.feature_traces import FeatureRegression, feature_symbols


@final
@dataclass(frozen=True)
class FeatureCurve:
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
    try:
        table = np.asarray(ridges, dtype=float)
    except (TypeError, ValueError) as error:
        raise InvalidParameterError(f"ridges must be real numbers: {error}") from error
    if not (np.isfinite(table) & (table > 0)).all():
        raise InvalidParameterError("ridges must be positive numbers; see ridgeless() for 0")
    return table


def error_curve(
    regression: FeatureRegression,
    values: Mapping[sp.Symbol, np.ndarray],
    ridges: np.ndarray,
    psi2: float,
    noise: float,
) -> FeatureCurve:
    """Both errors at every ridge, from τ₁ and the slopes of τ₁ and τ₂ in γ = λψ₂."""
    s, gamma = feature_symbols(), np.atleast_1d(ridges) * psi2
    one, two = regression.tau1(), regression.tau2()
    traces = [one, one.diff(s.gamma), two.diff(s.gamma)]
    tau, slope1, slope2 = on_grid(traces, {**values, s.gamma: gamma}, None)
    total = -(noise * slope1 + slope2)
    train, test = gamma**2 * total, total / tau**2 - noise
    return FeatureCurve(ridges, train.reshape(ridges.shape), test.reshape(ridges.shape))
