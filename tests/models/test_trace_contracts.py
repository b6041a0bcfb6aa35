"""Traces as SymPy objects and numbers, with coefficients that hold radicals."""

import pickle
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
import sympy as sp

import freeprob as fp
from freeprob.errors import InvalidParameterError

N, g, c = sp.symbols("N gamma c", positive=True)
ONE = sp.Identity(N)
X, W, Z, S = (fp.Ginibre(name, N, N, 1 / N) for name in "XWZS")
A = fp.Deterministic("A", fp.Atomic({-1: "1/3", 2: "2/3"}), N)
Q = sp.Rational
TRACE = fp.normalized_trace((X * X.T + g * ONE).inverse())


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (sp.sqrt(2), sp.sqrt(2)),
        (2, sp.sqrt(6)),
        (sp.sqrt(2) + sp.sqrt(3), sp.sqrt(6)),
        (2 ** Q(1, 3), sp.S.One),
    ],
)
def test_slopes_with_two_algebraic_constants(first: sp.Expr, second: sp.Expr) -> None:
    # -tr k⁻² is the slope of tr k⁻¹; what vanishes because √2² = 2 is no leading term
    F = first * W * X + Z
    k = F.T * F + (g + second) * ONE
    slope = fp.normalized_trace(k.inverse()).diff(g).subs({g: 1}).evaluate(dps=12)
    square = fp.normalized_trace(-(k**-2)).subs({g: 1}).evaluate(dps=12)
    assert abs(slope - square) < 1e-11
    if (first, second) == (sp.sqrt(2), sp.sqrt(2)):
        assert abs(slope + 0.07731164114) < 1e-11


def test_roots_of_parameters_and_of_sums() -> None:
    # √c √c = c and (1 + c)^(1/2) squared: one expression in three writings
    values = {c: Q(3, 7)}
    one = sp.sqrt(c) * X + sp.sqrt(1 + c) * W
    k = (one * one.T + ONE).inverse()
    other = (
        c * X * X.T + (1 + c) * W * W.T + sp.sqrt(c**2 + c) * (X * W.T + W * X.T) + ONE
    ).inverse()
    direct = ((1 + 2 * c) * X * X.T + ONE).inverse()
    numbers = [fp.normalized_trace(m).subs(values).evaluate(dps=15) for m in (k, other, direct)]
    assert max(abs(value - numbers[0]) for value in numbers) < 1e-14


def test_rotations_of_one_trace_answer_alike() -> None:
    E = S * (S.T * X * X.T * S + ONE).inverse() * S.T
    words = (E * X * X.T * E, X.T * E * E * X, E * E * X * X.T, X * X.T * E * E)
    values = [fp.normalized_trace(word).evaluate(dps=14) for word in words]
    assert max(abs(value - values[0]) for value in values) < 1e-13
    assert abs(values[0] - 0.18087815) < 1e-8
    k = ((W * X).T * W * X + ONE).inverse()
    own, gram = fp.normalized_trace(k - k**2), (W * X).T * W * X
    for word in (k * gram * k, gram * k * k):
        assert abs(fp.normalized_trace(word).evaluate(dps=14) - own.evaluate(dps=14)) < 1e-13
    assert abs(own.evaluate() - 0.132544907951) < 1e-12


@pytest.mark.parametrize(
    "value", [1, 1.0, np.float64(1), np.int64(1), Fraction(1), Decimal("1"), "1", sp.S.One, 1 + 0j]
)
def test_values_of_all_kinds(value: object) -> None:
    golden = (np.sqrt(5) - 1) / 2
    assert abs(TRACE.subs(g, value).evaluate() - golden) < 1e-15
    assert abs(float(TRACE.subs({g: value})) - golden) < 1e-15
    assert abs(complex(TRACE.subs([(g, value)])) - golden) < 1e-15
    assert abs(TRACE.evaluate({g: value}) - golden) < 1e-15
    assert TRACE.subs(g, value) == TRACE.xreplace({g: 1})


@pytest.mark.parametrize("value", [1 / 3, 0.1234567890123456, Q(12345678901234567890, 10**19)])
def test_long_numbers_stay_exact(value: object) -> None:
    # γ τ² + γ τ = 1
    ridge = sp.Rational(str(value))
    expected = (-1 + sp.sqrt(1 + 4 / ridge)) / 2
    found = TRACE.subs(g, value).evaluate(dps=30)
    assert abs(sp.Float(str(found), 30) - expected.evalf(30)) < 1e-28


