"""Laws as SymPy objects: substitution at the ends of ranges, doit, LaTeX modes, pickles."""

from __future__ import annotations

import pickle

import pytest
import sympy as sp

import freeprob as fp
from freeprob.errors import FreeprobError, InvalidParameterError, UndefinedOperationError
from freeprob.laws.base import Law
from tests.laws.catalogue import HALF, LAWS, MP, SC, SIGN, THREE, G, c, t, z

a = sp.Symbol("a", real=True)
p = sp.Symbol("p", positive=True)
POINT = fp.PointMass

# a law, a symbol, the value at the end of its range, and the limit
ENDS: dict[str, tuple[Law, sp.Symbol, object, Law]] = {
    "variance of a summand": (fp.boxplus(MP(c), SC(t)), t, 0, MP(c)),
    "dilation": (MP(1).dilate(c), c, 0, POINT(0)),
    "dilation of a sum": (fp.boxplus(SIGN, fp.Uniform().dilate(c)), c, 0, SIGN),
    "no dilation": (MP(1).dilate(c), c, 1, MP(1)),
    "no shift": (MP(1).shift(a), a, 0, MP(1)),
    "variance": (SC(t, a), t, 0, POINT(a)),
    "float variance": (fp.boxplus(MP(1), SC(t)), t, 0.0, MP(1)),
    "ratio": (MP(c, t), c, 0, POINT(t)),
    "covariance of many samples": (fp.sample_covariance(THREE.square(), c), c, 0, THREE.square()),
    "scale": (fp.boxplus(SC(1), fp.Cauchy(0, c)), c, 0, SC(1)),
    "rate": (fp.FreePoisson(c, 2), c, 0, POINT(0)),
    "jump": (fp.FreePoisson(1, a), a, 0, POINT(0)),
    "compound rate": (fp.CompoundFreePoisson(c, SIGN), c, 0, POINT(0)),
    "interval": (fp.Uniform(0, c), c, 0, POINT(0)),
    "arcsine": (fp.Arcsine(a, 1), a, 1, POINT(1)),
    "factors": (fp.FussCatalan(c), c, 0, POINT(1)),
    "raney": (fp.Raney(2, c), c, 0, POINT(0)),
    "wachter": (fp.Wachter(c, 2), c, 0, POINT(0)),
    "weight 0": (fp.Atomic({-1: p, 0: 1 - p - c, 1: c}), c, 0, fp.Atomic({-1: p, 0: 1 - p})),
    "weight 1": (fp.mixture({SC(1): p, MP(1): 1 - p}), p, 1, SC(1)),
    "mixture without a part": (fp.mixture({SC(1): p, MP(1): 1 - p}), p, 0, MP(1)),
    "power": (fp.boxplus_power(SIGN, t), t, 1, SIGN),
    "corner": (fp.compress(SIGN, t), t, 1, SIGN),
    "smallest corner": (fp.compress(THREE, t), t, 0, POINT(THREE.mean)),
    "no noise": (fp.information_plus_noise(MP(1), HALF, t), t, 0, MP(1)),
    "noise of many samples": (fp.information_plus_noise(MP(1), c, 3), c, 0, MP(1).shift(3)),
    "centred square": (SC(t, a).square(), a, 0, MP(1, t)),
    "affine map": (fp.mobius(MP(1), 2, 1, c, 1), c, 0, MP(1).dilate(2).shift(1)),
    "boolean": (fp.boolean_sum(MP(1), SC(1).dilate(c)), c, 0, MP(1)),
    "monotone": (fp.monotone(MP(1), SC(t)), t, 0, MP(1)),
    "difference": (fp.subtract(fp.boxplus(MP(1), SC(c)), SC(t)), t, 0, fp.boxplus(MP(1), SC(c))),
}


@pytest.mark.parametrize("name", ENDS)
def test_ends_of_parameter_ranges_give_the_limit(name: str) -> None:
    law, symbol, value, limit = ENDS[name]
    assert law.subs({symbol: value}) == limit
    assert law.subs(symbol, value) == limit
    assert law.xreplace({symbol: sp.sympify(value)}) == limit


@pytest.mark.parametrize("name", ENDS)
def test_near_the_end_the_law_is_near_its_limit(name: str) -> None:
    """The limit is that of the Cauchy transform, told by two nearby values of the parameter."""
    law, symbol, value, limit = ENDS[name]
    others = {other: sp.Rational(1, 3) for other in law.parameters if other != symbol}
    at = 0.3 + 1j
    goal = limit.subs(others).cauchy(at)
    inwards = -1 if name in ("weight 1", "corner", "arcsine") else 1
    near, nearer = (
        abs(law.subs({symbol: sp.sympify(value) + inwards * step, **others}).cauchy(at) - goal)
        for step in (sp.Rational(1, 100), sp.Rational(1, 10000))
    )
    assert nearer < 1e-2
    assert nearer <= near / 5


def test_values_outside_the_range_are_refused() -> None:
    with pytest.raises(InvalidParameterError, match="variance must be positive"):
        fp.boxplus(MP(c), SC(a)).subs({a: -1})


