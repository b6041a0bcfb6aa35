"""Theory against simulation, each statistic on the scale on which it fluctuates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from freeprob.ensembles.extremes import edges
from freeprob.ensembles.theory import Statistic, Theory
from freeprob.errors import InvalidParameterError

# eigenvalues' worth of systematic error, such as the O(1/n) bias of real matrices and rounded sizes
_BIAS = 1.5
# deviations, in scales, at which a statistic fails
_LIMIT = 4.0


@dataclass(frozen=True)
class Comparison:
    """Theory against simulation; made by :func:`compare`.

    Parameters
    ----------
    statistics
        One :class:`Statistic` for every moment, value of G, atom and edge, and one for the
        Kolmogorov distance.
    spectra
        The eigenvalues, one row per draw.
    limit
        The deviation above which a statistic fails.
    """

    statistics: tuple[Statistic, ...]
    spectra: np.ndarray = field(repr=False, compare=False)
    limit: float = _LIMIT

    @property
    def worst(self) -> Statistic:
        """The statistic of largest deviation."""
        return max(self.statistics, key=lambda statistic: statistic.deviation)

    @property
    def passed(self) -> bool:
        """Whether no statistic deviates by more than the limit."""
        return bool(self.worst.deviation <= self.limit)

    def __bool__(self) -> bool:
        return self.passed

    def __str__(self) -> str:
        return self.summary()

    def summary(self) -> str:
        """The verdict and a table of all statistics, as text."""
        draws, n = self.spectra.shape
        verdict = "agree" if self.passed else "DISAGREE"
        lines = [
            f"theory and simulation {verdict}: {draws} matrices of size {n}, largest deviation "
            f"{self.worst.deviation:.2g} scales ({self.worst.name}), limit {self.limit:g}",
            f"{'statistic':<24} {'simulation':>24} {'theory':>24} {'scale':>9} {'deviation':>9}",
        ]
        for item in self.statistics:
            mark = "" if item.deviation <= self.limit else "  FAILED"
            lines.append(
                f"{item.name:<24} {_text(item.value):>24} {_text(item.theory):>24} "
                f"{item.scale:>9.1e} {item.deviation:>9.2f}{mark}"
            )
        return "\n".join(lines)


def _text(value: complex) -> str:
    """A number for the table."""
    if isinstance(value, complex):
        return f"{value.real:.8g}{value.imag:+.8g}i"
    return f"{value:.8g}"


def compare(spectra: np.ndarray, theory: Theory, limit: float = _LIMIT) -> Comparison:
    """Compare eigenvalues of independent draws with what a law predicts.

    Spectra of rotationally invariant matrices are rigid: a linear statistic (1/n) Σ f(λᵢ)
    fluctuates like 1/n, not 1/√n, and in real matrices its mean differs from the limit by
    O(1/n). The scale of a statistic is its standard error between the draws, together with a
    bias of 1.5 standard deviations of f divided by n; of an atom's mass, 1.5/n; of the
    Kolmogorov distance, the distance of single draws from their mean, and (1 + log n / π)/n.
    An edge is compared with the extreme eigenvalue (median of the draws) on the scale of the
    distance in which the law has its second and third eigenvalue: n^(-2/3) at a square root
    edge, n^(-2) at an inverse square root. Inside the support the deviation is at least the
    number of eigenvalues that the law has beyond the extreme one.

    Parameters
    ----------
    spectra
        Eigenvalues, shape ``(draws, n)``.
    theory
        The law's predictions.
    limit
        The deviation, in scales, above which a statistic fails.

    Returns
    -------
    Comparison
        With one line for every statistic.

    Raises
    ------
    InvalidParameterError
        When ``spectra`` is not a two-dimensional array of finite numbers.

    Notes
    -----
    A. Lytova, L. Pastur, Ann. Probab. 37 (2009) 1778 (linear statistics, bias);
    C. A. Tracy, H. Widom, Comm. Math. Phys. 177 (1996) 727 (edges); J. Gustavsson, Ann. Inst.
    H. Poincaré 41 (2005) 151 (√(log n)/n for single eigenvalues).

    Examples
    --------
    >>> import numpy as np
    >>> from freeprob.ensembles import Gaussian, spectra
    >>> def cdf(x):
    ...     x = np.clip(x, -2, 2)
    ...     return 0.5 + x * np.sqrt(4 - x**2) / (4 * np.pi) + np.arcsin(x / 2) / np.pi
    >>> def cauchy(z):
    ...     return (z - np.sqrt(z - 2) * np.sqrt(z + 2)) / 2
    >>> semicircle = Theory(cdf, cauchy, moments=(0, 1, 0, 2), cuts=((-2, 2),))
    >>> compare(spectra(Gaussian(1.0), 200, 4, rng=0), semicircle).passed
    True
    >>> compare(spectra(Gaussian(1.1), 200, 4, rng=0), semicircle).passed
    False
    """
    spectra = np.sort(np.asarray(spectra, dtype=float))
    if spectra.ndim != 2 or not np.all(np.isfinite(spectra)):
        raise InvalidParameterError(
            f"spectra of shape {spectra.shape}: give finite eigenvalues, one row for each draw"
        )
    spectra = _snapped(spectra, theory)
    statistics = (
        *_moments(spectra, theory),
        *_transforms(spectra, theory),
        _kolmogorov(spectra, theory),
        *_atoms(spectra, theory),
        *edges(spectra, theory),
    )
    return Comparison(statistics, spectra, limit)


def _spread(spectra: np.ndarray) -> float:
    """Width of the bulk of the eigenvalues; for a single point, its distance from 0 or 1."""
    low, high = np.quantile(spectra, [0.05, 0.95])
    return float(high - low) or abs(float(high)) or 1.0


def _snapped(spectra: np.ndarray, theory: Theory) -> np.ndarray:
    """Eigenvalues that differ from an atom by rounding only, moved onto it."""
    tolerance = 1e-8 * _spread(spectra) + 1e-12 * np.abs(spectra).max()
    for location, _ in theory.atoms:
        spectra = np.where(np.abs(spectra - location) <= tolerance, location, spectra)
    return spectra


def _linear(
    name: str, function: Callable[[np.ndarray], np.ndarray], spectra: np.ndarray, theory: complex
) -> Statistic:
    """Compare the mean of a function of the eigenvalues."""
    draws, n = spectra.shape
    values = function(spectra)
    means = values.mean(axis=1)
    measured = means.std(ddof=1) if draws > 1 else 0.0
    noise = max(measured, _gaussian_noise(function, spectra) / n) / np.sqrt(draws)
    rounding = 1e-10 * np.abs(values).mean()
    scale = float(np.hypot(noise, _BIAS * values.std() / n) + rounding) or 1e-300
    mean = means.mean()
    kind = complex if np.iscomplexobj(values) else float
    return Statistic(name, kind(mean), kind(theory), scale, float(abs(mean - theory)) / scale)


def _gaussian_noise(function: Callable[[np.ndarray], np.ndarray], spectra: np.ndarray) -> float:
    """Standard deviation of Σ f(λᵢ) in real invariant ensembles of the same support.

    It is √(½ Σ k c_k²) for f = Σ c_k T_k on the support (Johansson, Duke Math. J. 91 (1998)
    151), and steps in where the draws are too few to tell.
    """
    low, high = spectra.min(), spectra.max()
    angles = np.pi * (np.arange(512) + 0.5) / 512
    values = function(0.5 * (high + low) + 0.5 * (high - low) * np.cos(angles))
    orders = np.arange(1, 256)
    coefficients = np.cos(orders[:, None] * angles) @ values * (2 / 512)
    return float(np.sqrt(0.5 * np.sum(orders * np.abs(coefficients) ** 2)))


def _moments(spectra: np.ndarray, theory: Theory) -> list[Statistic]:
    """Power sums."""
    return [
        _linear(f"moment {order}", partial(_power, order), spectra, moment)
        for order, moment in enumerate(theory.moments, start=1)
    ]


def _power(order: int, x: np.ndarray) -> np.ndarray:
    """The function of a moment."""
    return x**order


def _resolvent(point: complex, x: np.ndarray) -> np.ndarray:
    """The function of a value of G."""
    return 1 / (point - x)


def _transforms(spectra: np.ndarray, theory: Theory) -> list[Statistic]:
    """G at three points above the bulk, a quarter of its width away."""
    low, spread = np.quantile(spectra, 0.05), _spread(spectra)
    # three digits are enough, and the table then names the very points
    digits = 2 - int(np.floor(np.log10(spread)))
    points = np.round(low + spread * (np.array([0.0, 0.5, 1.0]) + 0.25j), digits) + 0.0
    return [
        _linear(f"G({_text(complex(point))})", partial(_resolvent, point), spectra, value)
        for point, value in zip(points, np.asarray(theory.cauchy(points)), strict=True)
    ]


def _kolmogorov(spectra: np.ndarray, theory: Theory) -> Statistic:
    """Largest difference of the mean empirical and the theoretical distribution function."""
    draws, n = spectra.shape
    places = np.array([location for location, _ in theory.atoms])
    points, counts = np.unique(np.concatenate([spectra.ravel(), places]), return_counts=True)
    counts = counts - np.isin(points, places)
    right = np.cumsum(counts) / spectra.size
    left = right - counts / spectra.size
    expected = theory.distribution(points)
    before = expected - theory.jumps(points)
    distance = max(np.abs(right - expected).max(), np.abs(left - before).max())
    singles = [
        np.abs(np.searchsorted(row, points, side="right") / n - right).max() for row in spectra
    ]
    rigid = (1 + np.log(n) / np.pi) / n
    scale = float(np.hypot(np.mean(singles) / np.sqrt(draws), rigid))
    return Statistic("Kolmogorov distance", float(distance), 0.0, scale, float(distance) / scale)


def _atoms(spectra: np.ndarray, theory: Theory) -> list[Statistic]:
    """Fractions of eigenvalues at the atoms."""
    draws, n = spectra.shape
    statistics = []
    for location, mass in theory.atoms:
        fractions = np.mean(spectra == location, axis=1)
        error = fractions.std(ddof=1) / np.sqrt(draws) if draws > 1 else 0.0
        scale = float(np.hypot(error, _BIAS / n))
        value = float(fractions.mean())
        deviation = abs(value - mass) / scale
        statistics.append(Statistic(f"atom at {location:.6g}", value, mass, scale, deviation))
    return statistics
