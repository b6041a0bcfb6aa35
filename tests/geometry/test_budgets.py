"""Budgets: exact ways are priced before they start, and the branch answers past them."""

from __future__ import annotations

import time
from fractions import Fraction as Q

import pytest
import sympy as sp

import freeprob as fp
from freeprob.errors import BudgetExceededError, InvalidParameterError, NoClosedFormError

TWO = fp.Atomic({1: "1/2", 2: "1/2"})
SUM = fp.boxplus(fp.MarchenkoPastur("1/2"), fp.Semicircle("1/3"))


def ends(law: fp.Law, **options: int) -> list[float]:
    return [float(end) for cut in law.support(dps=12, **options) for end in cut]


def test_past_the_budget_edges_are_searched_on_the_branch() -> None:
    assert SUM.support()[0][0].is_algebraic
    assert ends(SUM, budget=1) == pytest.approx(ends(SUM), rel=1e-11)
    near = [(float(e.location), e.exponent, float(e.constant)) for e in SUM.edges(12, budget=1)]
    exact = [(float(e.location), e.exponent, float(e.constant)) for e in SUM.edges(12)]
    assert near == [pytest.approx(edge, rel=1e-10) for edge in exact]


def test_without_another_way_the_budget_is_told() -> None:
    law = fp.boxplus(fp.MarchenkoPastur(sp.Symbol("c", positive=True)), fp.Semicircle(1))
    with pytest.raises(BudgetExceededError, match="budget"):
        law.support(budget=1)


def test_a_power_next_to_1_has_an_interval_between_its_atoms() -> None:
    # from S = ((1+w)/(…))ᵗ: dz/dw = 0 on z(w) of the power, solved by bisection at exponent 1.01
    law = fp.boxtimes_power(TWO, "1001/1000")
    assert law.atoms() == {1: Q(999, 2000), 2 * sp.root(2, 1000): Q(999, 2000)}
    assert ends(law) == pytest.approx(power_ends(1.001), rel=1e-10)
    assert ends(fp.boxtimes_power(TWO, "101/100")) == pytest.approx(power_ends(1.01), rel=1e-10)


def power_ends(t: float) -> list[float]:
    """Critical values of the power's z at real points of the curve of two atoms 1 and 2.

    At ψ(1/s) = w = (1/(s-1) + 2/(s-2))/2, S = (1+w)/(w s), and the power has
    z = (1+w)/w · S⁻ᵗ. Between the atoms w runs from -∞ to ∞ through w = -1 and w = 0.
    """
    import numpy as np

    s = np.longdouble(1) + np.linspace(0, 1, 400_003, dtype=np.longdouble)[1:-1]
    w = (1 / (s - 1) + 2 / (s - 2)) / 2
    with np.errstate(all="ignore"):
        z = (1 + w) / w * ((w * s) / (1 + w)) ** np.longdouble(t)
        turns = np.flatnonzero(np.diff(np.sign(np.diff(z)))) + 1
    found = []
    for i in turns:
        if np.isfinite(z[i - 1 : i + 2]).all():
            before, here, after = z[i - 1 : i + 2]
            found.append(float(here - (after - before) ** 2 / (8 * (after - 2 * here + before))))
    return sorted(found)


def test_many_atoms_against_many_atoms() -> None:
    first = fp.Atomic({Q(i * i, 7): Q(1, 12) for i in range(12)})
    second = fp.Atomic({Q(i**3, 11): Q(1, 8) for i in range(8)})
    law = fp.boxplus(first, second)
    cuts = law.support(dps=10)
    # a cut ends where the density does: it is positive just inside and zero just outside
    for low, high in cuts:
        inside = [float(low) + 1e-4, float(high) - 1e-4]
        outside = [float(low) - 1e-4, float(high) + 1e-4]
        assert (law.density(inside) > 1e-4).all()
        assert (law.density(outside) == 0).all()
    assert law.cdf(float(cuts[-1][1]) + 1) == pytest.approx(1, abs=1e-9)


def test_a_deep_law_is_searched() -> None:
    noisy = fp.information_plus_noise(fp.Raney(1, "1/2"), 1, 2)
    law = fp.boxplus_power(fp.mixture({noisy: "1/2", fp.Raney("5/2", "5/4"): "1/2"}), 2)
    ((low, high),) = law.support(dps=10)
    assert law.density(float(low) - 1e-6) == 0 < law.density(float(low) + 1e-6)
    assert law.density(float(high) + 1e-6) == 0 < law.density(float(high) - 1e-6)
    with pytest.raises(NoClosedFormError, match="dps="):
        law.support()


def test_edges_of_a_power_next_to_1() -> None:
    # z = (1+w)³(1+tw)/w has dz = 0 where 3tw² + 2w - 1 = 0
    t = sp.Rational(1000001, 1000000)
    law = fp.boxplus_power(fp.FussCatalan(3), t)
    places = []
    for sign in (-1, 1):
        w = (-1 + sign * sp.sqrt(1 + 3 * t)) / (3 * t)
        places.append(float(sp.N((1 + w) ** 3 * (1 + t * w) / w, 20)))
    found = law.edges(dps=20)
    assert [float(edge.location) for edge in found] == pytest.approx(places, rel=1e-14)
    assert [edge.exponent for edge in found] == [sp.Rational(1, 2)] * 2


def test_edges_of_many_atoms_next_to_a_small_semicircle() -> None:
    atoms = fp.Atomic({Q(i * i, 7): Q(1, 10) for i in range(10)})
    law = fp.boxplus(atoms, fp.Semicircle("1/10"))
    edges = law.edges(dps=10)
    assert {edge.exponent for edge in edges} == {sp.Rational(1, 2)}
    assert len(edges) == 2 * len(law.support(dps=10))


