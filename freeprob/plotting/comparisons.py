"""A comparison of theory with simulation, as a picture of its deviations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from freeprob.errors import InvalidParameterError
from freeprob.extras import axes_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_comparison(comparison: Any, *, ax: Axes | None = None, **bars: object) -> Axes:
    """Draw how far each statistic is from the theory, in scales on which it fluctuates.

    Statistics beyond the limit, at which a comparison fails, are hatched and have another colour.

    Parameters
    ----------
    comparison
        What ``law.check``, ``law.compare_to`` and ``freeprob.check`` give.
    ax
        Axes to draw on; by default pyplot's current axes.
    **bars
        Properties of the bars, as for :meth:`matplotlib.axes.Axes.barh`.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    InvalidParameterError
        If ``comparison`` is something else.
    ModuleNotFoundError
        If matplotlib is not installed.

    Examples
    --------
    >>> import freeprob as fp
    >>> comparison = fp.Semicircle(1).check(n=100, draws=4)
    >>> axes = fp.plotting.plot_comparison(comparison, ax=fp.plotting.figure().subplots())
    >>> len(axes.patches) == len(comparison.statistics)
    True
    """
    statistics = getattr(comparison, "statistics", None)
    if not isinstance(statistics, tuple):
        kind = type(comparison).__name__
        raise InvalidParameterError(f"this picture shows a comparison, got {kind}")
    ax = axes_of(ax)
    names = [statistic.name for statistic in statistics]
    deviations = np.array([statistic.deviation for statistic in statistics])
    failed = deviations > comparison.limit
    # a deviation of many limits would press the others together
    shown = np.minimum(deviations, 2.5 * comparison.limit)
    style = {"color": np.where(failed, "C1", "C0"), "alpha": 0.7, **bars}
    drawn = ax.barh(np.arange(len(names)), shown, **style)
    for bar, bad, value in zip(drawn, failed, deviations, strict=True):
        if bad:
            bar.set_hatch("//")
            middle = bar.get_y() + bar.get_height() / 2
            ax.annotate(f" {value:.3g}", (bar.get_width(), middle), va="center")
    ax.axvline(comparison.limit, color="black", linestyle="--", linewidth=1)
    ax.set_yticks(np.arange(len(names)), names)
    ax.invert_yaxis()
    ax.margins(x=0.12)  # for the numbers behind the longest bars
    ax.set_xlabel("deviation, in scales; limit dashed")
    return ax
