"""Distribution functions, over the steps of simulated eigenvalues."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, overload

import numpy as np

from freeprob.extras import axes_of
from freeprob.parameters import count
from freeprob.plotting.canvas import View
from freeprob.plotting.histograms import finite_sample
from freeprob.plotting.outlines import finite_cuts, graded, window
from freeprob.plotting.spectra import MOST_POINTS, MOST_STEPS, Labelled, Spectrum, labelled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D
    from matplotlib.patches import StepPatch


class CdfPlot(NamedTuple):
    """What :func:`plot_cdf` drew."""

    axes: Axes
    curve: Line2D
    empirical: StepPatch | None


@overload
def plot_cdf(law: Mapping[str, Spectrum], **options: Any) -> dict[str, CdfPlot]: ...
@overload
def plot_cdf(law: Sequence[Spectrum], **options: Any) -> list[CdfPlot]: ...
@overload
def plot_cdf(
    law: Spectrum,
    *,
    ax: Axes | None = None,
    sample: object = None,
    points: int = 400,
    **line: object,
) -> CdfPlot: ...
def plot_cdf(
    law: object,
    *,
    ax: Axes | None = None,
    sample: object = None,
    points: int = 400,
    **line: object,
) -> object:
    """Draw distribution functions, and the steps of simulated eigenvalues.

    Tails are drawn as far as their density can be seen.

    Parameters
    ----------
    law
        A law without free symbols, a list of laws, or ``{label: law}``.
    ax
        Axes to draw on; by default pyplot's current axes.
    sample
        Eigenvalues, of any shape; for several laws a list, or ``{label: eigenvalues}``. Of more
        than any picture has dots the steps are drawn at every second, third, … only.
    points
        Points of the curve on every cut.
    **line
        Properties of the curves, as for :meth:`matplotlib.axes.Axes.plot`.

    Returns
    -------
    CdfPlot
        The axes, the curve and the empirical steps (None without ``sample``); for several laws a
        list, or a dictionary by label.

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
    >>> drawn = fp.plotting.plot_cdf(fp.Semicircle(1), ax=axes)
    >>> float(drawn.curve.get_ydata()[-1])
    1.0
    """
    ax = axes_of(ax)
    points = count(points, "points", least=2, most=MOST_POINTS)
    drawn = [_drawn(ax, each, points, line) for each in labelled(law, sample)]
    if isinstance(law, Mapping):
        return dict(zip(law, drawn, strict=True))
    return drawn if isinstance(law, Sequence) else drawn[0]


def _drawn(ax: Axes, each: Labelled, points: int, line: Mapping[str, object]) -> CdfPlot:
    """One law: its curve, then the steps in the curve's colour."""
    law = each.law
    places = [float(place) for place in law.atoms()]
    cuts = finite_cuts(law)
    grids = [graded(*cut, points) for cut in cuts]
    x = np.sort(np.concatenate([*grids, places, np.nextafter(places, -np.inf)]))
    margin = 0.05 * (float(np.ptp(x)) or 2.0)
    x = np.concatenate([[x[0] - margin], x, [x[-1] + margin]])
    steps = None if each.sample is None else np.sort(finite_sample(each.sample))
    view = View.of(ax)
    own = {"label": each.label} if each.label else {"label": "theory"}
    (curve,) = ax.plot(x, law.cdf(x), **{**own, **line})
    empirical = None
    low, high = (0, 0) if steps is None else np.searchsorted(steps, window(law, cuts))
    if steps is not None and low < high:
        # steps at some of the eigenvalues, the last among them, each as high as all before it
        drawn = np.arange(low, high)[:: -(-(high - low) // MOST_STEPS)]
        drawn = drawn if drawn[-1] == high - 1 else np.append(drawn, high - 1)
        heights = (drawn[:-1] + 1) / len(steps)
        named = {} if each.label else {"label": "eigenvalues"}
        style = {"color": curve.get_color(), "alpha": 0.5, "baseline": None, **named}
        empirical = ax.stairs(heights, steps[drawn], **style)
    view.widened(ax, [float(x[0]), float(x[-1])])
    ax.set_xlabel("eigenvalue")
    ax.set_ylabel("distribution function")
    return CdfPlot(ax, curve, empirical)
