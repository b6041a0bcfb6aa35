"""A law at several values of one parameter: densities above one another, edges that move."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

from freeprob.errors import InvalidParameterError
from freeprob.extras import axes_of
from freeprob.parameters import count, many
from freeprob.plotting.canvas import View
from freeprob.plotting.outlines import Branch, finite_cuts, joined, outlines, top_of
from freeprob.plotting.spectra import MOST_POINTS, Spectrum, require_spectrum

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D

# how far the highest density reaches above its line, in distances of lines
_REACH = 1.6
_SHOWN_BINS = 60


class Family(Protocol):
    """A law with a parameter that is still a symbol."""

    @property
    def parameters(self) -> tuple:
        """Free symbols."""
        ...

    def subs(self, *values: Any) -> Any:
        """The law at values of them."""
        ...


class FamilyPlot(NamedTuple):
    """What :func:`plot_family` drew.

    ``curves`` holds one density for each value, ``edges`` the ends of the cuts for each value.
    """

    axes: Axes
    curves: list[Line2D]
    edges: list[list[tuple[float, float]]]


def plot_family(
    law: Family,
    parameter: object,
    values: Sequence[object],
    *,
    ax: Axes | None = None,
    points: int = 300,
    **line: object,
) -> FamilyPlot:
    """Draw a law's density at several values of one parameter, above one another.

    Each density stands on a line of its own at the height of its value's place in the list; thick
    strokes on the lines are the cuts, so that edges are seen to move, gaps to open and close.
    Atoms are dots on the lines, their areas in proportion to their masses. All densities have one
    scale.

    Parameters
    ----------
    law
        A law whose only free symbol is ``parameter``.
    parameter
        The symbol.
    values
        Its values, bottom to top.
    ax
        Axes to draw on; by default pyplot's current axes.
    points
        Most points of the curves on every cut: half of them first, more where they bend.
    **line
        Properties of the curves, as for :meth:`matplotlib.axes.Axes.plot`.

    Returns
    -------
    FamilyPlot
        The axes, one curve for each value, and the cuts.

    Raises
    ------
    InvalidParameterError
        If the law has other free symbols, or does not exist at one of the values.
    ModuleNotFoundError
        If matplotlib is not installed.

    Examples
    --------
    >>> import freeprob as fp, sympy as sp
    >>> t = sp.Symbol("t", positive=True)
    >>> law = fp.boxplus(fp.Atomic({-1: "1/2", 1: "1/2"}), fp.Semicircle(t))
    >>> axes = fp.plotting.figure().subplots()
    >>> drawn = fp.plotting.plot_family(law, t, ["1/2", 1, 2], ax=axes)
    >>> [len(cuts) for cuts in drawn.edges]
    [2, 1, 1]
    """
    ax = axes_of(ax)
    points = count(points, "points", least=2, most=MOST_POINTS)
    values = many(values, "values")
    known = getattr(law, "parameters", ())
    # modules and signatures have parameters, too
    is_family = isinstance(known, tuple) and hasattr(law, "subs")
    if not (is_family and str(parameter) in map(str, known) and values):
        raise InvalidParameterError(
            "plot_family(law, parameter, values) draws a law whose free symbol is "
            f"{parameter!s:.80}, at values of it, at least one"
        )
    laws = [law.subs({parameter: value}) for value in values]
    for each in laws:
        require_spectrum(each)
    cuts = [finite_cuts(each) for each in laws]
    pieces = [
        outlines(each, own, points, _SHOWN_BINS) for each, own in zip(laws, cuts, strict=True)
    ]
    heights = [top_of(branch, _SHOWN_BINS) for own in pieces for branch in own]
    scale = _REACH / max(heights, default=1.0)
    view, curves = View.of(ax), []
    for level, (each, own, branches) in enumerate(zip(laws, cuts, pieces, strict=True)):
        curves.append(_line(ax, each, own, branches, level, scale, len(laws), line))
    view.widened(ax, [float(x) for curve in curves for x in curve.get_xdata() if np.isfinite(x)])
    ax.set_ylim(-0.3, len(laws) - 1 + _REACH / 0.9)
    ax.set_yticks(range(len(laws)), [f"{_formula(parameter)} = {value}" for value in values])
    ax.set_xlabel("eigenvalue")
    return FamilyPlot(ax, curves, cuts)


def _line(
    ax: Axes,
    law: Spectrum,
    cuts: list[tuple[float, float]],
    branches: list[Branch],
    level: int,
    scale: float,
    total: int,
    line: dict[str, object],
) -> Line2D:
    """One density above its line; lower ones are drawn over higher ones."""
    from matplotlib import colormaps

    x, y = joined(branches)
    y = level + scale * y
    order = 2 * (total - level)
    color = colormaps["cividis"](0.85 * level / max(total - 1, 1))
    style = {"color": color, "linestyle": "-", "zorder": order + 1, **line}
    (curve,) = ax.plot(x, y, clip_on=False, **style)
    ax.fill_between(x, level, y, color="white", alpha=0.7, linewidth=0, zorder=order)
    shown = {"color": curve.get_color(), "zorder": order + 1}
    for low, high in cuts:
        ax.plot([low, high], [level, level], linewidth=3.5, linestyle="-", **shown)
    for place, mass in law.atoms().items():
        ax.scatter([float(place)], [level], s=120 * float(mass), **shown)
    return curve


def _formula(symbol: object) -> str:
    from sympy import latex

    return f"${latex(symbol)}$"
