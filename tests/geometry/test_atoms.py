"""Atoms: theorems, poles on the physical branch, and both against each other."""

from __future__ import annotations

import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

import freeprob as fp
from freeprob.geometry.spectrum.atoms import physical_poles
from freeprob.geometry.spectrum.branch_poles import branch_atoms, seen_atoms
from freeprob.geometry.spectrum.rational_poles import poles_of_rational

HALF, THIRD = sp.Rational(1, 2), sp.Rational(1, 3)
SIGNS = fp.Atomic({-1: HALF, 1: HALF})


def by_poles(law: fp.Law) -> dict[sp.Expr, sp.Expr]:
    """Atoms from the poles of G on the flattened curve, whatever the theorems say."""
    return dict(physical_poles(law.system, lambda values: None))


def test_weighted_atoms_of_a_free_sum() -> None:
    law = fp.boxplus(fp.Atomic({0: "1/3", 1: "2/3"}), fp.Atomic({0: "1/4", 1: "3/4"}))
    assert law.atoms() == {2: sp.Rational(5, 12), 1: sp.Rational(1, 12)}
    assert list(law.atoms()) == [1, 2]


def test_an_atom_of_the_tables() -> None:
    law = fp.boxplus(fp.Atomic({0: "0.7", 1: "0.3"}), fp.Atomic({0: "0.6", 2: "0.4"}))
    assert law.atoms()[0] == sp.Rational(3, 10)


def test_symbolic_masses() -> None:
    c, t = sp.symbols("c t", positive=True)
    p, q = sp.symbols("p q", positive=True)
    assert fp.MarchenkoPastur(c).atoms() == {0: sp.Max(0, 1 - 1 / c)}
    assert fp.FreePoisson(t).atoms() == {0: sp.Max(0, 1 - t)}
    assert fp.boxplus(fp.Atomic({0: p, 1: 1 - p}), fp.Atomic({0: q, 1: 1 - q})).atoms() == {
        0: sp.Max(0, p + q - 1),
        1: sp.Max(0, p - q) + sp.Max(0, q - p),
        2: sp.Max(0, 1 - p - q),
    }
    assert fp.boxplus_power(fp.Atomic({0: p, 1: 1 - p}), 2).atoms()[0] == sp.Max(0, 2 * p - 1)


def test_irrational_power_of_signs() -> None:
    law = fp.boxplus_power(SIGNS, sp.sqrt(2))
    mass = 1 - sp.sqrt(2) / 2
    assert law.atoms() == {-sp.sqrt(2): mass, sp.sqrt(2): mass}


W, P, S = sp.Symbol("w"), sp.Symbol("p", positive=True), sp.Symbol("s", positive=True)


def bernoulli(p):
    """S of mass 1 - p at 0 and p at 1."""
    return (1 + W) / (p + W)


@pytest.mark.parametrize(
    ("S_transform", "expected"),
    [
        # y = zG - 1 tends to m - 1 at an atom 0 of mass m, where S is infinite
        (bernoulli(HALF) * sp.exp(-W), {0: HALF}),
        (bernoulli(THIRD) * bernoulli(sp.Rational(3, 4)) * sp.exp(-W), {0: 2 * THIRD}),
        (bernoulli(sp.Rational(9, 10)) ** 2 * sp.exp(-W / (W + 2)), {0: sp.Rational(1, 10)}),
        (bernoulli(P) * sp.exp(-S * W), {0: sp.Max(0, 1 - P)}),
        # at e^s the logarithm of z is s - s/y + 1/y
        (sp.exp(-S * W / (1 + W)), {sp.exp(S): sp.Max(0, 1 - S)}),
        (sp.exp(-W / (1 + W)), {}),
        ((P * bernoulli(P)) ** 3, {0: sp.Max(0, 1 - P), P**-3: sp.Max(0, 3 * P - 2)}),
    ],
    ids=str,
)
def test_atoms_of_a_law_given_by_s(S_transform: sp.Expr, expected: dict) -> None:
    assert fp.TransformLaw("S", S_transform, W).atoms() == expected


@pytest.mark.parametrize("power", [sp.sqrt(2), sp.Rational(6, 5), sp.Symbol("L", positive=True)])
def test_powers_without_polynomial_equation_have_the_atoms_of_the_theorem(power: sp.Expr) -> None:
    """Belinschi-Bercovici 2005: 1 has mass tμ{1} - (t - 1), 0 keeps its mass."""
    found = fp.TransformLaw("S", bernoulli(HALF) ** power, W).atoms()
    rest = 1 - power / 2
    assert found == {0: HALF, 1: rest if rest.is_number else sp.Max(0, rest)}


