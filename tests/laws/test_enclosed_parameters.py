"""Parameters known by their digits: exact readings keep them, numbers ask for digits."""

from __future__ import annotations

import pickle
from dataclasses import dataclass

import pytest
import sympy as sp
from flint import acb, arb, ctx

import freeprob as fp
from freeprob import nets
from freeprob.enclosed_numbers import EnclosedNumber
from freeprob.errors import InvalidParameterError

G, z = sp.symbols("G z")
HALF = sp.Rational(1, 2)
N = sp.Symbol("N", positive=True)


@dataclass(frozen=True)
class Root:
    """√n, by its balls only."""

    n: int

    def enclose(self, bits: int) -> arb:
        with ctx.workprec(bits + 8):
            return arb(self.n).sqrt()


@dataclass(frozen=True)
class Complex:
    def enclose(self, bits: int) -> acb:
        return acb(1, 1)


LAWS = {
    "semicircle": lambda v: fp.Semicircle(v),
    "marchenko_pastur": lambda v: fp.MarchenkoPastur(HALF, v),
    "sum": lambda v: fp.boxplus(fp.MarchenkoPastur(HALF), fp.Semicircle(v)),
    "atoms": lambda v: fp.boxplus(fp.Atomic({0: HALF, v: HALF}), fp.Semicircle(1)),
    "power": lambda v: fp.boxtimes_power(fp.MarchenkoPastur(1), v),
}


@pytest.mark.parametrize("made", LAWS.values(), ids=LAWS)
def test_digits_are_those_of_the_number(made) -> None:
    known, exact = made(Root(2)), made(sp.sqrt(2))
    point = sp.Rational(6, 5)
    assert abs(known.density(point, dps=30) - exact.density(point, dps=30)) < 1e-28
    assert abs(known.density(1.2) - exact.density(1.2)) < 1e-12
    assert abs(known.density(1.2) - made(sp.Rational(3, 2)).density(1.2)) > 1e-4
    (number,) = known.atoms(EnclosedNumber)
    moments = [sp.N(m.xreplace({number: sp.sqrt(2)}), 20) for m in known.moments(3)]
    assert all(abs(a - sp.N(b, 20)) < 1e-18 for a, b in zip(moments, exact.moments(3), strict=True))


def test_exact_readings_keep_the_number() -> None:
    law = LAWS["sum"](Root(2))
    (number,) = law.atoms(EnclosedNumber)
    v = sp.Symbol("v", positive=True)
    general = LAWS["sum"](v).equation(G, z)
    assert sp.expand(law.equation(G, z).lhs - general.lhs.subs(v, number)) == 0
    assert law.parameters == ()
    assert fp.Semicircle(Root(2)) == fp.Semicircle(Root(2)) != fp.Semicircle(Root(3))
    assert pickle.loads(pickle.dumps(law)) == law
    ((low, high),) = fp.Semicircle(Root(2)).support()
    assert low == -high
    assert abs(sp.N(high, 20) - sp.N(2 * sp.root(2, 4), 20)) < 1e-18


def test_letters_and_traces_take_them() -> None:
    X = fp.Ginibre("X", N, N, fp.Semicircle(Root(2)).args[0] / N)
    Y = fp.Ginibre("X", N, N, sp.sqrt(2) / N)
    unit = sp.Identity(N)
    found, known = (
        fp.normalized_trace((A * A.T + unit).inverse()).evaluate(dps=25) for A in (X, Y)
    )
    assert abs(found - known) < 1e-23


def test_gaussian_means_stand_as_parameters_of_traces() -> None:
    mean = nets.tanh.expect(1, 2)
    X = fp.Ginibre("X", N, N, mean / N)
    trace = fp.normalized_trace((X * X.T + sp.Identity(N)).inverse())
    value = fp.MarchenkoPastur(1, mean).cauchy(-1, dps=25)
    assert trace.parameters == ()
    assert abs(trace.evaluate(dps=20) + value) < 1e-18
    ((_, high),) = fp.Semicircle(mean).support()
    assert high == 2 * sp.sqrt(mean)


def test_bad_numbers_are_refused() -> None:
    with pytest.raises(InvalidParameterError, match="real"):
        fp.Semicircle(Complex())
    with pytest.raises(InvalidParameterError, match="positive"):
        fp.Semicircle(Negative())


@dataclass(frozen=True)
class Negative:
    def enclose(self, bits: int) -> arb:
        return -Root(2).enclose(bits)
