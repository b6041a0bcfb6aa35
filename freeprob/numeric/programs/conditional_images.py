"""The transform of a function of two variables, given one of them.

With χ(w, u, v) = 0 for the values w of the function (``exact.images.conditional_images``) the
resolvent is χ_w/χ, which as a function of u has poles at the roots u₁, …: its mean over u is
q + Σ u_j' G_u(u_j), where u_j' = -χ_w/χ_u is the speed of a root as w moves. For w in the upper
half plane no root is real, and as w falls to the real line the roots that become real come from
the side that their speeds tell.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, final

import numpy as np
from flint import fmpq

from freeprob.numeric.programs.arithmetic import FloatArithmetic
from freeprob.numeric.programs.conditional_numbers import FloatNumbers, Numbers
from freeprob.numeric.programs.straight_line import Program, evaluate

_FLOATS = FloatArithmetic()
_HALF = fmpq(1, 2)
_BEYOND = 38.5  # standard deviations without mass in float64


@final
@dataclass(frozen=True)
class Variable:
    """A variable in units of its chart: its kind, the weight on a circle, and G and G' there.

    The last are a program of J, √(u² - 1) and u + 1, J + 1/J = 2u; the primitive of G is one of J.
    """

    kind: str
    weight: Program
    transform: Program
    primitive: Program


class Product(NamedTuple):
    """A constant, by its program, times powers of factors."""

    constant: Program
    exponents: tuple[tuple[int, int], ...]


@final
@dataclass(frozen=True)
class Conditional:
    """χ by its coefficients in u with two derivatives by w each, and its factors by theirs in v.

    ``first`` is the number of the inner variable; ``lengths`` are the numbers of coefficients of
    the factors, whose programs are one.
    """

    size: int
    first: int
    degree: int
    inner: Variable
    outer: Variable | None
    coefficients: Program
    factors: Program
    lengths: tuple[int, ...]
    leading: Product
    discriminant: Product
    ends: tuple[Product, ...]


class Node(NamedTuple):
    """Places v, values of all factors there, and whether w is real."""

    v: Any
    factors: Sequence[Any]
    is_real: bool


class Values(NamedTuple):
    """The mean of χ_w/χ over u and its derivative by w, times the density of v."""

    G: Any
    slope: Any


def value_at(image: Conditional, numbers: Numbers, w: Any, node: Node) -> Values:
    """The integrand over v."""
    arithmetic = numbers.arithmetic
    found = evaluate(image.coefficients, [w, node.v], arithmetic)
    n = image.degree + 1
    c, d, e = (found[k * n : (k + 1) * n] for k in range(3))
    lead = product_at(image.leading, numbers, node)
    total, slope = d[-1] / lead, (e[-1] * lead - d[-1] * d[-1]) / (lead * lead)
    for u, steep, beside in _roots(image, numbers, c, lead, node):
        speed = -_polynomial(d, u) / steep
        curved = _polynomial(e, u) + 2 * _derivative(d, u) * speed
        if image.degree == 2:
            curved = curved + 2 * lead * speed * speed
        below, above, around = numbers.raised(u, speed, beside)
        G, G1 = (
            numbers.reflected(value, below)
            for value in _transform(image.inner, numbers, above, around)
        )
        total = total + speed * G
        slope = slope - curved / steep * G + speed * speed * G1
    mass = _mass(image.outer, numbers, node)
    return Values(total * mass / image.size, slope * mass / image.size)


Counter = Callable[[np.ndarray, np.ndarray, float], np.ndarray]
"""The number of eigenvalues of M(u, v) that are at most w."""


def below_at(
    image: Conditional, count: Counter, w: complex, v: np.ndarray, factors: Sequence[np.ndarray]
) -> np.ndarray:
    """The probability over u of eigenvalues of at most w, times the density of v.

    Between two roots their number is constant, and at a root with u' > 0 it falls by 1.
    """
    point, numbers = np.full(v.shape, w, dtype=complex), FloatNumbers()
    node = Node(v.astype(complex), factors, True)
    found = evaluate(image.coefficients, [point, node.v], numbers.arithmetic)
    n = image.degree + 1
    c, d = (found[k * n : (k + 1) * n] for k in range(2))
    lead = product_at(image.leading, numbers, node)
    line = image.inner.kind == "line"
    limits = (-np.inf, np.inf) if line else (-1.0, 1.0)
    lowest, change = np.full(v.shape, 0.0 if line else -1.0), np.zeros(v.shape)
    for u, steep, beside in _roots(image, numbers, c, lead, node):
        inside = u.imag == 0
        if line:
            inside &= np.abs(u.real) < _BEYOND
        else:
            # a root at the lower end itself counts: eigenvalues that are w there are at most w
            inside &= (beside[0].real < 0) & (beside[1].real >= 0)
        falls = np.sign(np.real(-_polynomial(d, u) / steep))
        above = _survival(image.inner, np.where(inside, u.real, 0.0).clip(*limits))
        change -= np.where(inside, falls * above, 0.0)
        lowest = np.where(
            inside & line, np.minimum(lowest, u.real - 1 - np.abs(u.real) / 8), lowest
        )
    start = count(lowest, v, w.real)
    return (start + change) * np.real(_mass(image.outer, numbers, node)) / image.size


def _survival(inner: Variable, u: np.ndarray) -> np.ndarray:
    """The probability of values above u."""
    if inner.kind == "line":
        from scipy.special import ndtr

        return ndtr(-u)
    if inner.kind == "segment":
        return (1 - u) / 2
    J = u - 1j * np.sqrt((1 - u) * (1 + u))
    (value,) = evaluate(inner.primitive, [J], _FLOATS)
    return np.imag(value) / np.pi


def product_at(product: Product, numbers: Numbers, node: Node) -> Any:
    """A product of powers of factors."""
    (value,) = evaluate(product.constant, [], numbers.arithmetic)
    for index, power in product.exponents:
        for _ in range(power):
            value = value * node.factors[index]
    return numbers.real(value) if node.is_real else value


def _polynomial(coefficients: Sequence[Any], u: Any) -> Any:
    total = coefficients[-1]
    for coefficient in reversed(coefficients[:-1]):
        total = total * u + coefficient
    return total


def _derivative(coefficients: Sequence[Any], u: Any) -> Any:
    if len(coefficients) == 2:
        return coefficients[1]
    return coefficients[1] + 2 * coefficients[2] * u


def _roots(
    image: Conditional, numbers: Numbers, c: Sequence[Any], lead: Any, node: Node
) -> list[tuple[Any, Any, list[Any]]]:
    """Roots u, χ_u there, and u - 1 and u + 1."""
    has_ends = image.inner.kind != "line"
    ends = [product_at(end, numbers, node) for end in image.ends] if has_ends else []
    if image.degree == 1:
        return [(-c[0] / lead, lead, [-end / lead for end in ends])]
    root = numbers.root(product_at(image.discriminant, numbers, node))
    sign = numbers.sign_like(c[1], root)
    twice = -(c[1] + sign * root)
    a = twice / (2 * lead)
    b = numbers.larger((sign * root - c[1]) / (2 * lead), a, 2 * c[0] / twice)
    pairs = [
        numbers.apart(a - place, b - place, end / lead)
        for place, end in zip((1, -1), ends, strict=False)
    ]
    return [
        (a, -sign * root, [pair[0] for pair in pairs]),
        (b, sign * root, [pair[1] for pair in pairs]),
    ]


def _transform(inner: Variable, numbers: Numbers, u: Any, around: Sequence[Any]) -> tuple[Any, Any]:
    """G and its derivative at u in the upper half plane or on the axis."""
    if inner.kind == "line":
        return numbers.gaussian(u)
    below, above = around
    if inner.kind == "segment":
        return numbers.uniform(below, above) / 2, -1 / (below * above)
    root = numbers.root(below) * numbers.root(above)
    G, slope = evaluate(inner.transform, [1 / (u + root), root, above], numbers.arithmetic)
    return G, slope


def _mass(outer: Variable | None, numbers: Numbers, node: Node) -> Any:
    """The density of v."""
    if outer is None:
        return 1
    if outer.kind == "line":
        return numbers.density(node.v)
    if outer.kind == "segment":
        return numbers.arithmetic.constant(_HALF)
    (weight,) = evaluate(outer.weight, [node.v], numbers.arithmetic)
    return weight / numbers.root(-node.factors[0] * node.factors[1])
