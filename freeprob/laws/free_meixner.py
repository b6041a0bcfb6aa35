"""Free Meixner laws."""

from __future__ import annotations

from typing import final

import sympy as sp

from freeprob.exact.system import Leaf, System
from freeprob.laws.base import Law
from freeprob.laws.parameters import exact, require


@final
class FreeMeixner(Law):
    """Free Meixner law of mean 0 and variance 1: z - F is the G of a semicircle(1 + b, mean a).

    Its Jacobi coefficients are 0, a, a, … and 1, 1 + b, 1 + b, …

    Parameters
    ----------
    a
        Any real number.
    b
        At least -1.

    Raises
    ------
    InvalidParameterError
        If b < -1.

    Notes
    -----
    b = 0, a = 0 is the semicircle, b = 0 the free Poisson, b = -1 the two-point family.
    Source: Saitoh-Yoshida 2001; Anshelevich 2003; Bożejko-Bryc 2006.

    Examples
    --------
    >>> from freeprob import FreeMeixner
    >>> FreeMeixner(0, 1).moments(6)
    [0, 1, 0, 3, 0, 11]
    """

    def __new__(cls, a: object, b: object) -> FreeMeixner:
        """Check and read the parameters."""
        a, b = exact(a, "a"), exact(b, "b")
        require(b >= -1, f"b must be at least -1, got {b}")
        return super().__new__(cls, a, b)

    def _system(self) -> System:
        a, b = self.args
        inner = sp.Dummy("g")
        z = 1 / inner + a + (1 + b) * inner
        return Leaf((inner,), z, 1 / (z - inner), lambda at: (1 / at,))

    def _on_half_line(self) -> bool:
        return False