@pytest.mark.parametrize(
    "law",
    [
        fp.MarchenkoPastur(3),
        fp.boxplus(fp.Atomic({0: THIRD, 1: 2 * THIRD}), fp.Atomic({0: "1/4", 1: "3/4"})),
        fp.boxplus(fp.Atomic({0: "4/5", 1: "1/5"}), fp.MarchenkoPastur(4)),
        fp.boxplus(SIGNS, fp.Semicircle(1)),
        fp.boxplus_power(fp.Atomic({0: "4/5", 1: "1/5"}), "3/2"),
        fp.boxtimes(fp.MarchenkoPastur(2), fp.MarchenkoPastur(3)),
        fp.boxtimes(fp.Atomic({1: HALF, 3: HALF}), fp.Atomic({1: THIRD, 2: 2 * THIRD})),
        fp.compress(fp.Atomic({-1: "1/4", 1: "3/4"}), HALF),
        fp.CompoundFreePoisson("2/3", fp.Atomic({1: HALF, 3: HALF})),
        fp.information_plus_noise(fp.Atomic({0: "3/4", 4: "1/4"}), 2, 1),
        fp.mixture({fp.MarchenkoPastur(2): HALF, fp.PointMass(0): HALF}),
        fp.MarchenkoPastur(2).shift(3).dilate(-2),
        fp.mobius(fp.MarchenkoPastur(2), 1, 2, 1, 3),
    ],
    ids=str,
)
def test_theorems_agree_with_poles_on_the_physical_branch(law: fp.Law) -> None:
    assert law.atoms() == by_poles(law)


@settings(max_examples=5, deadline=None, derandomize=True)
@given(st.integers(1, 9), st.integers(1, 9))
def test_random_weights(i: int, j: int) -> None:
    p, q = sp.Rational(i, 10), sp.Rational(j, 10)
    law = fp.boxplus(fp.Atomic({0: p, 1: 1 - p}), fp.Atomic({0: q, 3: 1 - q}))
    assert law.atoms() == by_poles(law)
    assert sum(law.atoms().values()) <= 1


def test_the_boolean_sum_of_signs_has_two_atoms() -> None:
    root = sp.sqrt(2)
    assert fp.boolean_sum(SIGNS, SIGNS).atoms() == {-root: HALF, root: HALF}


def test_no_atoms() -> None:
    for law in (fp.Semicircle(1), fp.MarchenkoPastur(1), fp.Cauchy(0, 1), fp.Uniform(0, 1)):
        assert law.atoms() == {}


def test_a_mass_without_formula_asks_for_values() -> None:
    t = sp.Symbol("t", positive=True)
    with pytest.raises(fp.errors.NoClosedFormError, match="give values"):
        fp.boolean_sum(SIGNS, fp.Semicircle(t)).atoms()


def test_sympy_still_finds_subexpressions() -> None:
    c = sp.Symbol("c", positive=True)
    assert fp.boxplus(fp.MarchenkoPastur(c), SIGNS).atoms(sp.Symbol) == {c}


@pytest.mark.parametrize(
    ("ratio", "expected"),
    [
        (HALF, {-2: "3/8", 2: "3/8"}),
        (0, {-sp.sqrt(5): "1/40", -2: "17/40", 2: "17/40", sp.sqrt(5): "1/40"}),
    ],
)
def test_singular_values_that_survive_in_a_rectangular_sum(ratio: object, expected: dict) -> None:
    """A has kernel 9/10, B the singular value 2 with mass 19/20; density and atoms weigh 1."""
    first = fp.symmetrize(fp.Atomic({0: "9/10", 1: "1/10"}))
    second = fp.symmetrize(fp.Atomic({0: "1/20", 4: "19/20"}))
    law = fp.rectangular_boxplus(first, second, ratio)
    assert law.atoms() == {place: sp.Rational(mass) for place, mass in expected.items()}
    assert law.cdf(10) == 1.0
    eigenvalues = law.sample(400, rng=1)
    assert (abs(eigenvalues - 2) < 1e-8).mean() == pytest.approx(float(law.atoms()[2]), abs=0.01)


def test_kernels_meet_in_a_rectangular_sum() -> None:
    first = fp.symmetrize(fp.Atomic({0: "7/10", 1: "3/10"}))
    second = fp.symmetrize(fp.Atomic({0: "6/10", 4: "4/10"}))
    assert fp.rectangular_boxplus(first, second, HALF).atoms() == {0: sp.Rational(3, 10)}


