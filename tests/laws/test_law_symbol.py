"""Laws without a value: equations keep them, subs gives numbers."""

from __future__ import annotations

import pickle

import pytest
import sympy as sp

import freeprob as fp
from freeprob.errors import (
    InvalidParameterError,
    NotAlgebraicError,
    UndefinedOperationError,
)

H, K = fp.LawSymbol("H", positive=True), fp.LawSymbol("K", positive=True)
A = fp.LawSymbol("A")
c, t = sp.symbols("c t", positive=True)
G, z, f, h, k = sp.symbols("G z f h k")
HALF = sp.Rational(1, 2)
ATOMS = fp.Atomic({1: HALF, 3: HALF})

BUILT = {
    "itself": H,
    "sample covariance": fp.sample_covariance(H, c),
    "sum": fp.boxplus(A, fp.Semicircle(t)),
    "product": fp.boxtimes(H, K),
    "compound Poisson": fp.CompoundFreePoisson(c, H),
    "mixture": fp.mixture({H: HALF, K: HALF}),
    "power": fp.boxtimes_power(H, t),
    "square": A.square(),
    "shift": A.dilate(2).shift(1),
}
VALUES = {H: ATOMS, A: ATOMS, K: fp.MarchenkoPastur(HALF), c: HALF, t: sp.Integer(2)}


def given(law: fp.Law) -> fp.Law:
    return law.subs({s: VALUES[s] for s in law.parameters})


@pytest.mark.parametrize("law", BUILT.values(), ids=BUILT)
def test_moments_are_formulas_in_moments(law: fp.Law) -> None:
    numbers = given(law).moments(3)
    values = {s: VALUES[s] for s in law.parameters}
    assert [sp.simplify(m.subs(values)) for m in law.moments(3)] == numbers


@pytest.mark.parametrize("law", BUILT.values(), ids=BUILT)
def test_equations_keep_the_law_and_hold_after_subs(law: fp.Law) -> None:
    (first, second, *_) = law.system_equations(G, z)
    assert any(law.has(s) and str(s) in str(second) + str(first) for s in (H, A, K))
    sides = [side.subs(VALUES) for side in (first.rhs, second.rhs)]
    assert not any(side.has(H, A) for side in sides)


def test_numbers_refuse_and_say_how_to_get_them() -> None:
    law = BUILT["sample covariance"]
    for ask in (
        lambda: law.density(1.0),
        lambda: law.cauchy(1j, dps=20),
        lambda: law.cdf(1),
        lambda: law.quantile(HALF),
        lambda: law.sample(5),
        law.check,
        lambda: law.derive(G, z).check(),
    ):
        with pytest.raises(InvalidParameterError, match="give H a law by subs"):
            ask()
    with pytest.raises(NotAlgebraicError, match="give H a law by subs"):
        law.equation(G, z)
    known = law.subs({H: ATOMS, c: HALF})
    assert known == fp.sample_covariance(ATOMS, HALF)
    assert known.density(1.0) == fp.sample_covariance(ATOMS, HALF).density(1.0)


LAYERS = [
    (ATOMS, fp.Atomic({0: "1/4", 2: "3/4"})),
    (fp.Uniform(1, 2), fp.MarchenkoPastur(HALF)),
]


@pytest.mark.parametrize(("S", "jumps"), LAYERS, ids=str)
def test_pasturs_equations_hold_to_thirty_digits(S: fp.Law, jumps: fp.Law) -> None:
    """Pastur 2020: f, h, k of one layer; the point itself comes from the law's own branch."""
    mu = fp.boxtimes(H, fp.CompoundFreePoisson(c, K))
    values = {H: S, K: jumps, c: sp.Rational(3, 2)}
    one, place = mu.subs(values), HALF + sp.I / 2
    value = sp.sympify(one.cauchy(place, dps=45))
    omega = sp.sympify(one.subordination(place, dps=45)[S])
    at = {f: -value, k: sp.N(place / omega, 45), z: place}
    at[h] = sp.N((1 - place * value) / at[k], 45)
    equations = mu.system_equations(z=z, names=(f, h, k))
    assert [equation.lhs for equation in equations] == [h, k, f]
    for equation in equations:
        left, right = (side.subs(values).subs(at) for side in equation.args)
        assert abs(sp.N(left - right, 40)) < 1e-38
        # the twin: another point does not satisfy them
        assert abs(sp.N(left - right.subs(z, 2) - sp.Rational(1, 100), 40)) > 1e-3


def test_pasturs_equations_as_written() -> None:
    equations = fp.boxtimes(H, fp.CompoundFreePoisson(c, K)).system_equations(G, z, (f, h, k))
    shown = [sp.latex(equation) for equation in equations]
    assert shown == [
        r"h = \int \frac{\lambda}{k \lambda - z}\, H(d\lambda)",
        r"k = c \int \frac{\lambda}{h \lambda + 1}\, K(d\lambda)",
        r"f = \int \frac{1}{k \lambda - z}\, H(d\lambda)",
        "G = - f",
    ]
    silverstein = fp.sample_covariance(H, c).system_equations(z=z, names={"f": f, "h": h, "k": k})
    assert sp.simplify(silverstein[1].rhs - 1 / (1 + c * h)) == 0
    square = fp.boxtimes(H, K, fp.MarchenkoPastur(1)).system_equations(z=z, names=(f, h, k))
    assert "dlambda" in str(square[1])
    with pytest.raises(UndefinedOperationError, match="free product"):
        fp.Semicircle(1).system_equations(G, z, (f, h, k))
    with pytest.raises(InvalidParameterError, match="three symbols"):
        fp.sample_covariance(H, c).system_equations(G, z, (f, h))


def test_symbols_are_values() -> None:
    assert fp.LawSymbol("H", positive=True) == H
    assert fp.LawSymbol("H") != H
    law = BUILT["sample covariance"]
    assert law.func(*law.args) == law
    assert pickle.loads(pickle.dumps(law)) == law
    moment = law.moments(2)[1]
    assert pickle.loads(pickle.dumps(moment)) == moment
    assert law.subs({H: K}) == fp.sample_covariance(K, c)
    assert moment.subs({H: K}) == fp.sample_covariance(K, c).moments(2)[1]
    assert sp.latex(law) == r"H \boxtimes \mathrm{MP}_{c}"
    for name in ("", 3, None):
        with pytest.raises(InvalidParameterError, match="name of a law"):
            fp.LawSymbol(name)
