"""What extras of the package bring: asked for where it is used, missed with the way to it."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING

from freeprob.errors import InvalidParameterError

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def require_installed(module: str, what: str, extra: str) -> None:
    """Say how to install what an extra of the package brings, if it is missing."""
    if importlib.util.find_spec(module) is None:
        raise ModuleNotFoundError(
            f"{what} need {module}, which is not installed; try: pip install 'freeprob[{extra}]'"
        )


def require_matplotlib() -> None:
    """Say how to install matplotlib if it is missing."""
    require_installed("matplotlib", "pictures", "plot")


def axes_of(ax: object) -> Axes:
    """Read matplotlib axes; pyplot's current ones for None.

    Raises
    ------
    InvalidParameterError
        For anything else.
    ModuleNotFoundError
        If matplotlib is not installed.
    """
    require_matplotlib()
    from matplotlib.axes import Axes

    if ax is None:
        from matplotlib import pyplot

        return pyplot.gca()
    if not isinstance(ax, Axes):
        raise InvalidParameterError(
            "ax must be matplotlib axes, such as freeprob.plotting.figure().subplots(), "
            f"got {type(ax).__name__}"
        )
    return ax
