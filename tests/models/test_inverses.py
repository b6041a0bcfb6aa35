"""Inverses that share letters with the rest of the expression."""

from __future__ import annotations

from collections.abc import Callable

import mpmath
import numpy as np
import pytest
import sympy as sp

import freeprob as fp
from freeprob.errors import BudgetExceededError, UndefinedOperationError

N, t = sp.symbols("N t", positive=True)
x, y = fp.GOE("x", N), fp.GOE("y", N)
W, S = fp.Ginibre("W", N, N, 1 / N), fp.GOE("S", N)
X = fp.Ginibre("X", N, 2 * N, 1 / N)
B = fp.Deterministic("B", fp.Atomic({-1: "1/2", 2: "1/2"}), N)
FAR = fp.Deterministic("A", fp.Atomic({3: "1/2", 5: "1/2"}), N)
P = fp.Projection("P", "1/3", N)
ONE = sp.Identity(N)

SQUARES = (x**2 + y**2 + ONE).inverse()
BLOCKS = sp.BlockMatrix([[3 * ONE, W], [W.T, S + 6 * ONE]])
GRAM = (X * X.T + t * ONE).inverse()
V = fp.Ginibre("V", N, N / 2, 1 / N)
LOW, INSIDE = (V * V.T + P).inverse(), (x - ONE / 2).inverse()
INNER = (y**2 + ONE).inverse()
EXAMPLES = {
    "two letters": (SQUARES * x * SQUARES, SQUARES * x * SQUARES * 1.05),
    "inside a square": (
        x * (y**2 + ONE).inverse() * x + y,
        x * (y**2 + ONE).inverse() * x + 1.05 * y,
    ),
    "anticommutator": (
        (3 * ONE + (x * y + y * x) / 2).inverse() + x,
        (3 * ONE + (x * y + y * x) / 2).inverse() + 1.05 * x,
    ),
    "blocks": (BLOCKS.inverse(), BLOCKS.inverse() * 1.05),
    "next to atoms": (
        (B + 3 * ONE + x).inverse() * x * (B + 3 * ONE + x).inverse(),
        (B + 3 * ONE + x).inverse() * x * (B + 3 * ONE + x).inverse() * 1.05,
    ),
    "ridge": (GRAM * X * X.T * GRAM + y / 4, GRAM * X * X.T * GRAM + y / 3),
    # 0 lies between the atoms of A s - 1 for s = 1/4, not for s = 1
    "across 0": (
        (FAR - ONE + x / 4).inverse() * x * (FAR - ONE + x / 4).inverse(),
        (FAR - ONE + x / 4).inverse() * x * (FAR - ONE + x / 4).inverse() * 1.05,
    ),
    # what is inverted has a density at 0: no moments, but a law
    "inside the spectrum": (INSIDE * y + y * INSIDE + x, INSIDE * y + y * INSIDE + 1.1 * x),
    "unbounded": ((x * y + y * x).inverse() + x, (x * y + y * x).inverse() + 1.05 * x),
}


def simulated(expr: sp.MatrixExpr, at: complex) -> complex:
    """G of matrices of a few hundred rows; it fluctuates like 1/rows."""
    found = []
    for seed in range(4):
        matrix = fp.simulate(expr, {t: sp.Rational(1, 2)}, N=400, rng=seed)
        found.append(np.mean(1 / (at - np.linalg.eigvalsh((matrix + matrix.T) / 2))))
    return complex(np.mean(found))


@pytest.mark.parametrize(("expr", "perturbed"), EXAMPLES.values(), ids=EXAMPLES)
def test_an_expression_agrees_with_its_matrices_and_a_perturbed_one_does_not(
    expr: sp.MatrixExpr, perturbed: sp.MatrixExpr
) -> None:
    law = fp.law(expr.subs(t, sp.Rational(1, 2)))
    at = np.array([0.1 + 0.15j, 0.4 + 0.2j])
    values = law.cauchy(at)
    right = [simulated(expr, place) for place in at]
    wrong = [simulated(perturbed, place) for place in at]
    assert np.abs(values - right).max() < 0.01
    assert np.abs(values - wrong).max() > 0.015


