"""Deep products, where roots are many: every reading, on both sides of the atoms' transition.

And Pastur's equations, printed from the description, against the form by S-transforms.
"""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
import sympy as sp

import freeprob as fp
from freeprob import nets

HALF = sp.Rational(1, 2)


def bernoulli(p: sp.Rational, depth: int) -> fp.Law:
    """Orthogonal layers with slopes 1 with probability p, at criticality."""
    return fp.boxtimes_power(fp.Atomic({0: 1 - p, 1: p}), depth).dilate(p**-depth)


def gaussian_edge(p: sp.Rational, depth: int) -> float:
    """((1 + x)/x)((x + p)/p)^L at L x² + (L - 1)x = p."""
    x = (-(depth - 1) + np.sqrt((depth - 1) ** 2 + 4 * depth * float(p))) / (2 * depth)
    return (1 + x) / x * ((x + float(p)) / float(p)) ** depth


def orthogonal_edge(p: sp.Rational, depth: int) -> float:
    """((1 - p)/p) L^L/(L - 1)^(L - 1)."""
    return float((1 - p) / p) * (depth / (depth - 1)) ** (depth - 1) * depth


def hard_tanh(depth: int, q: str, edge, weights: str = "orthogonal"):
    """The same for hard tanh, whose p = erf(1/√(2q)) is no algebraic number."""
    p = sp.erf(1 / sp.sqrt(2 * sp.Rational(q)))
    atoms = {sp.S.Zero: 1 - p}
    if weights == "orthogonal" and depth * (1 - p) < 1:
        atoms[sp.S.One] = sp.expand(1 - depth * (1 - p))
    return (
        lambda: nets.jacobian_law(nets.hard_tanh, depth, weights, q=q),
        edge(p, depth) * float(p) ** depth,
        atoms,
    )


# law, top of the continuous part, atoms
CASES = {
    "linear 3": (lambda: nets.jacobian_law(nets.linear, 3, "iid"), 4**4 / 3**3, {}),
    "linear 5": (lambda: nets.jacobian_law(nets.linear, 5, "iid"), 6**6 / 5**5, {}),
    "relu 10": (
        lambda: nets.jacobian_law(nets.relu, 10, weight_variance=2),
        orthogonal_edge(HALF, 10),
        {0: HALF},
    ),
    "relu 100": (
        lambda: nets.jacobian_law(nets.relu, 100, weight_variance=2),
        orthogonal_edge(HALF, 100),
        {0: HALF},
    ),
    "relu 10, iid": (
        lambda: nets.jacobian_law(nets.relu, 10, "iid", weight_variance=2),
        gaussian_edge(HALF, 10),
        {0: HALF},
    ),
    "linear 10": (lambda: nets.jacobian_law(nets.linear, 10, "iid"), 11**11 / 10**10, {}),
    # L(1 - p) = 2/5, 9/10, 1, 11/10 and 5
    "flat 4": (
        lambda: bernoulli(sp.Rational(9, 10), 4),
        orthogonal_edge(sp.Rational(9, 10), 4),
        {0: sp.Rational(1, 10), sp.Rational(10, 9) ** 4: sp.Rational(3, 5)},
    ),
    "flat 9": (
        lambda: bernoulli(sp.Rational(9, 10), 9),
        orthogonal_edge(sp.Rational(9, 10), 9),
        {0: sp.Rational(1, 10), sp.Rational(10, 9) ** 9: sp.Rational(1, 10)},
    ),
    "flat 10": (
        lambda: bernoulli(sp.Rational(9, 10), 10),
        orthogonal_edge(sp.Rational(9, 10), 10),
        {0: sp.Rational(1, 10)},
    ),
    "flat 11": (
        lambda: bernoulli(sp.Rational(9, 10), 11),
        orthogonal_edge(sp.Rational(9, 10), 11),
        {0: sp.Rational(1, 10)},
    ),
    "flat 50": (
        lambda: bernoulli(sp.Rational(9, 10), 50),
        orthogonal_edge(sp.Rational(9, 10), 50),
        {0: sp.Rational(1, 10)},
    ),
    # L(1 - p) = 0.14, 0.41, 5.1; next to the last one's edge at 0 z has another critical value
    "hard tanh 3": hard_tanh(3, "1/4", orthogonal_edge),
    "hard tanh 16": hard_tanh(16, "1/5", orthogonal_edge),
    "hard tanh 16, wide": hard_tanh(16, "1", orthogonal_edge),
    "hard tanh 4, iid": hard_tanh(4, "1/10", gaussian_edge, "iid"),
}


