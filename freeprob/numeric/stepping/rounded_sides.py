"""Which side of a function's cut an unknown lies on that is real up to rounding.

Unknowns are analytic in the upper half plane. Where one is real on the axis, just above it its
imaginary part is Im z times its slope; rounding leaves 1e-17 of either sign, and a logarithm of it
would jump.
"""

from __future__ import annotations

import numpy as np

from freeprob.numeric.programs.arithmetic import Complexes

# relative imaginary parts that a Newton step may leave of a real unknown; a step that starts from
# the unknown without it is as good
NOISE = 1e-12


def sided(
    u: Complexes, slope: Complexes, z: Complexes, noise: np.ndarray | None = None
) -> Complexes:
    """Unknowns (k, n) with the imaginary parts below the noise as their slopes du/dz have them."""
    least = NOISE * np.abs(u) if noise is None else noise
    above = slope.real * z.imag
    lost = (np.abs(u.imag) <= least) & (np.abs(above) <= least)
    return np.where(lost, u.real + 1j * above, u)


def sided_numbers(
    u: list[complex], slope: list[complex], z: complex, noise: list[float] | None = None
) -> list[complex]:
    """The same at one point, in Python's numbers."""
    found = []
    for i, value in enumerate(u):
        least = NOISE * abs(value) if noise is None else noise[i]
        above = slope[i].real * z.imag
        lost = abs(value.imag) <= least and abs(above) <= least
        found.append(complex(value.real, above) if lost else value)
    return found
