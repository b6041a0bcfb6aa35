"""Atoms are never in the way of numbers, and no atom is listed twice, missed or made up."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

import freeprob as fp
from freeprob.errors import NoClosedFormError
from freeprob.laws.numbers.spectrum_for_numbers import atoms_of, spectrum_of

third = sp.Rational(1, 3)
HALVES = fp.Atomic({0: "1/2", 3: "1/2"})
SPOT = fp.mixture({fp.PointMass(1): "2/3", fp.Semicircle(1): "1/3"})


def test_a_pole_on_two_sheets_counts_once() -> None:
    """A point mass on the right of ▷ is a shift."""
    law = fp.monotone(
        fp.mixture({fp.PointMass(5): "2/3", fp.Arcsine(-1, 1): "1/3"}), fp.PointMass(1)
    )
    assert law.atoms() == {6: 2 * third}


def test_atoms_that_rougher_squares_hide() -> None:
    """a ⊞ b ⊟ b is a."""
    a = fp.Atomic({-4: "1/2", -3: "1/4", 0: "1/4"})
    weights = {-7: "3/13", -6: "2/13", "3/2": "7/26", "8/3": "3/13", 6: "1/13", 7: "1/26"}
    b = fp.Atomic(weights)
    assert fp.subtract(fp.boxplus(fp.compress(a, 1), b), b).atoms() == a.weights


@pytest.mark.parametrize(
    ("law", "expected"),
    [
        # under density, where the unknowns of the pole are not real; μ ⊞ μ ⊟ μ = μ
        (fp.subtract(fp.boxplus_power(SPOT, 2), SPOT), {1: 2 * third}),
        # F_ν(a) = 0 at the atom of ν: half of its mass
        (fp.monotone(fp.Atomic({0: "1/2", -1000: "1/2"}), SPOT), {1: third}),
    ],
    ids=str,
)
def test_atoms_under_density(law: fp.Law, expected: dict) -> None:
    found = law.atoms()
    assert {place: found[place] for place in expected} == expected
    jump = law.cdf(1 + 1e-9) - law.cdf(1 - 1e-9)
    assert jump == pytest.approx(float(expected[1]), abs=1e-6)


@pytest.mark.parametrize("place", [0, 1, third, sp.sqrt(2)], ids=str)
def test_beside_an_atom_alone_there_is_no_density(place: sp.Expr) -> None:
    law = fp.PointMass(place)
    assert law.density(place) == 0
    assert law.density(place, dps=25) == 0
    assert fp.subtract(law, fp.PointMass(0)).density(place) == 0


def test_nothing_is_left_of_a_law_less_itself() -> None:
    law = fp.subtract(fp.Semicircle(1), fp.Semicircle(1))
    assert law.density(0) == 0
    assert law.atoms() == {0: 1}
    assert law.density(0) == 0


def test_atoms_known_by_their_digits() -> None:
    """F_U(a) + F_C(a) = a by bisection; the mass 1/F'(a) by a difference quotient."""

    def F(at: float) -> float:
        return 1 / np.log(at / (at - 1)) + 1 / (0.5 / at + 0.5 / (at - 3)) - at

    low, high = 3.0 + 1e-9, 10.0
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if F(middle) < 0 else (low, middle)
    law = fp.boolean_sum(fp.Uniform(0, 1), HALVES)
    with pytest.raises(NoClosedFormError, match=r"3\.288"):
        law.atoms()
    (atom,) = atoms_of(law)
    assert atom.location == pytest.approx(low, rel=1e-12)
    assert atom.weight == pytest.approx(2e-5 / (F(low + 1e-5) - F(low - 1e-5)), rel=1e-8)
    assert law.quantile(0.7) == pytest.approx(low, rel=1e-12)
    assert law.cdf(low - 1e-6) == pytest.approx(1 - atom.weight, abs=1e-9)
    assert law.cdf(1.0) == pytest.approx(1 - atom.weight, abs=1e-9)


def test_no_atom_is_made_of_a_zero_of_one_part() -> None:
    """At 0 and 3 F of the coin vanishes and F of the Cauchy law is i: 1/G is not 0."""
    law = fp.boolean_sum(fp.Cauchy(0, 1), HALVES)
    assert law.atoms() == {}
    assert law.cdf(1.5) == pytest.approx(0.5, abs=1e-9)


@pytest.mark.parametrize(
    ("law", "point", "value"),
    [
        (fp.boolean_sum(fp.Semicircle(1), fp.Cauchy()), 0, 0.5),
        (fp.CompoundFreePoisson(1, fp.Cauchy()), 0, 0.5),
        pytest.param(
            fp.CompoundFreePoisson("1/2", fp.Uniform(-1, 2)), 0, 2 / 3, marks=pytest.mark.slow
        ),
        # the signs of the jumps decide those of the spectrum, by inertia
        (fp.CompoundFreePoisson("1/2", fp.Uniform(1, 2)), 0, 0.5),
    ],
    ids=str,
)
def test_distribution_functions_by_symmetry_and_inertia(
    law: fp.Law, point: float, value: float
) -> None:
    assert law.cdf(point) == pytest.approx(value, abs=1e-8)


def test_quantiles_of_a_boolean_sum_with_a_logarithm() -> None:
    law = fp.boolean_sum(fp.Semicircle(1), fp.Uniform(0, 1))
    median = law.quantile(0.5)
    assert law.cdf(median) == pytest.approx(0.5, abs=1e-9)
    # the mean adds, too
    assert law.quantile((np.arange(4000) + 0.5) / 4000).mean() == pytest.approx(0.5, abs=1e-3)


@pytest.mark.parametrize(
    "law",
    [fp.Uniform(1, 2), fp.Uniform(0, 1).shift(1).square(), fp.Arcsine(0, 1)],
    ids=str,
)
def test_answers_do_not_depend_on_the_length_of_the_array(law: fp.Law) -> None:
    low, high = (float(end) for end in law.support()[0])
    grid = np.linspace(low - 0.5, high + 0.5, 3001)
    grid[[10, 20]] = low, high
    some = [0, 10, 20, 700, 1500, 2400, 3000]
    alone = np.array([law.density(float(point)) for point in grid[some]])
    assert law.density(grid)[some] == pytest.approx(alone, rel=1e-11, abs=1e-13)


def test_a_long_array_goes_point_by_point_where_no_pieces_are_known() -> None:
    """An array is refused only where one of its points is."""
    law = fp.CompoundFreePoisson("1/2", fp.Uniform(0, 1))
    grid = np.linspace(0.05, 3, 1600)
    assert law.density(grid)[800] == pytest.approx(law.density(float(grid[800])), rel=1e-11)


def test_routes_are_told() -> None:
    found = spectrum_of(fp.boolean_sum(fp.Uniform(0, 1), HALVES))
    assert found.refused[0].route == "edges with local terms"
    assert "logarithm" in found.refused[0].reason
    assert found.route not in {refusal.route for refusal in found.refused}
    assert spectrum_of(fp.Semicircle(1)).refused == ()