def test_atoms_past_the_budget_are_asked_of_the_branch_or_the_reason_is_told() -> None:
    law = fp.boolean_sum(fp.Atomic({-1: "1/2", 1: "1/2"}), fp.MarchenkoPastur(2))
    ((place, mass),) = law.atoms().items()
    near = complex(place) + 1e-9j
    assert 1e-9j * complex(law.cauchy(near)) == pytest.approx(complex(mass), abs=1e-7)
    # the cubic numbers have no other exact way
    with pytest.raises(NoClosedFormError, match="budget"):
        law.atoms(budget=1)
    spread = fp.boxplus(fp.Atomic([0, 1, 3]), fp.Semicircle(1))
    assert fp.boolean_sum(spread, fp.MarchenkoPastur("1/2")).atoms(budget=1) == {}


@pytest.mark.parametrize(
    ("ratio", "exponent"),
    [("1/2", "999/1000"), pytest.param("1/3", "77/100", marks=pytest.mark.slow)],
)
def test_powers_below_1_are_judged_in_time(ratio: object, exponent: str) -> None:
    start = time.process_time()
    law = fp.boxtimes_power(fp.MarchenkoPastur(ratio), exponent)
    # S_t = Sᵗ: the variance of a law of mean 1 is multiplied by t
    assert law.moments(2) == [1, 1 + sp.Rational(exponent) * sp.Rational(ratio)]
    assert time.process_time() - start < 20


G, z, u = sp.symbols("G z u")
N, RATE = sp.Symbol("N", positive=True), sp.Symbol("c", positive=True)
FREE = fp.boxplus(fp.MarchenkoPastur(RATE), fp.Semicircle(1))
WORD = fp.law(fp.GOE("x", N) ** 2)
DOORS = {
    "atoms": lambda budget: SUM.atoms(budget=budget),
    "support": lambda budget: SUM.support(budget=budget),
    "support with digits": lambda budget: SUM.support(dps=8, budget=budget),
    "edges": lambda budget: SUM.edges(dps=8, budget=budget),
    "edges at values": lambda budget: FREE.edges(dps=8, budget=budget, at={RATE: "1/2"}),
    "edge_condition": lambda budget: FREE.edge_condition(0, budget=budget),
    "phases": lambda budget: FREE.phases(budget=budget),
    "polynomial": lambda budget: SUM.polynomial(G, z, budget=budget),
    "equation": lambda budget: SUM.equation(G, z, budget=budget),
    "derive": lambda budget: SUM.derive(G, z, budget=budget),
    "derive of a word": lambda budget: WORD.derive(G, z, budget=budget),
    "transform_equation": lambda budget: SUM.transform_equation("R", G, u, budget=budget),
}


def test_every_reading_with_a_budget_is_in_the_table() -> None:
    names = {
        name
        for kind in (fp.Law, type(WORD))
        for name in dir(kind)
        if not name.startswith("_") and "budget" in _arguments(getattr(kind, name, None))
    }
    assert names == {door.split()[0] for door in DOORS}


def _arguments(function: object) -> tuple[str, ...]:
    code = getattr(function, "__code__", None)
    return () if code is None else code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]


@pytest.mark.parametrize("budget", [-1, True, None, "many", [1], float("nan"), 1j, RATE], ids=str)
@pytest.mark.parametrize("door", DOORS)
def test_a_budget_is_a_number_of_operations(door: str, budget: object) -> None:
    with pytest.raises(InvalidParameterError, match="budget"):
        DOORS[door](budget)


@pytest.mark.parametrize("budget", [1e9, "1000000000", Q(10**9), sp.Integer(10**9)], ids=repr)
def test_budgets_are_read_as_other_numbers(budget: object) -> None:
    assert SUM.equation(G, z, budget=budget) == SUM.equation(G, z)
    assert SUM.support(budget=budget) == SUM.support()


# ten places of sixteen digits: the constants of the edges of their sum with a semicircle have
# some 80,000 digits each
PLACES = [
    "0.3455841920736517", "0.8216181435011584", "0.3304370761833475", "-1.3031572329070763",
    "0.9053558666731177", "0.4463745723640113", "-0.5369532353602852", "0.5811181041963531",
    "0.3645724067998427", "0.2941324968520135",
]  # fmt: skip


def test_constants_too_long_to_write_are_told_by_their_digits() -> None:
    law = fp.boxplus(fp.Atomic({place: "1/10" for place in PLACES}), fp.Semicircle(1))
    started = time.process_time()
    with pytest.raises(BudgetExceededError, match=r"ask for digits with dps="):
        law.edges()
    assert time.process_time() - started < 8
    # the advice works: near a simple edge ρ(x) = C √|x - e|
    low, high = law.edges(dps=15)
    for edge, side in ((low, 1), (high, -1)):
        near = float(edge.location) + side * 1e-9
        assert law.density(near) == pytest.approx(
            float(edge.constant) * abs(near - float(edge.location)) ** 0.5, rel=1e-6
        )


def test_exact_constants_of_two_floats_are_written() -> None:
    law = fp.boxplus(fp.Atomic({place: "1/2" for place in PLACES[:2]}), fp.Semicircle(1))
    exact, near = law.edges(), law.edges(dps=20)
    assert [sp.N(edge.constant, 20) for edge in exact] == [
        pytest.approx(edge.constant, rel=1e-18) for edge in near
    ]
