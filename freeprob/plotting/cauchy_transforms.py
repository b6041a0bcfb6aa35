"""The Cauchy transform on the plane, by domain colouring."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from freeprob.errors import InvalidParameterError
from freeprob.extras import axes_of
from freeprob.parameters import count, one_of
from freeprob.plotting.outlines import finite_cuts
from freeprob.plotting.spectra import Spectrum, places_of, require_spectrum

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.image import AxesImage


class HasCauchy(Spectrum, Protocol):
    """A law that answers its Cauchy transform on both sheets."""

    def second_sheet(self, z: Any, through: Any = None) -> Any:
        """Values of G continued through a cut."""
        ...

    def cauchy(self, z: Any) -> Any:
        """Values of G."""
        ...


_MOST_PIXELS = 2000
_MARGIN = 0.5  # of the spectrum's width, around it


def plot_cauchy(
    law: HasCauchy,
    *,
    ax: Axes | None = None,
    region: Sequence[float] | None = None,
    pixels: int = 200,
    sheet: int = 1,
    through: object = None,
    **image: object,
) -> AxesImage:
    """Colour the plane by the Cauchy transform G(z) = ∫ μ(dx)/(z - x) of a law.

    The hue is the argument of G, the brightness steps with each factor 2 of its modulus. The law's
    cuts are the segments of the real axis across which the hue jumps: G has a branch cut there, and
    the jump is 2πi times the density. On the second sheet stands what G becomes when it is
    continued through a cut: across that cut the colours of the two sheets fit together, upper half
    to lower half.

    Parameters
    ----------
    law
        A law without free symbols.
    ax
        Axes to draw on; by default pyplot's current axes.
    region
        ``(left, right, bottom, top)`` of the plane; by default the spectrum with a margin.
    pixels
        Points along the longer side.
    sheet
        1 for G itself, 2 for its continuation through a cut.
    through
        Where in a cut the second sheet is entered; by default the middle of the widest cut.
    **image
        Properties of the picture, as for :meth:`matplotlib.axes.Axes.imshow`.

    Returns
    -------
    matplotlib.image.AxesImage

    Raises
    ------
    InvalidParameterError
        If the law has free symbols, the region is no rectangle, there is no such sheet, or
        ``through`` lies in no cut.
    UndefinedOperationError
        If the law's second sheet is not followed, as that of a logarithm.
    ModuleNotFoundError
        If matplotlib is not installed.

    Examples
    --------
    >>> import freeprob as fp
    >>> axes = fp.plotting.figure().subplots()
    >>> image = fp.plotting.plot_cauchy(fp.Semicircle(1), ax=axes, pixels=20)
    >>> image.get_array().shape
    (10, 20, 3)
    >>> behind = fp.plotting.plot_cauchy(fp.Semicircle(1), ax=axes, pixels=20, sheet=2)
    """
    ax = axes_of(ax)
    require_spectrum(law)
    sheet = one_of(sheet, "sheet", (1, 2))
    pixels = count(pixels, "pixels", least=2, most=_MOST_PIXELS)
    left, right, bottom, top = _region(law, region)
    longest = max(right - left, top - bottom)
    columns, rows = (
        max(2, round(pixels * side / longest)) for side in (right - left, top - bottom)
    )
    # pixels' centres; none of them on the axis, where G has two values
    x = left + (right - left) * (np.arange(columns) + 0.5) / columns
    y = bottom + (top - bottom) * (np.arange(rows) + 0.5) / rows
    y = np.where(y == 0, (top - bottom) / (4 * rows), y)
    z = x + 1j * y[:, None]
    # on both sheets G of the conjugate is the conjugate of G
    above = np.where(z.imag > 0, z, z.conj())
    G = np.asarray(law.cauchy(above) if sheet == 1 else law.second_sheet(above, through))
    G = np.where(z.imag > 0, G, G.conj())
    shown = {"origin": "lower", "extent": (left, right, bottom, top), "aspect": "equal", **image}
    picture = ax.imshow(_coloured(G), **shown)
    ax.set_xlabel("Re z")
    ax.set_ylabel("Im z")
    return picture


def _region(law: Spectrum, region: Sequence[float] | None) -> tuple[float, float, float, float]:
    """The rectangle to draw."""
    if region is None:
        places = [end for cut in finite_cuts(law) for end in cut]
        places += [float(place) for place in law.atoms()]
        low, high = min(places), max(places)
        margin = _MARGIN * ((high - low) or 2.0)
        height = (high - low + 2 * margin) / 4
        return low - margin, high + margin, -height, height
    sides = places_of(region, "region")
    if sides.shape != (4,) or not (sides[0] < sides[1] and sides[2] < sides[3]):
        raise InvalidParameterError("region is (left, right, bottom, top), rising")
    left, right, bottom, top = map(float, sides)
    return left, right, bottom, top


def _coloured(values: np.ndarray) -> np.ndarray:
    """Hue by argument, brightness by the fractional part of log2 of the modulus."""
    from matplotlib.colors import hsv_to_rgb

    hue = (np.angle(values) / (2 * np.pi)) % 1
    with np.errstate(divide="ignore"):
        step = np.log2(np.abs(values))
    brightness = 0.7 + 0.3 * (step - np.floor(step))
    return hsv_to_rgb(np.stack([hue, np.full_like(hue, 0.65), brightness], axis=-1))
