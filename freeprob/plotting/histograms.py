"""Histograms of simulated eigenvalues, those on atoms counted but not binned."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Integral
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from freeprob.errors import InvalidParameterError
from freeprob.parameters import count, reals
from freeprob.plotting.spectra import MOST_POINTS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.patches import StepPatch

# eigenvalues within this part of the spectrum's width belong to an atom: rounding of eigvalsh
_AT_ATOM = 1e-8


class Histogram(NamedTuple):
    """Bars of the eigenvalues away from the atoms, as a density of the whole sample."""

    heights: np.ndarray
    ends: np.ndarray

    @classmethod
    def of(
        cls, sample: object, places: np.ndarray, bins: object, shown: tuple[float, float]
    ) -> Histogram | None:
        """Count a sample, by default where it is shown; None if nothing is left off the atoms."""
        eigenvalues = finite_sample(sample)
        width = float(np.ptp(eigenvalues)) or 1.0
        distance = np.abs(eigenvalues[:, None] - places).min(axis=1, initial=np.inf)
        spread = eigenvalues[distance > _AT_ATOM * width]
        if isinstance(bins, str | Integral):
            spread = spread[(spread >= shown[0]) & (spread <= shown[1])]
        ends = _ends(spread, bins)
        if not spread.size:
            return None
        counts, _ = np.histogram(spread, ends)
        return cls(counts / (eigenvalues.size * np.diff(ends)), ends)

    def draw(self, ax: Axes, color: object, style: Mapping[str, object]) -> StepPatch:
        """Fill the bars below the curves."""
        options = {"fill": True, "alpha": 0.3, "color": color, "zorder": 1, **style}
        try:
            return ax.stairs(self.heights, self.ends, **options)
        except (AttributeError, TypeError, ValueError) as error:
            raise InvalidParameterError(f"hist_kw are properties of bars: {error}") from error


def properties(value: object, name: str) -> dict[str, object]:
    """Read properties of an artist by name."""
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise InvalidParameterError(f"{name} holds properties by name, such as {{'alpha': 0.5}}")
    return dict(value)


def finite_sample(sample: object) -> np.ndarray:
    """Finite eigenvalues in one row."""
    values = reals(sample, "sample").ravel()
    if values.size == 0 or not np.isfinite(values).all():
        raise InvalidParameterError("sample holds finite eigenvalues, at least one")
    return values


def _ends(spread: np.ndarray, bins: object) -> np.ndarray:
    """Ends of the bins, from their number, a rule, or themselves."""
    if isinstance(bins, Integral) and not isinstance(bins, bool):
        count(bins, "bins", least=1, most=MOST_POINTS)
    elif not isinstance(bins, str):
        bins = reals(bins, "bins")
        if bins.ndim != 1 or bins.size < 2 or not np.all(np.diff(bins) > 0):
            raise InvalidParameterError("bins are a number, a rule such as 'auto', or rising ends")
    try:
        return np.histogram_bin_edges(spread, bins)
    except ValueError as error:
        raise InvalidParameterError(f"bins = {bins!r:.80}: {error}") from error
