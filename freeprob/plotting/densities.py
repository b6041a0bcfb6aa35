"""Densities with their atoms, over histograms of simulated eigenvalues."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, overload

import numpy as np

from freeprob.extras import axes_of
from freeprob.parameters import count
from freeprob.plotting.canvas import View
from freeprob.plotting.histograms import Histogram, properties
from freeprob.plotting.outlines import finite_cuts, joined, outlines, top_of, window
from freeprob.plotting.spectra import MOST_POINTS, Labelled, Spectrum, labelled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D
    from matplotlib.patches import StepPatch
    from matplotlib.text import Annotation

# where the highest curve, and an atom of mass 1, end: room for a label stays above
_FULL = 1 / 1.15
# a label this near to a side, as a part of the axes, is written towards the middle
_SIDE = 1 / 8
# two labels closer than this part of the axes would cover each other
_LINE = 0.06
# bins that the height of an unbounded density is taken from where there is no histogram
_SHOWN_BINS = 60


class DensityPlot(NamedTuple):
    """What :func:`plot_density` drew."""

    axes: Axes
    curve: Line2D
    atoms: list[Annotation]
    histogram: StepPatch | None


@overload
def plot_density(law: Mapping[str, Spectrum], **options: Any) -> dict[str, DensityPlot]: ...
@overload
def plot_density(law: Sequence[Spectrum], **options: Any) -> list[DensityPlot]: ...
@overload
def plot_density(
    law: Spectrum,
    *,
    ax: Axes | None = None,
    sample: object = None,
    bins: int | str | Sequence[float] = 60,
    hist_kw: Mapping[str, object] | None = None,
    points: int = 400,
    **line: object,
) -> DensityPlot: ...
def plot_density(
    law: object,
    *,
    ax: Axes | None = None,
    sample: object = None,
    bins: int | str | Sequence[float] = 60,
    hist_kw: Mapping[str, object] | None = None,
    points: int = 400,
    **line: object,
) -> object:
    """Draw densities, atoms as arrows, and histograms of simulated eigenvalues.

    A curve is drawn on every cut by points that crowd at its edges and where it bends. An arrow
    stands at each atom, labelled with its mass, on a scale of its own: mass 1 would fill the axes.
    Where the density is unbounded the axis ends above what a histogram would show. A tail is drawn
    as far as it can be seen; eigenvalues beyond count towards the total but are not binned, unless
    ``bins`` are given by their ends. Several laws on one axes,
    given together or one after the other, keep what was there in view, and each takes the next
    colour of the cycle; its histogram and atoms have the same.

    Parameters
    ----------
    law
        A law without free symbols, a list of laws, or ``{label: law}``.
    ax
        Axes to draw on; by default pyplot's current axes.
    sample
        Eigenvalues, of any shape; those on an atom count towards the total but are not binned.
        For several laws a list, or ``{label: eigenvalues}``.
    bins
        Number of the histogram's bins, their ends, or a rule of :func:`numpy.histogram_bin_edges`
        such as ``"auto"``.
    hist_kw
        Properties of the histogram, as for :meth:`matplotlib.axes.Axes.stairs`.
    points
        Most points of the curve on every cut: half of them first, more where it bends.
    **line
        Properties of the curves, as for :meth:`matplotlib.axes.Axes.plot`.

    Returns
    -------
    DensityPlot
        The axes, the curve, the arrows and the histogram (None without ``sample``); for several
        laws a list, or a dictionary by label.

    Raises
    ------
    InvalidParameterError
        If a law has free symbols, or an argument is of the wrong kind.
    ModuleNotFoundError
        If matplotlib is not installed.

    Examples
    --------
    >>> import freeprob as fp
    >>> axes = fp.plotting.figure().subplots()
    >>> law = fp.MarchenkoPastur(2)
    >>> drawn = fp.plotting.plot_density(law, ax=axes, sample=law.sample(200, rng=0), bins="auto")
    >>> [arrow.get_text() for arrow in drawn.atoms]
    ['mass 1/2']
    >>> laws = {f"c = {c}": fp.MarchenkoPastur(c) for c in ("1/4", "1/2", 1, 2)}
    >>> list(fp.plotting.plot_density(laws, ax=axes))
    ['c = 1/4', 'c = 1/2', 'c = 1', 'c = 2']
    """
    ax = axes_of(ax)
    points = count(points, "points", least=2, most=MOST_POINTS)
    bars = {} if hist_kw is None else properties(hist_kw, "hist_kw")
    found = labelled(law, sample)
    drawn = [_drawn(ax, each, bins, bars, points, line) for each in found]
    if isinstance(law, Mapping):
        return dict(zip(law, drawn, strict=True))
    return drawn if isinstance(law, Sequence) else drawn[0]


def _drawn(
    ax: Axes,
    each: Labelled,
    bins: object,
    bars: Mapping[str, object],
    points: int,
    line: Mapping[str, object],
) -> DensityPlot:
    """One law: its curve, then what takes the curve's colour."""
    law, atoms = each.law, each.law.atoms()
    places = np.array([float(place) for place in atoms])
    cuts = finite_cuts(law)
    branches = outlines(law, cuts, points, _SHOWN_BINS)
    shown = window(law, cuts)
    counted = None if each.sample is None else Histogram.of(each.sample, places, bins, shown)
    view = View.of(ax)
    x, y = joined(branches)
    own = {"label": each.label} if each.label else {"label": "theory"}
    (curve,) = ax.plot(x, y, **{"zorder": 3, **own, **line})
    bars_shown = _SHOWN_BINS if counted is None else len(counted.heights)
    top = max((top_of(branch, bars_shown) for branch in branches), default=1.0)
    histogram = None
    if counted is not None:
        named = {} if each.label else {"label": "eigenvalues"}
        histogram = counted.draw(ax, curve.get_color(), {**named, **bars})
        top = max(top, float(np.max(counted.heights)))
    ax.set_ylim(0 if ax.get_yscale() == "linear" else None, max(top / _FULL, view.top))
    view.widened(ax, [*places, *x[np.isfinite(x)]])
    arrows = [_arrow(ax, float(at), mass, curve.get_color()) for at, mass in atoms.items()]
    ax.set_xlabel("eigenvalue")
    ax.set_ylabel("density")
    return DensityPlot(ax, curve, arrows, histogram)


