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
from flint import ctx, fmpq

from freeprob.errors import NotAlgebraicError
from freeprob.exact.algebra.door import to_rational
from freeprob.exact.images.conditional_images import ConditionalImage, U, V, W, conditional_image
from freeprob.exact.images.product_transform import LINE, Chart, ProductTransform
from freeprob.exact.systems.system import Leaf, System
from freeprob.geometry.images.constant_roots import (
    exact_real_roots,
    in_order,
    inside_unit,
    is_rational,
    middles,
    root_balls,
)
from freeprob.geometry.signs.rounding import Constant
from freeprob.numeric.programs.points import Place

BY = (
    "between values at which the picture over them changes the density is analytic, and one of "
    "them is taken or not"
)
_BEYOND = 1  # from the outermost place, and from the outermost candidate
_DIGITS = 60  # by which exact numbers are put in order
_CLOSE = 512  # bits by which a point is told from candidates
_WIDTH = 2  # decimals by which a rational number between two candidates is told from both


def several_variables(system: System) -> ProductTransform | None:
    """The transform of a function of several variables that a law is of; None for others."""
    found = list(system.G.atoms(ProductTransform)) if isinstance(system, Leaf) else []
    return found[0] if len(found) == 1 else None


def places_of_several(transform: ProductTransform) -> tuple[tuple[Constant, ...], list[bool]]:
    """Candidates, and whether the density is positive between them.

    Raises
    ------
    NotAlgebraicError
        If they are not known of such functions.
    """
    _, _, size, function, charts = transform.args
    image = conditional_image(int(size), function, tuple(charts))
    if image is None:
        raise NotAlgebraicError(
            "supports are known of rational functions of two continuous variables, of degree two "
            "at most in one of them: the ends of others show in a large sample, sample(n)"
        )
    return places_of_two(image)


def places_of_two(image: ConditionalImage) -> tuple[tuple[Constant, ...], list[bool]]:
    """Candidates, and whether the density is positive between them.

    Raises
    ------
    NotAlgebraicError
        If irrational constants stand in equations of degree three or more.
    """
    factors = _own_factors(image)
    places = {root for p in _projections(factors) for root in exact_real_roots(p)}
    ordered = in_order(places)
    natures = [_is_taken(image, factors, t) for t in _between(ordered)]
    return tuple(Constant(place) for place in ordered), natures


def is_taken(transform: ProductTransform, place: Place) -> bool:
    """Whether points inside the ranges have a value, so that the density there is not 0.

    At irrational candidates it is not decided, and taken for true.
    """
    _, _, size, function, charts = transform.args
    image = conditional_image(int(size), function, tuple(charts))
    assert image is not None, "asked of functions of two variables"
    if isinstance(place.real, fmpq):
        return _is_taken(image, _own_factors(image), to_rational(place.real))
    candidates, natures = places_of_two(image)
    with ctx.workprec(_CLOSE):
        here = place().real
        gaps = [here - candidate.ball(_CLOSE) for candidate in candidates]
    return any(gap.contains(0) for gap in gaps) or natures[sum(bool(gap > 0) for gap in gaps)]


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
        return polynomial.count_roots() if is_rational(polynomial) else len(root_balls(polynomial))
    if not is_rational(polynomial):
        return inside_unit(polynomial)
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
            exact = is_rational(polynomial)
            roots.update(exact_real_roots(polynomial) if exact else middles(polynomial))
    places = _between(sorted(roots, key=lambda root: sp.N(root, _DIGITS)))
    if image.outer.args[0] == LINE:
        return places
    return [v for v in places if -1 < v < 1]