@pytest.mark.parametrize("name", list(CASES))
def test_support_atoms_and_distribution(name):
    build, top, atoms = CASES[name]
    law = build()
    assert law.atoms() == atoms
    ((low, high),) = law.support(dps=15)
    assert low == 0
    assert float(high) == pytest.approx(top, rel=1e-13)
    # mass, density and distribution function are one function
    x = top * np.array([0.02, 0.3, 0.8])
    step = 1e-4 * x
    assert (law.cdf(x + step) - law.cdf(x - step)) / (2 * step) == pytest.approx(
        law.density(x), rel=1e-5
    )
    jumps = sum(float(mass) for place, mass in atoms.items() if place <= top)
    assert law.cdf(float(top)) == pytest.approx(1 - sum(map(float, atoms.values())) + jumps)
    middle = 1 - (1 - law.cdf(float(x[0]))) * np.array([0.9, 0.5, 0.1])
    places = law.quantile(middle)
    assert (law.cdf(places) >= middle - 1e-10).all()
    # above the continuous part there may be an atom
    inside = places < top
    assert law.cdf(places)[inside] == pytest.approx(middle[inside], abs=1e-10)
    # where the imaginary part of a wrong root is larger, the digits tell
    assert law.density(float(x[1])) == pytest.approx(float(law.density(x[1], dps=20)), rel=1e-12)


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=pytest.mark.slow) if name == "relu 100" else name for name in CASES],
)
def test_matrices_of_the_law(name):
    assert CASES[name][0]().check(n=150, draws=4, rng=0).passed


@pytest.mark.parametrize(
    ("name", "other"),
    [("flat 9", "flat 11"), ("linear 3", "linear 5"), ("hard tanh 16", "hard tanh 16, wide")],
)
def test_matrices_of_another_depth_are_told_apart(name, other):
    law, wrong = (CASES[which][0]() for which in (name, other))
    assert not law.compare_to(wrong.sample(150, rng=0)).passed


def test_pasturs_equations_are_the_product_of_s_transforms():
    """Two relu layers, σ_w² = 2: h, k from the S-form satisfy the printed equations to 1e-30."""
    f, h, k, z = sp.symbols("f h k z")
    first, slopes = nets.jacobian_law(nets.relu, 1, "iid", 2), nets.relu.slope_law(1).dilate(2)
    law = fp.boxtimes(first, fp.CompoundFreePoisson(1, slopes))
    printed = law.system_equations(z=z, names=(f, h, k))
    assert [equation.lhs for equation in printed] == [h, k, f]
    assert sp.simplify(printed[1].rhs - 1 / (2 * h + 1)) == 0

    place = sp.Rational(1, 2) + sp.I / 3
    G = nets.jacobian_law(nets.relu, 2, "iid", 2).cauchy(place, dps=40)
    context = mpmath.MPContext()
    context.dps = 40
    at, G = context.mpc(0.5, context.mpf(1) / 3), context.mpc(G.real, G.imag)
    # m = zG - 1 = -hk and ψ_K(-2h) = m, that is (1/2)y/(1 - y) = m
    m = at * G - 1
    y = m / (context.mpf(1) / 2 + m)
    h0 = -y / 2
    k0 = -m / h0
    assert abs(k0 - 1 / (2 * h0 + 1)) < 1e-36
    # ∫ S(dλ)/(kλ - z) = -G_S(z/k)/k, and ∫ λ S(dλ)/(kλ - z) follows from it
    inner = at / k0
    own = first.cauchy(sp.Float(str(inner.real), 40) + sp.I * sp.Float(str(inner.imag), 40), dps=40)
    own = context.mpc(own.real, own.imag)
    assert inner.imag > 0
    assert abs(-own / k0 + G) < 1e-30
    assert abs((1 - inner * own) / k0 - h0) < 1e-30


def test_pasturs_equations_with_letters():
    f, h, k, z, w = sp.symbols("f h k z w", positive=True)
    data, slopes = fp.LawSymbol("S", positive=True), fp.LawSymbol("K", positive=True)
    law = fp.boxtimes(data, fp.CompoundFreePoisson(1, slopes.dilate(w)))
    shown = [str(equation) for equation in law.system_equations(z=z, names=(f, h, k))]
    assert shown[0] == "Eq(h, Int(lambda/(k*lambda - z), S(dlambda)))"
    assert shown[2] == "Eq(f, Int(1/(k*lambda - z), S(dlambda)))"
    assert "K" in shown[1]
    # the very law, once letters have values
    values = {data: nets.jacobian_law(nets.relu, 1, "iid", 2), slopes: nets.relu.slope_law(1), w: 2}
    assert law.subs(values).moments(3) == nets.jacobian_law(nets.relu, 2, "iid", 2).moments(3)


def test_depth_as_a_letter():
    depth = sp.Symbol("L", integer=True, positive=True)
    law = nets.jacobian_law(nets.relu, depth, weight_variance=2)
    assert law.moments(2) == [1, depth + 1]
    assert law.atoms()[0] == HALF
    assert law.subs({depth: 4}).moments(3) == nets.jacobian_law(
        nets.relu, 4, weight_variance=2
    ).moments(3)
