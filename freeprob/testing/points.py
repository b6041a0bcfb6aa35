"""Where laws are compared: points of the upper half plane in units of the bulk's width."""

from __future__ import annotations

import numpy as np

from freeprob.laws.base import Law


def frame(law: Law) -> tuple[float, float]:
    """Centre and half width of the bulk, from quantiles."""
    low, high = (float(law.quantile(p)) for p in (0.1, 0.9))
    return (low + high) / 2, max((high - low) / 2, 0.1 * abs(high), 0.1)


def points(law: Law) -> np.ndarray:
    """Points above, beside and near the bulk."""
    centre, width = frame(law)
    return centre + width * np.array(
        [-2 + 1j, -0.7 + 0.3j, 0.1 + 0.05j, 0.6 + 1e-3j, 1.3 + 0.2j, 0.2 + 3j]
    )


def cuts(law: Law) -> list[tuple[float, float]]:
    """The cuts as floats, without points; ends may be infinite."""
    return [(float(low), float(high)) for low, high in law.support(dps=17) if low < high]