@pytest.mark.parametrize("excess", ["1e-5", "1e-6", "8.57188422e-7", "1e-9", "1e-12"])
def test_small_atoms_next_to_density(excess: str) -> None:
    """A mass of m at 0, where the density begins at about m²/4."""
    e = sp.Rational(excess)
    assert fp.MarchenkoPastur(1 + e).atoms() == {0: e / (1 + e)}
    assert fp.FreePoisson(1 - e, 2).atoms() == {0: e}
    assert fp.CompoundFreePoisson(1 - e, fp.Atomic([1, 3])).atoms() == {0: e}
    assert fp.Wachter(1 - e, 3).atoms() == by_poles(fp.Wachter(1 - e, 3)) == {0: e}
    for law in (fp.MarchenkoPastur(1 - e), fp.FreePoisson(1 + e, 2), fp.Wachter(1 + e, 3)):
        assert law.atoms() == by_poles(law) == {}


def test_a_mixture_with_a_small_atom_has_its_numbers() -> None:
    c = sp.Rational("1.000000857188422")
    law = fp.mixture({fp.MarchenkoPastur(c): HALF, fp.Uniform(3, "17/3"): HALF})
    assert law.cdf(0.0) == pytest.approx(float((1 - 1 / c) / 2), rel=1e-12)
    assert law.cdf(law.quantile(0.2)) == pytest.approx(0.2, rel=1e-12)


def mixed(excess: sp.Rational, rest: fp.Law) -> fp.Law:
    return fp.mixture({fp.PointMass(0): excess, rest: 1 - excess})


@pytest.mark.parametrize(
    ("excess", "first", "second"),
    [
        ("1e-12", fp.Uniform(-1, 1), fp.Semicircle(1)),
        ("1e-8", fp.Semicircle(1), fp.Semicircle(1)),
    ],
)
def test_small_atoms_of_boolean_sums(excess: str, first: fp.Law, second: fp.Law) -> None:
    """1/G has slope 1/m at an atom: slopes add, less one."""
    e = sp.Rational(excess)
    law = fp.boolean_sum(mixed(e, first), mixed(e, second))
    assert law.atoms() == {0: e / (2 - e)}


def test_edges_told_apart_to_few_bits_only_are_found_by_bisection() -> None:
    """Next to an atom of 1e-8 a critical point of z converges to 100 bits, and not to 160."""
    law = fp.boolean_sum(mixed(sp.Rational("1e-8"), fp.Semicircle(1)), fp.Semicircle(1))
    assert law.atoms() == {}


def test_a_small_atom_next_to_density_is_seen_without_the_theorem() -> None:
    excess = sp.Rational("1e-9")
    law = fp.boolean_sum(mixed(excess, fp.Uniform(-1, 1)), mixed(excess, fp.Semicircle(1)))
    ((place, mass),) = seen_atoms(law.system, {})
    assert abs(float(place)) < 1e-15
    assert float(mass) == pytest.approx(float(excess / (2 - excess)), rel=1e-12)
    with pytest.raises(fp.errors.NoClosedFormError, match="an atom near"):
        list(branch_atoms(law.system))


def test_all_poles_of_rational_transforms_are_seen() -> None:
    places = [0.37, 0.41, 1.1, 1.7, 2.3, 2.31, 2.9]
    law = fp.monotone(fp.Atomic({0: HALF, 1: HALF}), fp.Atomic(places))
    found = poles_of_rational(law.system, 180)
    assert found is not None
    assert len(found) == 2 * len(places)
    seen = sorted((float(place), float(mass)) for place, mass in seen_atoms(law.system, {}))
    assert seen == sorted((float(place), float(mass)) for place, mass in found)
    # 1/G = F(F - 1)/(F - 1/2) where F = 1/G of the second law
    z = 0.8 + 0.3j
    F = len(places) / sum(1 / (z - x) for x in places)
    total = sum(float(mass) / (z - float(place)) for place, mass in found)
    assert abs(total / ((F - 0.5) / (F * (F - 1))) - 1) < 1e-14
    assert poles_of_rational(fp.Semicircle(1).system, 180) is None
    assert poles_of_rational(fp.boolean_sum(SIGNS, fp.Uniform(0, 1)).system, 180) is None
    assert poles_of_rational(fp.Atomic([0, sp.sqrt(2), 3]).system, 180) is None