def mean(function: Callable[[mpmath.mpf], mpmath.mpc], context: mpmath.MPContext) -> mpmath.mpc:
    """E f(x) for x semicircular, by the trapezoidal rule in x = 2 cos θ."""
    nodes = [context.pi * k / 600 for k in range(1, 600)]
    return sum(function(2 * context.cos(a)) * context.sin(a) ** 2 for a in nodes) / 300


def test_a_function_of_one_letter_has_the_image_of_its_law() -> None:
    law = fp.law((x**2 + ONE).inverse() * x * (x**2 + ONE).inverse())
    context = mpmath.MPContext()
    context.dps = 40
    z = context.mpc("0.3", "0.2")
    known = mean(lambda u: 1 / (z - u / (u * u + 1) ** 2), context)
    assert abs(law.cauchy(0.3 + 0.2j, dps=30) - known) < context.mpf(10) ** -28
    # the density at r(u) sums those at all u of one image
    value = context.mpf("0.1")
    places = [root for root in context.polyroots([value, 0, 2 * value, -1, value], 200, 100)]
    real = [root.real for root in places if abs(root.imag) < 1e-30 and abs(root.real) < 2]
    assert len(real) == 2
    known = sum(
        context.sqrt(4 - u * u) / (2 * context.pi) / abs((1 - 3 * u * u) / (u * u + 1) ** 3)
        for u in real
    )
    assert abs(law.density("0.1", dps=25) - known) < context.mpf(10) ** -23


def test_the_inverse_of_blocks_has_the_inverse_law() -> None:
    z = 0.2 + 0.1j
    inverse, blocks = fp.law(BLOCKS.inverse()), fp.law(BLOCKS)
    assert abs(inverse.cauchy(z) - (1 / z - blocks.cauchy(1 / z) / z**2)) < 1e-12


def test_a_function_of_one_free_sum() -> None:
    squares = fp.Semicircle().square()
    known = fp.boxplus(squares, squares).shift(1).inverse().dilate(-1).shift(1)
    law = fp.law(SQUARES * (x**2 + y**2))
    assert np.abs(law.density([0.3, 0.6, 0.8]) - known.density([0.3, 0.6, 0.8])).max() < 1e-12


def test_parameters_are_put_in_later() -> None:
    expr = GRAM * X * X.T * GRAM + y / 4
    half = {t: sp.Rational(1, 2)}
    assert fp.law(expr).subs(half).density(0.3) == fp.law(expr.subs(half)).density(0.3)


@pytest.mark.parametrize(
    ("expr", "words"),
    [
        # the rank is 1/2 + 1/3
        (LOW * V * V.T * LOW, "atom at 0"),
        ((X * X.T).inverse() * x * (X * X.T).inverse() + X * X.T, "ridge"),
    ],
)
def test_an_inverse_of_something_singular_is_refused(expr: sp.MatrixExpr, words: str) -> None:
    with pytest.raises(UndefinedOperationError, match=words):
        fp.law(expr)


def test_an_equation_of_few_traces_is_confirmed_by_numbers() -> None:
    G, z = sp.symbols("G z")
    law = fp.law(x * INNER * x + y)
    found = law.polynomial(G, z)
    assert found.degree(G) == 5
    at, place = sp.Rational(-1, 4) + sp.I / 8, -0.25 + 0.125j
    value = law.cauchy(place, dps=40)
    near = found.as_expr().subs({z: at, G: sp.sympify(value)})
    assert abs(sp.N(near, 45)) < 1e-36
    other = fp.law(x * INNER * x + 1.05 * y).cauchy(place, dps=40)
    assert abs(sp.N(found.as_expr().subs({z: at, G: sp.sympify(other)}), 45)) > 1e-4


def test_past_the_budget_the_numbers_remain() -> None:
    law = fp.law((3 * ONE + (x * y + y * x) / 2).inverse() + x)
    with pytest.raises(BudgetExceededError, match="numeric reading"):
        law.polynomial(*sp.symbols("G z"))
    assert law.density(0.1) > 0
