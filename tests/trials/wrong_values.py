"""Values of every kind that are wrong for most arguments."""

from __future__ import annotations

from collections import namedtuple
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import mpmath
import numpy as np
import pandas as pd
import sympy as sp
from flint import arb, fmpq

import freeprob as fp
from freeprob import nets

N, c = sp.symbols("N c", positive=True)
w = sp.Symbol("w")


class OwnFloat(float):
    """A number of the user's own class."""


class OwnText(str):
    """Text of the user's own class."""


class Unreadable:
    """Nothing can be told of it."""

    def __repr__(self) -> str:
        return "unreadable"

    def __eq__(self, other: object) -> bool:
        return False

    __hash__ = None


Pair = namedtuple("Pair", "first second")


def _plain() -> list[object]:
    circle: list[object] = [1]
    circle.append(circle)
    return [
        *(None, True, "a", "", "1/0", "nan", "0.5", b"1", "x" * 500, ...),
        *("λ", "½", "1,5", " 1 ", "x" * 10**5, "9" * 5000, "\x00", "1e999999999", OwnText("1/2")),
        *(float("nan"), float("inf"), -float("inf"), 1j, complex("nan"), -1, 0, 2.5, -0.0),
        *(10**400, -(10**400), 5e-324, 1e308, 10**18, Fraction(-1, 3), Decimal("NaN"), 10**6),
        *(1.5, 7, 1e-300, -1e308, OwnFloat(0.5), Fraction(1, 10**400), complex(1, 1e-300)),
        *(Decimal("sNaN"), Decimal("Infinity"), Decimal("1e-400"), Decimal("1e999999")),
        *(object(), [], {}, (), set(), [1, 2], [[1, 2], [3]], ["a"], [None], {1: 2}, {"a": "b"}),
        *(
            circle,
            Pair(1, 2),
            frozenset([1]),
            [True],
            [[]],
            [1j],
            [[[1.0]]],
            [1, "a"],
            {None: None},
        ),
        *(int, len, lambda *_: 1, range(3), iter([1, 2]), slice(1, 2), Exception("x"), type),
        *((x for x in (1, 2)), lambda: None, lambda x: None, lambda x: "a", Path("a")),
        *(bytearray(b"1"), memoryview(b"12"), {1: 2}.items(), map(float, "12"), Unreadable()),
    ]


def _arrays() -> list[object]:
    return [
        *(np.float32(0.5), np.int8(-3), np.bool_(True), np.datetime64("2020-01-01")),
        *(np.complex128(1 + 1j), np.float64("nan"), np.longdouble("1e4000"), np.str_("1")),
        *(np.array([]), np.array([np.nan]), np.array(["a"]), np.array([object()]), np.eye(2)),
        *(np.array([1j]), np.zeros((2, 0)), np.array([10**400], dtype=object), np.array(3.0)),
        *(np.array([True, False]), np.arange(3), np.ones((2, 2, 2)), np.full(3, np.inf)),
        *(np.ma.masked_array([1.0, 2.0], [True, False]), np.array([b"1"]), np.ones((3, 1))),
        *(np.array([1e308, -1e308]), np.array([None, 1], dtype=object), np.array(["NaT"], "M8[D]")),
        *(np.array([(1, 2.0)], dtype=[("a", int), ("b", float)]), np.ma.masked, np.uint64(2**63)),
        *(pd.Series([1.0, 2.0]), pd.Series(["a"]), pd.DataFrame({"a": [1, 2]}), pd.NA, pd.NaT),
        *(np.random.default_rng(0), np.random.RandomState(0), np.random),
    ]


def _symbolic() -> list[object]:
    x = sp.Symbol("x", commutative=False)
    return [
        *(sp.nan, sp.oo, -sp.oo, sp.zoo, sp.I, sp.Symbol("q"), sp.Symbol("n", negative=True)),
        *(sp.sin, sp.true, sp.Matrix([[1]]), sp.Interval(0, 1), sp.Function("f")(w), sp.Eq(w, 1)),
        *(sp.Float("1e-400"), sp.Float("nan"), sp.pi, sp.Tuple(1, 2), sp.EmptySet, sp.Dummy()),
        *(sp.MatrixSymbol("M", 2, 2), sp.Identity(N), sp.sqrt(-2), w, 1 / w),
        *(x, w < 1, sp.Lambda(w, w), sp.Piecewise((w, w > 0), (0, True)), sp.Wild("a")),
        *(sp.Integral(sp.exp(-(w**2)), w), sp.Poly(w**2, w), sp.IndexedBase("a")[1], sp.O(w)),
        *(
            sp.Sum(w, (w, 1, 3)),
            sp.Derivative(sp.Function("f")(w), w),
            sp.Max(w, 0),
            sp.LambertW(w),
        ),
        *(sp.Rational(1, 10**400), sp.Float("1e400"), sp.AccumBounds(0, 1), sp.DiracDelta(w)),
        *(sp.exp(1000), sp.factorial(200, evaluate=False), sp.symbols("a b"), sp.S.Half**N),
        *(sp.Dict({w: 1}), sp.FiniteSet(1), sp.Symbol("λ", positive=True), sp.root(-2, 3), sp.E**w),
        *(mpmath.mpf("0.5"), mpmath.mpc(1, 1), mpmath.inf, mpmath.nan, mpmath.iv.mpf([0, 1])),
        *(arb(1), fmpq(1, 2), mpmath.matrix([[1]])),
    ]


def _own() -> list[object]:
    return [
        *(fp.Semicircle(1), fp.Cauchy(), fp.MarchenkoPastur(c), nets.relu, fp, fp.Semicircle),
        *(fp.LawSymbol("H"), fp.PointMass(0), fp.Uniform(), fp.Normal(), fp.GOE("x", N)),
        *(fp.Empirical([1.0, 2.0]), [fp.Semicircle(1)], {fp.Semicircle(1): 1}, fp.TracyWidom(2)),
        *(fp.Deterministic("D", None, N), nets.MeanField(nets.erf, 2, 1), fp.boxplus),
    ]


def wrong_values() -> list[object]:
    """Values of every kind, fresh ones: some are used up."""
    return [*_plain(), *_arrays(), *_symbolic(), *_own()]