def test_a_symbol_that_only_looks_like_a_parameter_is_refused() -> None:
    with pytest.raises(InvalidParameterError, match="its c is positive, the given one any number"):
        MP(c).subs({sp.Symbol("c"): 0.5})
    with pytest.raises(InvalidParameterError, match="its c is positive"):
        MP(c).subs("c", 0.5)
    assert MP(c).subs({sp.Symbol("d"): 1}) == MP(c)
    assert MP(c).subs([(c, HALF)]) == MP(HALF)
    assert MP(c).subs(c, 0.5) == MP(HALF)


MERGED: list[tuple[Law, Law]] = [
    (fp.boxplus(SC(HALF), SC(HALF)), SC(1)),
    (fp.boxplus(SC(1), POINT(2), SC(3, 1)), SC(4, 3)),
    (fp.boxplus(MP(1), MP(HALF, 2)), MP("1/3", 3)),
    (fp.boxplus(fp.FreePoisson(1, 2), fp.FreePoisson(3, 2)), fp.FreePoisson(4, 2)),
    (fp.boxplus(MP(1), fp.FreePoisson(2, 1)), MP("1/3", 3)),
    (fp.boxplus(POINT(1), POINT(2)), POINT(3)),
    (fp.boxplus(MP(1), POINT(2)), MP(1).shift(2)),
    (fp.boxplus(fp.Cauchy(0, 1), fp.Cauchy(1, 2)), fp.Cauchy(1, 3)),
    (fp.boxtimes(MP(1), POINT(2), POINT(3)), MP(1, 6)),
    (fp.boxplus_power(SC(t), 3), SC(3 * t)),
    (fp.compress(MP(c), HALF), MP(c / 2)),
    (fp.mixture({POINT(0): HALF, POINT(1): HALF}), fp.Atomic({0: HALF, 1: HALF})),
    (fp.subtract(SC(3), SC(1)), SC(2)),
    (fp.subtract(fp.boxplus(MP(1), SC(1)), SC(1)), MP(1)),
    (fp.boolean_sum(POINT(1), POINT(2)), POINT(3)),
    (fp.monotone(SC(1), POINT(2)), SC(1, 2)),
    (SC(1).dilate(-2).shift(1), SC(4, 1)),
    (fp.CompoundFreePoisson(2, POINT(3)), fp.FreePoisson(2, 3)),
    (fp.Atomic({3: 1}), POINT(3)),
]


@pytest.mark.parametrize(("law", "merged"), MERGED, ids=lambda law: str(law))
def test_like_laws_become_one(law: Law, merged: Law) -> None:
    assert law.doit() == merged
    assert merged.doit() == merged


@pytest.mark.parametrize("law", [*LAWS, *(law for law, _ in MERGED)], ids=lambda law: str(law))
def test_doit_does_not_change_the_measure(law: Law) -> None:
    done = law.doit()
    try:
        moments = law.moments(4)
    except UndefinedOperationError:
        assert done.cauchy(1j) == pytest.approx(law.cauchy(1j)) if not law.parameters else True
        return
    assert all(sp.simplify(m - n) == 0 for m, n in zip(moments, done.moments(4), strict=True))


@pytest.mark.parametrize("law", LAWS, ids=lambda law: str(law))
def test_latex_has_one_environment_in_every_mode(law: Law) -> None:
    plain = sp.latex(law)
    inline = sp.latex(law, mode="inline")
    assert inline[0] == inline[-1] == "$"
    assert inline.count("$") == 2
    assert sp.latex(law, mode="equation") == rf"\begin{{equation}}{plain}\end{{equation}}"
    assert sp.latex(law, mode="equation*", itex=True) == f"$${plain}$$"


@pytest.mark.parametrize("law", LAWS, ids=lambda law: str(law))
def test_derivations_travel(law: Law) -> None:
    derivation = law.derive(G, z)
    arrived = pickle.loads(pickle.dumps(derivation))
    assert arrived == derivation
    assert arrived.latex() == derivation.latex()


def test_an_arrived_derivation_checks_itself() -> None:
    derivation = fp.boxplus(SC(1), MP(c)).derive(G, z)
    assert pickle.loads(pickle.dumps(derivation)).check(points=1).passed


def test_a_derivation_calls_only_rational_curves_rational() -> None:
    assert "rational" in fp.boxplus(MP(1), SC(1)).derive(G, z).markdown()
    assert "rational" not in fp.boxplus(fp.Uniform(0, 1), SC(1)).derive(G, z).markdown()


@pytest.mark.parametrize("wrong", [sp.nan, sp.oo, sp.zoo, sp.true, "1/2"])
@pytest.mark.parametrize("name", ["R", "S", "psi", "eta", "explicit"])
def test_arguments_of_transforms_are_finite(name: str, wrong: object) -> None:
    with pytest.raises(InvalidParameterError, match="argument"):
        getattr(MP(1), name)(wrong)


@pytest.mark.parametrize("name", ["cauchy", "density", "cdf", "quantile"])
@pytest.mark.parametrize("dps", [None, 15])
def test_truth_values_are_no_points(name: str, dps: int | None) -> None:
    for wrong in (True, [0.5, False], sp.true):
        with pytest.raises(FreeprobError):
            getattr(MP(1), name)(wrong, dps=dps)