def _arrow(ax: Axes, place: float, mass: Any, color: Any) -> Annotation:
    """An arrow from the axis, as high as the mass, with the mass written above.

    Heights are parts of the axes, so that they stay right when other laws change the scale.
    """
    from matplotlib.patheffects import withStroke
    from matplotlib.text import Annotation

    frame = ax.get_xaxis_transform()
    top = float(mass) * _FULL
    near = [
        other
        for other in ax.texts
        if isinstance(other, Annotation)
        and other.xycoords == frame
        and other.xy[0] == place
        and abs(other.xyann[1] - top) < _LINE
    ]
    aligned, foot = _alignment(ax, place)
    style = {"arrowstyle": "<|-", "color": color, "linewidth": 1.8, "shrinkA": 0, "shrinkB": 0}
    text = f"mass {mass if len(str(mass)) <= 8 else format(float(mass), '.3g')}"
    return ax.annotate(
        text + "\n" * len(near),
        xy=(place, 0),
        xytext=(place, top),
        xycoords=frame,
        textcoords=frame,
        color=color,
        ha=aligned,
        va="bottom",
        path_effects=[withStroke(linewidth=2.5, foreground="white")],
        arrowprops={**style, "relpos": (foot, 0)},
    )


def _alignment(ax: Axes, place: float) -> tuple[str, float]:
    """How a label above a place stands without leaving the axes, and where its arrow meets it."""
    seen = ax.get_xaxis_transform().transform((place, 0))
    across = float(ax.transAxes.inverted().transform(seen)[0])
    if across < _SIDE:
        return "left", 0.0
    return ("right", 1.0) if across > 1 - _SIDE else ("center", 0.5)
