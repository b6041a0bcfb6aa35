"""Free Meixner laws."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, final

import sympy as sp

from freeprob.exact.systems.leading_terms import LeadingTerms
from freeprob.exact.systems.system import Leaf, System
from freeprob.laws.base import Law
from freeprob.parameters import Number, exact, require

if TYPE_CHECKING:
    from freeprob.ensembles import Model


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
    [0, 1, 0, 3, 0, 13]
    """

    _short: ClassVar[str] = "Meixner"

    def __new__(cls, a: Number, b: Number) -> FreeMeixner:
        """Check and read the parameters."""
        a, b = exact(a, "a"), exact(b, "b")
        require(b >= -1, f"b must be at least -1, got {b}")
        return super().__new__(cls, a, b)

    def _system(self) -> System:
        a, b = self.args
        inner = sp.Dummy("g")
        z = 1 / inner + a + (1 + b) * inner
        return Leaf((inner,), z, 1 / (z - inner), LeadingTerms.of(lambda at: (1 / at,)))

    def _matrix_model(self) -> Model:
        from freeprob.ensembles import (
            Affine,
            AtomicQuantile,
            Deterministic,
            FreePower,
            Gaussian,
            Wishart,
        )

        a, b = self.args
        if b.is_positive:
            return super()._matrix_model()
        if b == 0:
            return Affine(Wishart(float(a**2)), float(1 / a), float(-1 / a)) if a else Gaussian(1.0)
        # the free power -1/b of two points of mean 0, variance 1, Jacobi coefficient a/√-b
        exponent = float(-1 / b)
        centre = 0.5 * float(a) * exponent**0.5
        root = (centre**2 + 1) ** 0.5
        low, high = centre - root, centre + root
        weights = high / (high - low), -low / (high - low)
        points = Deterministic(AtomicQuantile((low, high), weights))
        return Affine(FreePower(points, exponent), scale=exponent**-0.5)

    def _on_half_line(self) -> bool:
        return False
