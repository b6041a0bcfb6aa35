"""All complex roots of an integer polynomial, priced before FLINT starts.

FLINT gains one bit of a cluster per step, at a precision that doubles until the roots are apart,
and cannot be interrupted: two roots of relative distance 2^-k cost about k⁴. How close the roots
are is known before, from the discriminant a^(2n-2) ∏ (xᵢ - xⱼ)².
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from flint import acb, acb_poly, ctx, fmpz_poly

from freeprob.errors import BudgetExceededError

_CLOSE = 1000  # bits of all relative distances together: FLINT takes seconds
_PROBED = 512  # bits at which the roots of most polynomials come apart at once


def isolated_roots(polynomial: fmpz_poly) -> list[tuple[acb, int]]:
    """Balls around the distinct roots at FLINT's precision, and their multiplicities.

    Raises
    ------
    BudgetExceededError
        If roots are so close that isolating them would take too long.
    """
    squarefree = polynomial // polynomial.gcd(polynomial.derivative())
    if not _are_apart(squarefree):
        raise BudgetExceededError(
            f"a polynomial of degree {polynomial.degree()} has roots too close to each other to be "
            "isolated: the law has lengths of very different orders of magnitude; take values "
            "closer to each other"
        )
    roots: list[Any] = polynomial.complex_roots()
    return [(acb(root), int(times)) for root, times in roots]


def _are_apart(polynomial: fmpz_poly) -> bool:
    degree = polynomial.degree()
    # Mahler 1964: distances are bounded by degree and height
    if degree < 2 or (degree - 1) * polynomial.height_bits() < _CLOSE:
        return True
    return _come_apart(polynomial) or _closeness(polynomial) < _CLOSE + degree**2


def _closeness(polynomial: fmpz_poly) -> int:
    """Σ log₂(max(|xᵢ|, |xⱼ|) / |xᵢ - xⱼ|) over all pairs, sizes read off Newton's polygon."""
    degree = polynomial.degree()
    lead = abs(polynomial[degree]).bit_length()
    sizes = sum(rank * size for rank, size in enumerate(_sizes(polynomial)))
    # Res(p, p') = ± a · disc
    discriminant = abs(polynomial.resultant(polynomial.derivative())).bit_length() - lead
    return (degree - 1) * lead + sizes - discriminant // 2


def _sizes(polynomial: fmpz_poly) -> list[int]:
    """log₂ of the roots in increasing order, by the upper hull of the bits of the coefficients."""
    points = [(i, abs(c).bit_length()) for i, c in enumerate(polynomial.coeffs()) if c]
    hull: list[tuple[int, int]] = []
    for x, y in points:
        while len(hull) > 1 and _is_below(hull[-2], hull[-1], (x, y)):
            hull.pop()
        hull.append((x, y))
    # a root 0 counts as small as the smallest other one
    slopes = [((y - v) // (u - x), u - x) for (x, y), (u, v) in pairwise(hull)]
    sizes = [slope for slope, length in slopes for _ in range(length)]
    return [sizes[0]] * hull[0][0] + sizes if sizes else []


def _is_below(left: tuple[int, int], middle: tuple[int, int], right: tuple[int, int]) -> bool:
    (a, b), (c, d), (e, f) = left, middle, right
    return (d - b) * (e - a) <= (f - b) * (c - a)


def _come_apart(polynomial: fmpz_poly) -> bool:
    with ctx.workprec(polynomial.height_bits() + _PROBED):
        exact = acb_poly(polynomial)
        try:
            exact.roots(maxprec=_PROBED)
        except ValueError:  # FLINT's word for roots that are not apart at this precision
            return False
    return True
