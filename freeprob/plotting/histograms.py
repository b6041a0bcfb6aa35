"""Histograms of simulated eigenvalues, those on atoms counted but not binned."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Integral
from typing import TYPE_CHECKING, NamedTuple
from warnings import catch_warnings

import numpy as np

from freeprob.errors import InvalidParameterError
from freeprob.parameters import count
from freeprob.plotting.spectra import FARTHEST, MOST_STEPS, places_of

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
    values = places_of(sample, "sample").ravel()
    if values.size == 0:
        raise InvalidParameterError("sample holds finite eigenvalues, at least one")
    return values


def _ends(spread: np.ndarray, bins: object) -> np.ndarray:
    """Ends of the bins, from their number, a rule, or themselves."""
    if isinstance(bins, Integral) and not isinstance(bins, bool):
        _require_few(bins)
    elif isinstance(bins, str):
        _require_few(_freedman_diaconis(spread) if bins == "fd" else 1)
    else:
        bins = places_of(bins, "bins")
        if bins.ndim != 1 or bins.size < 2 or not np.all(np.diff(bins) > 0):
            raise InvalidParameterError("bins are a number, a rule such as 'auto', or rising ends")
    try:
        with catch_warnings(action="error", category=RuntimeWarning):  # a rule that finds no best
            ends = np.histogram_bin_edges(spread, bins)
    except (ValueError, RuntimeWarning) as error:
        raise InvalidParameterError(f"bins = {bins!r:.80}: {error}") from error
    _require_few(ends.size - 1)
    if np.diff(ends).min() < 1 / FARTHEST:
        raise InvalidParameterError(
            f"bins narrower than {1 / FARTHEST:g} have heights beyond floats: choose other units"
        )
    return ends


def _require_few(bins: object) -> None:
    """Refuse more bins than any picture has dots, which Matplotlib would take minutes for."""
    count(bins, "bins, at most as many as the widest picture has dots,", least=1, most=MOST_STEPS)


def _freedman_diaconis(spread: np.ndarray) -> int:
    """The number of bins of that rule, which alone has no bound: it may fill the memory."""
    if not spread.size:
        return 1
    low, high = np.percentile(spread, [25, 75])
    width = 2 * (high - low) / spread.size ** (1 / 3)
    return max(1, int(min(np.ptp(spread) / width, FARTHEST))) if width else 1
