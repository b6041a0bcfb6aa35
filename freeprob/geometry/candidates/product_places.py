"""Where the density of a function of two variables may not be analytic.

Over every value t the singular places of the other variable are real roots of the factors of χ.
Between two values at which such roots meet, come from infinity or reach an end, the whole picture
moves continuously: the density is analytic there, and positive if a point of the picture has the
value (cylindrical decomposition, Collins 1975).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise

import sympy as sp

from freeprob.errors import NotAlgebraicError
from freeprob.exact.images.conditional_images import ConditionalImage, U, V, W, conditional_image
from freeprob.exact.images.product_transform import LINE, Chart, ProductTransform
from freeprob.exact.systems.system import Leaf, System
from freeprob.geometry.signs.rounding import Constant

BY = (
    "between values at which the picture over them changes the density is analytic, and one of "
    "them is taken or not"
)
_BEYOND = 1  # from the outermost place, and from the outermost candidate
_DIGITS = 60  # by which exact numbers are put in order
_WIDTH = 2  # decimals by which a rational number between two candidates is told from both


def two_variables(system: System) -> ConditionalImage | None:
    """The function of two variables that a law is of; None for others."""
    if not isinstance(system, Leaf):
        return None
    found = list(system.G.atoms(ProductTransform))
    if len(found) != 1:
        return None
    _, _, size, function, charts = found[0].args
    return conditional_image(int(size), function, tuple(charts))


def places_of_two(image: ConditionalImage) -> tuple[tuple[Constant, ...], list[bool]]:
    """Candidates, and whether the density is positive between them.

    Raises
    ------
    NotAlgebraicError
        If irrational constants stand in the function.
    """
    factors = _own_factors(image)
    places: dict[sp.Expr, None] = {}
    for polynomial in _projections(factors):
        if any(not value.is_Rational for value in polynomial.coeffs()):
            raise NotAlgebraicError("irrational constants stand in the function")
        places.update((root, None) for root, _ in sp.real_roots(polynomial, multiple=False))
    ordered = sorted(places, key=lambda place: sp.N(place, _DIGITS))
    natures = [_is_taken(image, factors, t) for t in _between(ordered)]
    return tuple(Constant(place) for place in ordered), natures


def _own_factors(image: ConditionalImage) -> list[sp.Expr]:
    """The factors that matter: a Gaussian variable has no ends, and middles are for panels only."""
    products = (image.leading, image.discriminant, *image.ends)
    used = {index for product in products for index, _ in product.exponents}
    if image.outer is not None and image.outer.args[0] != LINE:
        used |= {0, 1}
    return [image.factors[index] for index in sorted(used)]


def _projections(factors: Sequence[sp.Expr]) -> Iterator[sp.Poly]:
    """Polynomials in W that vanish where roots in V meet, go to infinity, or stand anywhere."""
    for factor in factors:
        polynomial = sp.Poly(factor, V)
        coefficients = polynomial.all_coeffs()
        yield from _in_w(sp.gcd_list(coefficients) if coefficients[1:] else coefficients[0])
        yield from _in_w(coefficients[0])
        if polynomial.degree() > 1:
            yield from _in_w(polynomial.discriminant())
    for one, other in combinations(factors, 2):
        if one.has(V) and other.has(V):
            yield from _in_w(sp.resultant(one, other, V))


def _in_w(expression: sp.Expr) -> Iterator[sp.Poly]:
    expression = sp.expand(expression)
    if expression.has(W):
        yield sp.Poly(expression, W)


def _between(places: Sequence[sp.Expr]) -> list[sp.Rational]:
    """Rational numbers before, between and after real numbers."""
    if not places:
        return [sp.Rational(1, 7)]
    low, high = (sp.Integer(sp.floor(places[0])), sp.Integer(sp.ceiling(places[-1])))
    inner = [_rational_between(a, b) for a, b in pairwise(places)]
    return [low - _BEYOND, *inner, high + _BEYOND]


def _rational_between(a: sp.Expr, b: sp.Expr) -> sp.Rational:
    middle, digits = (a + b) / 2, _WIDTH
    while True:
        value = sp.Rational(str(sp.N(middle, digits + 15)))
        if a < value < b:
            return value
        digits *= 2


def _is_taken(image: ConditionalImage, factors: Sequence[sp.Expr], t: sp.Rational) -> bool:
    """Whether some u and v inside their ranges have the value t."""
    chi = image.polynomial.xreplace({W: t})
    return any(
        _counted(sp.Poly(chi.xreplace({V: v}), U), image.inner) for v in _samples(image, factors, t)
    )


def _counted(polynomial: sp.Poly, chart: Chart) -> int:
    """Real roots inside the range of a variable."""
    if polynomial.is_zero or polynomial.degree() < 1:
        return 0
    if chart.args[0] == LINE:
        return polynomial.count_roots()
    inside = polynomial.count_roots(-1, 1)
    return inside - sum(polynomial.eval(end) == 0 for end in (-1, 1))


def _samples(
    image: ConditionalImage, factors: Sequence[sp.Expr], t: sp.Rational
) -> list[sp.Rational]:
    """One v in each interval on which the picture over t is one."""
    if image.outer is None:
        return [sp.S.Zero]
    roots: set[sp.Expr] = set()
    for factor in factors:
        polynomial = sp.Poly(factor.xreplace({W: t}), V)
        if polynomial.degree() > 0:
            roots.update(root for root, _ in sp.real_roots(polynomial, multiple=False))
    places = _between(sorted(roots, key=lambda root: sp.N(root, _DIGITS)))
    if image.outer.args[0] == LINE:
        return places
    return [v for v in places if -1 < v < 1]
