"""Free powers with exponents that are symbols or irrational: formulas that hold at every value."""

from __future__ import annotations

import pytest
import sympy as sp

import freeprob as fp
from freeprob.errors import InvalidParameterError, NoClosedFormError, NotAlgebraicError

L, p, c = sp.symbols("L p c", positive=True)
w = sp.Symbol("w")
BERNOULLI = fp.Atomic({0: 1 - p, 1: p})
HALVES = fp.Atomic({1: "1/2", 2: "1/2"})
DEPTHS = (2, 3, sp.Rational(5, 2))


def _at(law: fp.Law, depth: sp.Expr) -> tuple[fp.Law, dict[sp.Symbol, sp.Expr]]:
    values = {L: depth, p: sp.Rational(2, 7), c: sp.Rational(1, 3)}
    return law.subs({s: values[s] for s in law.parameters}), values


LAWS = {
    "bernoulli": fp.boxtimes_power(BERNOULLI, L),
    "halves": fp.boxtimes_power(HALVES, L),
    "marchenko_pastur": fp.boxtimes_power(fp.MarchenkoPastur(c), L),
    "product": fp.boxtimes(fp.boxtimes_power(BERNOULLI, L), fp.MarchenkoPastur(c)),
    "power of a power": fp.boxtimes_power(fp.boxtimes_power(BERNOULLI, L), 2),
    "population": fp.boxtimes_power(fp.sample_covariance(HALVES, c), L),
    "uniform": fp.boxtimes_power(fp.Uniform(0, 1), L),
    "sum of bernoullis": fp.boxplus_power(BERNOULLI, L),
    "sum of marchenko_pasturs": fp.boxplus_power(fp.MarchenkoPastur(c), L),
}


@pytest.mark.parametrize("law", LAWS.values(), ids=LAWS)
def test_moments_and_cumulants_are_formulas_in_the_exponent(law: fp.Law) -> None:
    for depth in DEPTHS:
        given, values = _at(law, depth)
        for ask in (lambda mu: mu.moments(4), lambda mu: mu.free_cumulants(4)):
            for formula, number in zip(ask(law), ask(given), strict=True):
                assert sp.simplify(formula.subs(values) - number) == 0


def test_fuss_catalan_of_any_order() -> None:
    """Moments binomial((L + 1)n, n)/(Ln + 1), Banica-Belinschi-Capitaine-Collins 2011."""
    law = fp.boxtimes_power(fp.MarchenkoPastur(1), L)
    for n, moment in enumerate(law.moments(4), start=1):
        expected = sp.prod((L + 1) * n - k for k in range(n)) / sp.factorial(n) / (L * n + 1)
        assert sp.simplify(moment - expected) == 0
    ((low, high),) = law.support()
    assert low == 0
    for depth in (1, 2, 5, sp.Rational(1, 2)):
        assert sp.simplify((high - (L + 1) ** (L + 1) / L**L).subs(L, depth)) == 0
    assert law.S(w) == (1 / (w + 1)) ** L


@pytest.mark.parametrize("name", ["bernoulli", "marchenko_pastur", "product", "sum of bernoullis"])
def test_atoms_are_formulas_in_the_exponent(name: str) -> None:
    law = LAWS[name]
    found = law.atoms()
    for depth in DEPTHS:
        given, values = _at(law, depth)
        at = {x.subs(values): mass.subs(values) for x, mass in found.items()}
        assert {x: mass for x, mass in at.items() if mass} == given.atoms()


def test_atoms_of_a_transform_with_a_symbolic_exponent() -> None:
    law = fp.TransformLaw("S", (p * (1 + w) / (p + w)) ** L, w)
    zero, place = law.atoms().values()
    assert sp.simplify(zero - sp.Max(0, 1 - p)) == 0
    assert sp.expand(place.args[1] - (1 - L * (1 - p))) == 0
    assert list(law.atoms()) == [0, p**-L]


@pytest.mark.parametrize(
    "name", ["bernoulli", "halves", "sum of bernoullis", "sum of marchenko_pasturs"]
)
def test_support_is_a_formula_in_the_exponent(name: str) -> None:
    law = LAWS[name]
    found = law.support()
    for depth in (2, 3):
        given, values = _at(law, depth)
        ends = [end for cut in given.support(dps=20) for end in cut]
        formulas = [sp.N(end.subs(values), 20) for cut in found for end in cut]
        assert [abs(a - b) < 1e-18 for a, b in zip(formulas, ends, strict=True)] == [True] * 2


def test_irrational_exponents_have_numbers_and_formulas() -> None:
    law = fp.boxtimes_power(fp.MarchenkoPastur(1), sp.sqrt(2))
    near = fp.boxtimes_power(fp.MarchenkoPastur(1), "141/100")
    ((low, high),) = law.support()
    assert low == 0
    assert abs(sp.N(high) - law.support(dps=15)[0][1]) < 1e-13
    assert abs(law.density(1.0) - near.density(1.0)) < 1e-3
    assert abs(law.density(1.0) - fp.MarchenkoPastur(1).density(1.0)) > 1e-2
    assert law.atoms() == {}


def test_refusals_name_what_needs_a_number() -> None:
    law = LAWS["bernoulli"]
    G, z = sp.symbols("G z")
    with pytest.raises(NotAlgebraicError, match="give L integer or rational values"):
        law.equation(G, z)
    with pytest.raises(InvalidParameterError, match=r"law.subs\(\{L: 1\}\)"):
        law.density(0.3)
    with pytest.raises(NoClosedFormError, match="formulas change with the parameters"):
        LAWS["marchenko_pastur"].support()
    with pytest.raises(NoClosedFormError, match="not polynomial; give values"):
        fp.boxplus(law, fp.Semicircle(1)).support()
    with pytest.raises(InvalidParameterError, match="real number or symbol"):
        fp.boxtimes_power(BERNOULLI, sp.I)
    assert law.subs({L: 3}) == fp.boxtimes_power(BERNOULLI, 3)
