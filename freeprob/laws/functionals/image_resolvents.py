"""Resolvents of images of a matrix, as sums of the matrix's own resolvents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

import numpy as np
import sympy as sp

from freeprob.numeric.programs.lowering import compile_numpy


@final
@dataclass(frozen=True, eq=False)
class Poles:
    """Σ 1/(z - f(x)) over branches of f is, up to a constant, Σ r/(ω - x) over its poles in x.

    ``above`` and ``below`` are the coefficients of numerator and denominator, functions of z.
    """

    above: Any
    below: Any

    @staticmethod
    def of(images: sp.Lambda) -> Poles:
        """From the sum as a function of z and x, rational in x once it is added up."""
        z, x = images.signature
        fraction = sp.cancel(sp.together(sp.radsimp(sp.simplify(images.expr))))
        parts = (sp.Poly(part, x).all_coeffs() for part in sp.fraction(fraction))
        return Poles(*(compile_numpy(sp.Tuple(*part), [z]) for part in parts))

    def over(self, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Poles and residues at points, one row for each pole."""
        places, residues = zip(*(self._at(complex(point)) for point in z), strict=True)
        return np.array(places).T, np.array(residues).T

    def _at(self, z: complex) -> tuple[np.ndarray, np.ndarray]:
        top, bottom = (np.array(part(z), dtype=complex) for part in (self.above, self.below))
        places = np.roots(bottom)
        return places, -np.polyval(top, places) / np.polyval(np.polyder(bottom), places)
