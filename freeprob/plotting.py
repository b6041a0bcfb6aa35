"""Pictures of laws: axes in, artists out. Nothing is shown or saved here."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from freeprob.errors import InvalidParameterError
from freeprob.laws.base import Law
from freeprob.parameters import axes_of, count, finite, reals, require_matplotlib

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D
    from matplotlib.patches import StepPatch
    from matplotlib.text import Annotation

# an unbounded law is drawn between these quantiles
_TAIL = 0.02
# more points than pixels show nothing
_MOST_POINTS = 10**6
# the side of the largest picture that Matplotlib's own canvas can save at 100 dots per inch
_MOST_INCHES = 600


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
    bins: int | str | Sequence[float] = 60,
    points: int = 400,
    **line: object,
) -> DensityPlot:
    """Draw a law's density, its atoms as arrows, and a histogram of simulated eigenvalues.

    The curve is drawn on every cut by points that crowd at its edges. An arrow stands at each
    atom, labelled with its mass; its height is the mass in units of the axis' full height.
    Where the density is unbounded the axis ends above what a histogram would show. Several laws
    on one axes keep what was there in view, take the next colour of the cycle each, and are told
    apart by ``label``.

    Parameters
    ----------
    law
        A law without free symbols.
    ax
        Axes to draw on; by default pyplot's current axes.
    sample
        Eigenvalues, of any shape; those on an atom count towards the total but are not binned.
    bins
        Number of the histogram's bins, their ends, or a rule of :func:`numpy.histogram_bin_edges`
        such as ``"auto"``.
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
        If the law has free symbols, or an argument is of the wrong kind.
    ModuleNotFoundError
        If matplotlib is not installed.

    Examples
    --------
    >>> import freeprob as fp
    >>> axes = fp.plotting.figure().subplots()
    >>> law = fp.MarchenkoPastur(2)
    >>> drawn = fp.plotting.plot_density(law, ax=axes, sample=law.sample(200, rng=0))
    >>> [arrow.get_text() for arrow in drawn.atoms]
    ['mass 1/2']
    """
    ax = _axes(law, ax)
    points = count(points, "points", least=2, most=_MOST_POINTS)
    eigenvalues = None if sample is None else _eigenvalues(sample)
    atoms = law.atoms()
    places = np.array([float(place) for place in atoms])
    branches = [_branch(law, cut, points) for cut in _cuts(law)]
    spread = None if eigenvalues is None else _without_atoms(eigenvalues, places)
    ends = None if spread is None else _bins(spread, bins)
    shown = 60 if ends is None else len(ends) - 1
    top = max((_height(x, y, shown) for x, y in branches), default=1.0)
    view = _View.of(ax)
    histogram = None
    if eigenvalues is not None and spread is not None and spread.size:
        histogram = _histogram(ax, spread, eigenvalues.size, ends)
        top = max(top, float(np.max(histogram.get_data().values)))
    x, y = _joined(branches)
    style = {"linewidth": 1.8, "label": "theory", "zorder": 3, **_colour(ax, sample, line), **line}
    (curve,) = ax.plot(x, y, **style)
    top = max(1.15 * top, view.top)
    ax.set_ylim(0, top)
    arrows = [
        _arrow(ax, float(place), mass, top, curve.get_color()) for place, mass in atoms.items()
    ]
    _widen(ax, view, [*places, *x[np.isfinite(x)]])
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
        If the law has free symbols, or an argument is of the wrong kind.
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
    points = count(points, "points", least=2, most=_MOST_POINTS)
    places = [float(place) for place in law.atoms()]
    grids = [_graded(*cut, points) for cut in _cuts(law)]
    x = np.sort(np.concatenate([*grids, places, np.nextafter(places, -np.inf)]))
    x = _with_margins(x)
    empirical = None
    if sample is not None:
        steps = np.sort(_eigenvalues(sample))
        heights = np.arange(1, len(steps)) / len(steps)
        empirical = ax.stairs(heights, steps, color="C0", baseline=None, label="simulated matrices")
    style = {"linewidth": 1.2, "label": "theory", **_colour(ax, sample, line), **line}
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
    require_matplotlib()
    from matplotlib.figure import Figure

    size = finite(width, "width"), finite(height, "height")
    if not all(0 < side <= _MOST_INCHES for side in size):
        raise InvalidParameterError(
            f"a figure of {size[0]:g} by {size[1]:g} inches: give positive sides up to "
            f"{_MOST_INCHES}"
        )
    return Figure(figsize=size, layout="constrained")


def _axes(law: Law, ax: Axes | None) -> Axes:
    """The axes to draw on, for a law whose parameters are numbers."""
    if not isinstance(law, Law):
        raise InvalidParameterError(f"a picture shows a law, got {type(law).__name__}")
    if law.parameters:
        names = ", ".join(map(str, law.parameters))
        raise InvalidParameterError(
            f"a picture needs numbers for {names}: give values by law.subs({{...}})"
        )
    return axes_of(ax)


class _View(NamedTuple):
    """What an axes with something on it shows already."""

    low: float
    high: float
    top: float

    @classmethod
    def of(cls, ax: Axes) -> _View:
        if not ax.has_data():
            return cls(np.inf, -np.inf, 0.0)
        return cls(*ax.get_xlim(), ax.get_ylim()[1])


def _colour(ax: Axes, sample: object, line: dict[str, object]) -> dict[str, object]:
    """Red beside a first blue histogram, else whatever the cycle gives."""
    if sample is None or {"color", "c"} & set(line) or ax.lines:
        return {}
    return {"color": "C3"}


def _eigenvalues(sample: object) -> np.ndarray:
    """Finite eigenvalues in one row."""
    values = reals(sample, "sample").ravel()
    if values.size == 0 or not np.isfinite(values).all():
        raise InvalidParameterError("sample holds finite eigenvalues, at least one")
    return values


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


def _without_atoms(sample: np.ndarray, places: np.ndarray) -> np.ndarray:
    """The eigenvalues away from the atoms."""
    width = float(np.ptp(sample)) or 1.0
    distance = np.abs(sample[:, None] - places).min(axis=1, initial=np.inf)
    return sample[distance > 1e-8 * width]


def _bins(spread: np.ndarray, bins: object) -> np.ndarray:
    """Ends of the bins, from their number, a rule, or themselves."""
    if isinstance(bins, Integral) and not isinstance(bins, bool):
        count(bins, "bins", least=1, most=_MOST_POINTS)
    elif not isinstance(bins, str):
        bins = reals(bins, "bins")
        if bins.ndim != 1 or bins.size < 2 or not np.all(np.diff(bins) > 0):
            raise InvalidParameterError("bins are a number, a rule such as 'auto', or rising ends")
    try:
        return np.histogram_bin_edges(spread, bins)
    except ValueError as error:
        raise InvalidParameterError(f"bins = {bins!r:.80}: {error}") from error


def _histogram(ax: Axes, spread: np.ndarray, total: int, ends: np.ndarray) -> StepPatch:
    """Bars of the eigenvalues away from the atoms, as a density of the whole sample."""
    counts, _ = np.histogram(spread, ends)
    heights = counts / (total * np.diff(ends))
    return ax.stairs(heights, ends, fill=True, color="C0", alpha=0.45, label="simulated matrices")


def _arrow(ax: Axes, place: float, mass: object, top: float, color: str) -> Annotation:
    """An arrow from the axis, as high as the mass, with the mass written above."""
    height = float(mass) * top / 1.15
    text = f"mass {mass if len(str(mass)) <= 8 else format(float(mass), '.3g')}"
    style = {"arrowstyle": "<|-", "color": color, "linewidth": 1.8, "shrinkA": 0, "shrinkB": 0}
    return ax.annotate(
        text,
        xy=(place, 0),
        xytext=(place, height),
        color=color,
        ha="center",
        va="bottom",
        arrowprops=style,
    )


def _widen(ax: Axes, view: _View, places: list[float]) -> None:
    """A margin left and right of everything drawn, and all that was in view before."""
    low, high = min(places), max(places)
    low, high = min(low, ax.dataLim.x0), max(high, ax.dataLim.x1)
    margin = 0.05 * ((high - low) or 2.0)
    ax.set_xlim(min(low - margin, view.low), max(high + margin, view.high))


def _with_margins(x: np.ndarray) -> np.ndarray:
    margin = 0.05 * (float(np.ptp(x)) or 2.0)
    return np.concatenate([[x[0] - margin], x, [x[-1] + margin]])
