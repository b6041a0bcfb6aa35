"""A figure whose axes have the package's style, whenever they are made; it travels by pickle."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

from matplotlib import style
from matplotlib.figure import Figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SHEET = "freeprob.plotting.sheet"


@final
class StyledFigure(Figure):
    """Axes are made in the style, whenever they are asked for."""

    def add_subplot(self, *place: object, **options: object) -> Axes:
        """As Matplotlib's."""
        with style.context(SHEET):
            return super().add_subplot(*place, **options)
