"""Determinants of matrices moved by a deterministic matrix of finite rank."""

from __future__ import annotations

from typing import Any

import sympy as sp

from freeprob.errors import InvalidParameterError
from freeprob.landscapes.kac_rice.rates import in_context, secured
from freeprob.laws.arguments import the_law
from freeprob.laws.base import Law
from freeprob.numeric.precision import FLOAT_DIGITS, context
from freeprob.parameters import digits, exact, many, require

_PLACE = 30  # digits of a place that is compared with edges


def determinant_factor(law: Law, spikes: Any, x: Any, dps: int | None = None) -> Any:
    """What a matrix of finite rank does to a mean determinant: Π |1 - s_a G(x)|.

    E|det(X - x + S)|/E|det(X - x)| tends to it for S = Σ s_a e_a e_aᵀ with orthonormal e_a and x
    off the spectrum: det(X - x + S) = det(X - x) det(1 + s (E, (X - x)⁻¹E)), and the entries of a
    resolvent between fixed vectors tend to -G(x) or 0. With m(x) = -G(x) the factors are
    |1 + s_a m(x)|. The limit law does not see S; where a factor vanishes an outlier of X + S is
    at x.

    Parameters
    ----------
    law
        Limit law of X, which is rotated at random or has delocalised eigenvectors.
    spikes
        Eigenvalues s_a of S, one by one.
    x
        A real number off the support.
    dps
        Digits. By default a float.

    Returns
    -------
    float, or mpf with ``dps``

    Raises
    ------
    InvalidParameterError
        If x is in the support, where the quotient oscillates and has no limit, or a spike is no
        number.

    Notes
    -----
    In the bounds of Baskerville, Keating, Mezzadri and Najnudel (arXiv 2004.03959) for general
    activations a factor T of this kind stands in the constant; their printed form was not
    compared, and this one is derived here.

    Examples
    --------
    >>> from freeprob import Semicircle
    >>> from freeprob.landscapes import determinant_factor
    >>> print(determinant_factor(Semicircle("1/2"), [1], "-1.7", dps=12))
    1.75660188679
    """
    law, place = the_law(law, "law"), exact(x, "x")
    places = digits(dps)
    values = [exact(spike, "a spike") for spike in many(spikes, "spikes")]
    require(place.is_number, f"x must be a number, got {x}")
    for value in values:
        require(value.is_number, f"spikes must be numbers, got {value}")
    near = sp.Float(str(sp.N(place, _PLACE)), _PLACE)
    for low, high in law.support(dps=_PLACE):
        if low <= near <= high:
            raise InvalidParameterError(
                f"x = {x} lies in the spectrum, on [{float(low):.6g}, {float(high):.6g}]: there "
                "the quotient oscillates and has no limit; take x off it"
            )

    def product(work: int) -> Any:
        own = context(work)
        G = own.mpf(law.cauchy(place, dps=work).real)
        return own.fprod(abs(1 - in_context(value, own) * G) for value in values)

    found = secured(product, places or FLOAT_DIGITS)
    return float(found) if places is None else found
