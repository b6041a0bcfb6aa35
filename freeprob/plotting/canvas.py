"""Figures in the package's style, and what an axes shows before something is added."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from freeprob.errors import InvalidParameterError
from freeprob.extras import require_matplotlib
from freeprob.parameters import finite

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# the side of the largest picture that Matplotlib's own canvas can save at 100 dots per inch
_MOST_INCHES = 600


def style() -> AbstractContextManager[None]:
    """Give the package's style for a ``with`` block: colour-blind safe, readable in print.

    The sheet itself is a file of Matplotlib's: ``plt.style.use("freeprob.plotting.sheet")`` takes
    it for a whole session. Curves differ in colour and in stroke.

    Returns
    -------
    context manager
        Axes made inside have the style.

    Raises
    ------
    ModuleNotFoundError
        If matplotlib is not installed.

    Notes
    -----
    Source: Okabe-Ito 2008.

    Examples
    --------
    >>> import freeprob as fp
    >>> from matplotlib import rcParams
    >>> with fp.plotting.style():
    ...     rcParams["axes.prop_cycle"].by_key()["color"][0]
    '#0072B2'
    """
    require_matplotlib()
    from matplotlib import style as sheets

    from freeprob.plotting.styled_figure import SHEET

    return sheets.context(SHEET)


def figure(width: float = 6.4, height: float = 3.6) -> Figure:
    """Give a figure in the package's style that belongs to no window, saved by ``savefig``.

    Parameters
    ----------
    width, height
        Size in inches.

    Returns
    -------
    matplotlib.figure.Figure
        Made without pyplot; its axes have the style of :func:`style`.

    Raises
    ------
    InvalidParameterError
        If a side is no positive number, or larger than Matplotlib can save.
    ModuleNotFoundError
        If matplotlib is not installed.

    Examples
    --------
    >>> import freeprob as fp
    >>> fp.plotting.figure().subplots().has_data()
    False
    """
    require_matplotlib()
    # Matplotlib is needed to define it, and is an extra
    from freeprob.plotting.styled_figure import StyledFigure

    size = finite(width, "width"), finite(height, "height")
    if not all(0 < side <= _MOST_INCHES for side in size):
        raise InvalidParameterError(
            f"a figure of {size[0]:g} by {size[1]:g} inches: give positive sides up to "
            f"{_MOST_INCHES}"
        )
    with style():
        return StyledFigure(figsize=size, layout="constrained")


class View(NamedTuple):
    """What an axes shows; nothing if nothing is on it."""

    low: float
    high: float
    top: float

    @classmethod
    def of(cls, ax: Axes) -> View:
        """The view of an axes as it is."""
        if not ax.has_data():
            return cls(np.inf, -np.inf, 0.0)
        return cls(*ax.get_xlim(), ax.get_ylim()[1])

    def widened(self, ax: Axes, places: Sequence[float]) -> None:
        """A margin left and right of everything drawn, and all that was in view before."""
        low, high = min(places), max(places)
        if np.isfinite([ax.dataLim.x0, ax.dataLim.x1]).all():
            low, high = min(low, ax.dataLim.x0), max(high, ax.dataLim.x1)
        # on the axis's own scale, which may have no zero
        scale = ax.xaxis.get_transform()
        left, right = scale.transform(ax.xaxis.limit_range_for_scale(low, high))
        margin = 0.05 * ((right - left) or 2.0)
        low, high = scale.inverted().transform([left - margin, right + margin])
        ax.set_xlim(min(low, self.low), max(high, self.high))
