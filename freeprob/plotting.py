"""Pictures of laws: axes in, artists out. Nothing is shown or saved here."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from freeprob.errors import InvalidParameterError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D
    from matplotlib.patches import StepPatch
    from matplotlib.text import Annotation

    from freeprob.laws.base import Law

# an unbounded law is drawn between these quantiles
_TAIL = 0.02


class DensityPlot(NamedTuple):
    """What :func:`plot_density` drew."""

    axes: Axes
    curve: Line2D
    atoms: list[Annotation]
    histogram: StepPatch | None


class CdfPlot(NamedTuple):
    """What :func:`plot_cdf` drew."""

    axes: Axes
    curve: Line2D
    empirical: StepPatch | None


def plot_density(
    law: Law,
    *,
    ax: Axes | None = None,
    sample: np.ndarray | None = None,
    bins: int = 60,
    points: int = 400,
    **line: object,
) -> DensityPlot:
    """Draw a law's density, its atoms as arrows, and a histogram of simulated eigenvalues.

    The curve is drawn on every cut by points that crowd at its edges. An arrow stands at each
    atom, labelled with its mass; its height is the mass in units of the axis' full height.
    Where the density is unbounded the axis ends above what a histogram would show.

    Parameters
    ----------
    law
        A law without free symbols.
    ax
        Axes to draw on; by default pyplot's current axes.
    sample
        Eigenvalues, of any shape; those on an atom count towards the total but are not binned.
    bins
        Number of the histogram's bins.
    points
        Points of the curve on every cut.
    **line
        Properties of the curve, as for :meth:`matplotlib.axes.Axes.plot`.

    Returns
    -------
    DensityPlot
        The axes, the curve, the arrows and the histogram (None without ``sample``).

    Raises
    ------
    InvalidParameterError
        If the law has free symbols.
    ModuleNotFoundError
        If matplotlib is not installed.

    Examples
    --------
    >>> import freeprob as fp
    >>> axes = fp.plotting.figure().subplots()
    >>> law = fp.MarchenkoPastur(2)
    >>> drawn = fp.plotting.plot_density(law, ax=axes, sample=law.sample(200, rng=0))
    >>> [arrow.get_text() for arrow in drawn.atoms]
    ['1/2']
    """
    ax = _axes(law, ax)
    atoms = law.atoms()
    places = np.array([float(place) for place in atoms])
    branches = [_branch(law, cut, points) for cut in _cuts(law)]
    top = max((_height(x, y, bins) for x, y in branches), default=1.0)
    histogram = None if sample is None else _histogram(ax, np.ravel(sample), places, bins)
    if histogram is not None:
        top = max(top, float(np.max(histogram.get_data().values)))
    x, y = _joined(branches)
    style = {"color": "C3", "linewidth": 1.8, "label": "theory", "zorder": 3, **line}
    (curve,) = ax.plot(x, y, **style)
    top *= 1.15
    ax.set_ylim(0, top)
    arrows = [_arrow(ax, float(place), mass, top) for place, mass in atoms.items()]
    _widen(ax, [*places, *x[np.isfinite(x)]])
    ax.set_xlabel("eigenvalue")
    ax.set_ylabel("density")
    return DensityPlot(ax, curve, arrows, histogram)


def plot_cdf(
    law: Law,
    *,
    ax: Axes | None = None,
    sample: np.ndarray | None = None,
    points: int = 400,
    **line: object,
) -> CdfPlot:
    """Draw a law's distribution function, and the steps of simulated eigenvalues.

    Parameters
    ----------
    law
        A law without free symbols.
    ax
        Axes to draw on; by default pyplot's current axes.
    sample
        Eigenvalues, of any shape.
    points
        Points of the curve on every cut.
    **line
        Properties of the curve, as for :meth:`matplotlib.axes.Axes.plot`.

    Returns
    -------
    CdfPlot
        The axes, the curve and the empirical steps (None without ``sample``).

    Raises
    ------
    InvalidParameterError
        If the law has free symbols.
    ModuleNotFoundError
        If matplotlib is not installed.

    Examples
    --------
    >>> import freeprob as fp
    >>> axes = fp.plotting.figure().subplots()
    >>> drawn = fp.plotting.plot_cdf(fp.Semicircle(1), ax=axes)
    >>> float(drawn.curve.get_ydata()[-1])
    1.0
    """
    ax = _axes(law, ax)
    places = [float(place) for place in law.atoms()]
    grids = [_graded(*cut, points) for cut in _cuts(law)]
    x = np.sort(np.concatenate([*grids, places, np.nextafter(places, -np.inf)]))
    x = _with_margins(x)
    empirical = None
    if sample is not None:
        steps = np.sort(np.ravel(sample))
        heights = np.arange(1, len(steps)) / len(steps)
        empirical = ax.stairs(heights, steps, color="C0", baseline=None, label="simulated matrices")
    style = {"color": "C3", "linewidth": 1.2, "label": "theory", **line}
    (curve,) = ax.plot(x, law.cdf(x), **style)
    ax.set_xlabel("eigenvalue")
    ax.set_ylabel("distribution function")
    return CdfPlot(ax, curve, empirical)


def figure(width: float = 6.4, height: float = 3.6) -> Figure:
    """Give a figure that belongs to no window: made without pyplot, saved by ``savefig``.

    Parameters
    ----------
    width, height
        Size in inches.

    Raises
    ------
    ModuleNotFoundError
        If matplotlib is not installed.

    Examples
    --------
    >>> import freeprob as fp
    >>> fp.plotting.figure().subplots().has_data()
    False
    """
    _require_matplotlib()
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def _require_matplotlib() -> None:
    """Say how to install matplotlib if it is missing."""
    from importlib.util import find_spec

    if find_spec("matplotlib") is None:
        raise ModuleNotFoundError(
            "pictures need matplotlib, which is not installed; try: pip install 'freeprob[plot]'"
        )


def _axes(law: Law, ax: Axes | None) -> Axes:
    """The axes to draw on, for a law whose parameters are numbers."""
    if law.parameters:
        names = ", ".join(map(str, law.parameters))
        raise InvalidParameterError(
            f"a picture needs numbers for {names}: give values by law.subs({{...}})"
        )
    if ax is not None:
        return ax
    _require_matplotlib()
    from matplotlib import pyplot

    return pyplot.gca()


def _cuts(law: Law) -> list[tuple[float, float]]:
    """The cuts as floats, an unbounded one ended at a quantile."""
    tails = _TAIL, 1 - _TAIL
    return [
        tuple(
            float(end) if abs(end) != float("inf") else float(law.quantile(tail))
            for end, tail in zip(cut, tails, strict=True)
        )
        for cut in law.support(dps=17)
    ]


def _graded(low: float, high: float, points: int) -> np.ndarray:
    """Points inside a cut that crowd at its edges."""
    steps = np.sin(np.pi * (np.arange(points) + 0.5) / (2 * points)) ** 2
    return low + (high - low) * np.sin(np.pi * steps / 2) ** 2


def _branch(law: Law, cut: tuple[float, float], points: int) -> tuple[np.ndarray, np.ndarray]:
    x = _graded(*cut, points)
    return x, np.asarray(law.density(x))


def _joined(branches: list[tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    """All branches as one curve, with a gap between the cuts."""
    gap = np.array([np.nan])
    parts = [part for x, y in branches for part in ((x, y), (gap, gap))][:-1]
    if not parts:
        return gap, gap
    return np.concatenate([x for x, _ in parts]), np.concatenate([y for _, y in parts])


def _height(x: np.ndarray, y: np.ndarray, bins: int) -> float:
    """The highest bar that a histogram of the curve would have."""
    mass = np.concatenate([[0], np.cumsum(np.diff(x) * (y[1:] + y[:-1]) / 2)])
    ends = np.linspace(x[0], x[-1], bins + 1)
    return float(np.max(np.diff(np.interp(ends, x, mass)) / np.diff(ends)))


def _histogram(ax: Axes, sample: np.ndarray, places: np.ndarray, bins: int) -> StepPatch | None:
    """Bars of the eigenvalues away from the atoms, as a density of the whole sample."""
    width = float(np.ptp(sample)) or 1.0
    distance = np.abs(sample[:, None] - places).min(axis=1, initial=np.inf)
    spread = sample[distance > 1e-8 * width]
    if spread.size == 0:
        return None
    counts, ends = np.histogram(spread, bins)
    heights = counts / (sample.size * np.diff(ends))
    return ax.stairs(heights, ends, fill=True, color="C0", alpha=0.45, label="simulated matrices")


def _arrow(ax: Axes, place: float, mass: object, top: float) -> Annotation:
    """An arrow from the axis, as high as the mass, with the mass written above."""
    height = float(mass) * top / 1.15
    text = str(mass) if len(str(mass)) <= 8 else f"{float(mass):.3g}"
    style = {"arrowstyle": "<|-", "color": "C3", "linewidth": 1.8, "shrinkA": 0, "shrinkB": 0}
    return ax.annotate(
        text,
        xy=(place, 0),
        xytext=(place, height),
        color="C3",
        ha="center",
        va="bottom",
        arrowprops=style,
    )


def _widen(ax: Axes, places: list[float]) -> None:
    """A margin left and right of everything drawn."""
    low, high = min(places), max(places)
    low, high = min(low, ax.dataLim.x0), max(high, ax.dataLim.x1)
    margin = 0.05 * ((high - low) or 2.0)
    ax.set_xlim(low - margin, high + margin)


def _with_margins(x: np.ndarray) -> np.ndarray:
    margin = 0.05 * (float(np.ptp(x)) or 2.0)
    return np.concatenate([[x[0] - margin], x, [x[-1] + margin]])
