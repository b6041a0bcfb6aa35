"""Means of functions of the eigenvalues: moments, and the Cauchy transform above the bulk."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from freeprob.ensembles.drawn import Drawn
from freeprob.ensembles.independent_entries import IndependentEntries
from freeprob.ensembles.resolution import spread
from freeprob.ensembles.theory import Statistic, Theory, shown

_RANKS = 33  # at each end
_ROUNDING = 1e-10  # relative, of functions of eigenvalues, whose differences may cancel

# times the known standard deviation that a dozen draws reach once in 10⁵ times
_ASTRAY = 2.0


def moments(drawn: Drawn, theory: Theory) -> list[Statistic]:
    """Power sums."""
    extent, entries = _extent(drawn, theory), drawn.entries(theory)
    known = theory.scales.moments if theory.scales else [None] * len(theory.moments)
    unseen = _unseen(drawn, theory)
    return [
        _linear(
            f"moment {order}",
            *(partial(_power, order), drawn, moment, extent, own, entries),
            unseen=unseen(order),
        )
        for order, (moment, own) in enumerate(zip(theory.moments, known, strict=True), start=1)
    ]


def _unseen(drawn: Drawn, theory: Theory) -> Callable[[int], float]:
    """What moments owe, by the law, to places beyond all eigenvalues, where it has tails.

    Of a log-normal law most of the fourth moment lies beyond a thousand eigenvalues: draws do not
    show it, nor does their spread.
    """
    if all(np.isfinite(end) for cut in theory.cuts for end in cut):
        return lambda order: 0.0
    x = np.unique(drawn.large)
    # trapezoids between ranks that grow by a quarter are right to a hundredth for powers of ranks
    ranks = np.geomspace(1, len(x), _RANKS).astype(int)
    x = x[np.unique([*(ranks - 1), *(len(x) - ranks)])]
    steps = np.diff(np.asarray(theory.cdf(x)))

    def missing(order: int) -> float:
        powers = x**order
        inside = float(np.sum(steps * (powers[1:] + powers[:-1]) / 2))
        return abs(theory.moments[order - 1] - inside)

    return missing


def transforms(drawn: Drawn, theory: Theory) -> list[Statistic]:
    """G at three points above the bulk, a quarter of its width away."""
    low, width = np.quantile(drawn.large, 0.05), spread(drawn.large)
    # three digits are enough, and the table then names the very points
    digits = 2 - int(np.floor(np.log10(width)))
    points = np.round(low + width * (np.array([0.0, 0.5, 1.0]) + 0.25j), digits) + 0.0
    extent = _extent(drawn, theory)
    known = [None] * len(points)
    if theory.scales:
        known = list(zip(*theory.scales.resolvents(points), strict=True))
    values = np.asarray(theory.cauchy(points))
    return [
        _linear(
            f"G({shown(complex(point))})",
            partial(_resolvent, point),
            drawn,
            value,
            extent,
            own,
            drawn.entries(theory),
        )
        for point, value, own in zip(points, values, known, strict=True)
    ]


def _linear(
    name: str,
    function: Callable[[np.ndarray], np.ndarray],
    drawn: Drawn,
    theory: complex,
    extent: tuple[float, float],
    known: tuple[complex, float] | None,
    entries: IndependentEntries,
    *,
    unseen: float = 0.0,
) -> Statistic:
    """Compare the mean of a function of the eigenvalues.

    A known shift of the sum's mean and its standard deviation take the place of what is seen, but
    where draws spread so much more that the matrices are not yet large. What the law says to be
    ``unseen`` beyond all eigenvalues may be there or not.
    """
    values = [function(spectra) for spectra in drawn.sizes]
    means = [value.mean(axis=1) for value in values]
    mean = means[0].mean()
    draws, n = drawn.large.shape
    spread = float(values[0].std())
    unit = spread * entries.biased / n
    rounding = _ROUNDING * np.abs(values[0]).mean()
    # at most the variation of the function for each of them
    rounding += drawn.strayed * float(
        np.hypot(np.ptp(np.real(values[0])), np.ptp(np.imag(values[0])))
    )
    if known is None:
        least = max(_gaussian_noise(function, *extent), n * entries.linear(spread))
        noise = drawn.noise(means, least)
        bias = drawn.bias(unit, float(abs(means[-1].mean() - mean)))
    else:
        shift, deviation = known
        theory = theory + shift / n
        noise, bias = deviation / (n * np.sqrt(draws)), drawn.rest(unit)
        seen = drawn.noise(means, 0.0)
        if seen > _ASTRAY * noise:
            # of a product as deep as its matrices are large, which fluctuate otherwise
            noise = seen
    scale = float(np.hypot(np.hypot(noise, bias), unseen) + rounding) or 1e-300
    drawn_mean, predicted = complex(mean), complex(theory)
    if not np.iscomplexobj(values[0]):
        drawn_mean, predicted = drawn_mean.real, predicted.real
    return Statistic(name, drawn_mean, predicted, scale, abs(drawn_mean - predicted) / scale)


def _extent(drawn: Drawn, theory: Theory) -> tuple[float, float]:
    """From the lowest to the highest place, seen or predicted."""
    ends = [end for cut in theory.cuts for end in cut if np.isfinite(end)]
    places = [drawn.large.min(), drawn.large.max(), *ends]
    return float(min(places)), float(max(places))


def _gaussian_noise(function: Callable[[np.ndarray], np.ndarray], low: float, high: float) -> float:
    """Standard deviation of Σ f(λᵢ) in real invariant ensembles of the same support.

    It is √(½ Σ k c_k²) for f = Σ c_k T_k on the support (Johansson, Duke Math. J. 91 (1998)
    151), and steps in where the draws are too few to tell.
    """
    angles = np.pi * (np.arange(512) + 0.5) / 512
    values = function(0.5 * (high + low) + 0.5 * (high - low) * np.cos(angles))
    orders = np.arange(1, 256)
    coefficients = np.cos(orders[:, None] * angles) @ values * (2 / 512)
    return float(np.sqrt(0.5 * np.sum(orders * np.abs(coefficients) ** 2)))


def _power(order: int, x: np.ndarray) -> np.ndarray:
    """The function of a moment."""
    return x**order


def _resolvent(point: complex, x: np.ndarray) -> np.ndarray:
    """The function of a value of G."""
    return 1 / (point - x)
