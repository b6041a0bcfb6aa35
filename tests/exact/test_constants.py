"""Several irrational constants: fields of radicals, and whether a combination is 0."""

from __future__ import annotations

import random
import time

import pytest
import sympy as sp

import freeprob as fp
from freeprob.errors import BudgetExceededError
from freeprob.exact.algebra.door import Ring, ring
from freeprob.exact.algebra.fields import FunctionField
from freeprob.exact.algebra.number_field import number_field

root = sp.sqrt
third = sp.Rational(1, 3)
FIELDS = {
    "coprime": ([root(2), sp.root(7, 3), root(3), root(5)], 24),
    "dependent": ([root(2), root(6), root(15), root(5)], 8),
    "one group": ([sp.root(2, 6), root(2)], 6),
    "composite": ([sp.Integer(12) ** third, sp.Integer(2) ** third], 9),
    "with i": ([sp.root(2, 4), sp.I, root(10**9 + 7)], 16),
    "six roots": ([root(p) for p in (2, 3, 5, 7, 11, 13)], 64),
}


@pytest.mark.parametrize("case", FIELDS)
def test_fields_of_radicals(case: str) -> None:
    constants, degree = FIELDS[case]
    start = time.process_time()
    field = number_field(constants)
    assert field is not None
    assert len(field.minimal) == degree + 1
    draw = random.Random(degree)
    for _ in range(3):
        terms = [draw.choice(constants) * draw.choice(constants) for _ in range(4)]
        value = sum(sp.Rational(draw.randint(1, 99), 7) * term for term in terms) - 5
        element = field.read(value)
        assert abs(sp.N(field.write(element) - value, 30)) < 1e-25
        assert field.is_zero(element * element.inverse() - field.integer(1))
        assert field.is_zero(field.read(value) - field.read(sp.expand(value)))
    assert time.process_time() - start < 10


def test_the_minimal_polynomial_is_that_of_another_route() -> None:
    x = sp.Symbol("x")
    field = number_field([root(2), root(6), sp.root(3, 3)])
    assert field is not None
    other = sp.minimal_polynomial(field.root, x)
    assert sp.Poly(other, x).monic() == sp.Poly(field.minimal[::-1], x).monic()


def test_moments_in_four_roots() -> None:
    spread = fp.boxplus(fp.Atomic({root(3): third, root(5): 2 * third}), fp.Semicircle(root(2)))
    law = fp.boxtimes(fp.MarchenkoPastur(root(2) + sp.root(7, 3)), spread)
    start = time.process_time()
    mean, second, *_ = law.moments(6)
    assert time.process_time() - start < 5
    # m₂ of a product with a free Poisson law of mean 1 and variance c: v + m² (1 + c)
    own = spread.moments(2)
    assert mean == own[0]
    variance = root(2) + sp.root(7, 3)
    assert sp.expand(second - own[1] - variance * own[0] ** 2) == 0


def test_nested_roots_of_high_degree_are_refused_at_once() -> None:
    nested = [root(2 + root(2)), root(3 + root(3)), root(5 + root(7))]
    start = time.process_time()
    with pytest.raises(BudgetExceededError, match="degree"):
        number_field(nested)
    assert time.process_time() - start < 1


a = sp.Symbol("a")
p, q = sp.symbols("p q", positive=True)
ZEROS = {
    "radicals": ([root(2), root(3), root(6)], lambda x, y, z: x * y - z, True),
    "with a symbol": ([root(2), a, root(6)], lambda x, y, z: x * y - z, False),
    "times pi": (
        [root(2), root(8 * 3), sp.pi, root(3)],
        lambda x, y, p, z: (x * z + x * z - y) * p,
        True,
    ),
    "pi and a root": ([root(2), sp.pi], lambda x, p: x * p - 4, False),
    "logarithms": ([sp.log(2), sp.log(3), sp.log(6)], lambda x, y, z: x + y - z, True),
}


@pytest.mark.parametrize("case", ZEROS)
def test_whether_a_combination_vanishes(case: str) -> None:
    constants, combine, vanishes = ZEROS[case]
    field = FunctionField(ring(constants))
    element = combine(*(field.read(constant) for constant in constants))
    assert field.is_zero(element) is vanishes


ROOTS_OF_SYMBOLS = {
    "a square": ([root(q - p), p, q], lambda x, p, q: x * x + p - q, True),
    "beside a letter": ([root(q - p), p, q, a], lambda x, p, q, a: (x * x + p - q) * a, True),
    "roots": ([root(p), root(q - p), p, q], lambda x, y, p, q: x * y - p - q, False),
    "of the other sign": ([root(p - q), p, q], lambda x, p, q: x * x + p - q, False),
    "a root and its square": ([root(p), p], lambda x, p: x * x * x - p * x, True),
}


@pytest.mark.parametrize("case", ROOTS_OF_SYMBOLS)
def test_whether_roots_of_symbols_cancel(case: str) -> None:
    generators, combine, vanishes = ROOTS_OF_SYMBOLS[case]
    field = FunctionField(Ring(tuple(generators)))
    element = combine(*(field.read(generator) for generator in generators))
    assert field.is_zero(element) is vanishes


def test_what_cannot_be_decided_is_refused_at_once() -> None:
    far = 10**1000
    constants = [sp.log(2), sp.log(3), sp.log(6)]
    field = FunctionField(ring(constants))
    first, second, both = (field.read(constant) for constant in constants)
    element = (first + second - both) * field.integer(far)
    start = time.process_time()
    with pytest.raises(BudgetExceededError, match="not decided"):
        field.is_zero(element)
    assert time.process_time() - start < 5