def test_complex_arguments() -> None:
    z = 1 + 2j
    # G of MP(1) at -z with the other sign
    expected = -fp.MarchenkoPastur(1).cauchy(-z)
    assert abs(complex(TRACE.subs(g, z)) - expected) < 1e-12
    with pytest.raises(TypeError, match="complex"):
        float(TRACE.subs(g, z))


@pytest.mark.parametrize(
    "bad",
    [(1,), ({1: 2},), ("g", 1), ({g: "a"},), (g, 1, 2), ({g: np.nan},), (np.array(3.0),)],
)
def test_wrong_values_are_refused(bad: tuple) -> None:
    with pytest.raises(InvalidParameterError):
        TRACE.subs(*bad)


def test_values_that_leave_a_matrix_no_size_are_refused() -> None:
    size, psi = sp.symbols("N psi", positive=True)
    wide = fp.Ginibre("K", psi * size, size, 1 / size)
    trace = fp.normalized_trace((wide * wide.T + 2 * sp.Identity(psi * size)).inverse())
    assert trace.subs({psi: 2.5}).evaluate() > 0
    for value in (-2, sp.Rational(-1, 2), 0):
        for reading in (trace, trace.diff(psi)):
            with pytest.raises(InvalidParameterError):
                reading.subs({psi: value})
            with pytest.raises(InvalidParameterError):
                reading.evaluate({psi: value})


def test_equations_have_no_invented_name() -> None:
    *_, last = TRACE.equations()
    assert last.lhs == sp.Trace(TRACE.expression) / N
    slope = TRACE.diff(g)
    assert slope.equations()[-1].lhs == sp.Derivative(sp.Trace(TRACE.expression) / N, g)
    shown = [e for trace in (TRACE, slope) for e in trace.equations()]
    symbols = set().union(*(e.free_symbols for e in shown))
    invented = {s for s in symbols if s.is_Symbol and not isinstance(s, sp.Dummy)} - {N, g}
    assert not {s for s in invented if not isinstance(s, sp.MatrixSymbol)}


def test_traces_travel() -> None:
    trace, limit = TRACE.subs(g, 2), TRACE.limit(g)
    used = trace.evaluate(dps=20), limit.leading()
    again, other = pickle.loads(pickle.dumps((trace, limit)))
    assert (again.evaluate(dps=20), other.leading()) == used
    assert pickle.loads(pickle.dumps(TRACE.diff(g))) == TRACE.diff(g)


def test_a_trace_beside_drawn_matrices() -> None:
    trace = fp.normalized_trace((X * X.T + A + 3 * ONE).inverse())
    assert trace.check(n=60).passed
    assert "agree" in trace.check(n=60).summary()
    with pytest.raises(InvalidParameterError):
        TRACE.check()


def test_leading_terms_are_exact() -> None:
    tall = fp.Ginibre("Y", 3 * N, N, 1 / (3 * N))
    trace = fp.normalized_trace((tall.T * tall + g * ONE).inverse())
    assert trace.limit(g).leading() == (0, Q(3, 2))
    Y = fp.Ginibre("Y", N / c, N, c / N)
    power, value = fp.normalized_trace((Y.T * Y + g * ONE).inverse()).limit(g).leading()
    assert (power.subs(c, Q(1, 3)), value.subs(c, Q(1, 3))) == (0, Q(3, 2))
    assert sp.simplify(value.args[0][0] - 1 / (1 - c)) == 0
    # above the threshold 1 - 1/γ of the eigenvalues are 0
    assert (power.subs(c, 4), value.subs(c, 4)) == (-1, Q(3, 4))


@pytest.mark.parametrize("trace", [TRACE, TRACE.diff(g)], ids=str)
def test_equations_are_in_the_callers_symbols_alone(trace) -> None:
    shown = trace.equations()
    names = sp.symbols(f"a:{len(shown) - 1}")
    named = trace.equations(names)
    assert [equation.lhs for equation in named[:-1]] == list(names)
    assert set().union(*(equation.free_symbols for equation in named[:-1])) <= {g, *names}
    dummies = [equation.lhs for equation in shown[:-1]]
    back = dict(zip(names, dummies, strict=True))
    assert [equation.xreplace(back) for equation in named] == shown


@pytest.mark.parametrize("names", [[], [g], [sp.Symbol("a")] * 9, ["a"], 3])
def test_symbols_that_do_not_fit_are_refused(names: object) -> None:
    with pytest.raises(InvalidParameterError, match="unknowns"):
        TRACE.equations(names)
