"""Independent copies of letters, and traces on grids of parameters."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

import freeprob as fp
from freeprob.errors import ConvergenceError, InvalidParameterError
from tests.models.random_features import PSI1, PSI2, RELU, RIDGE, N, features

X = fp.Ginibre("X", N, N, 1 / N)
D = fp.Ginibre("D", N, N, 1 / N)
H = fp.GOE("H", N)
ONE = sp.Identity(N)


def test_copies_share_what_is_not_fresh() -> None:
    expr = X * D + H
    first, second, third = fp.independent_copies(expr, fresh=(X, H), count=3)
    assert first == expr
    assert all(copy.has(D) for copy in (second, third))
    assert not any(second.has(letter) for letter in (X, H))
    assert not set(second.atoms(fp.Ginibre)) & set(third.atoms(fp.Ginibre)) - {D}


def test_a_family_is_drawn_as_a_whole() -> None:
    A, B = fp.jointly_diagonal("AB", {(0, 1): "1/2", (2, 3): "1/2"}, N)
    _, other = fp.independent_copies(A * B, fresh=(A,))
    assert not any(other.has(letter) for letter in (A, B))
    # tr AB = 3 in either copy, and the copy is free of the first
    assert fp.normalized_trace(other).evaluate() == 3
    assert fp.normalized_trace(A * B * other).evaluate() == 9


def test_the_variance_of_a_resolvent_over_one_letter() -> None:
    """tr E[Q | D] E[Q | D]ᵀ against matrices drawn with D shared; without sharing it differs."""
    q = (X * D * D.T * X.T + ONE).inverse() * X * D
    traces = {}
    for name, fresh in (("none", ()), ("X", (X,)), ("all", (X, D))):
        one, two = fp.independent_copies(q, fresh=fresh)
        traces[name] = float(fp.normalized_trace(one * two.T))
    assert traces["none"] > traces["X"] > traces["all"] - 1e-15
    rng, n = np.random.default_rng(4), 120
    d = rng.normal(size=(n, n)) / np.sqrt(n)
    drawn = []
    for _ in range(40):
        x = rng.normal(size=(n, n)) / np.sqrt(n)
        drawn.append(np.linalg.solve(x @ d @ d.T @ x.T + np.eye(n), x @ d))
    pairs = [np.sum(a * b) / n for k, a in enumerate(drawn) for b in drawn[:k]]
    error = np.std(pairs) / np.sqrt(len(drawn))
    assert np.mean(pairs) == pytest.approx(traces["X"], abs=4 * error + 1e-3)
    assert abs(np.mean(pairs) - traces["none"]) > 0.05


def test_bad_copies() -> None:
    with pytest.raises(InvalidParameterError, match="no letter"):
        fp.independent_copies(X, fresh=(D,))
    with pytest.raises(InvalidParameterError, match="matrix expression"):
        fp.independent_copies(3, fresh=())
    with pytest.raises(InvalidParameterError, match="count"):
        fp.independent_copies(X, fresh=(X,), count=0)


@pytest.mark.parametrize("slopes", [(), (RIDGE,)])
def test_a_curve_is_its_points(slopes: tuple[sp.Symbol, ...]) -> None:
    K, _ = features()
    trace = fp.normalized_trace(K.inverse()).subs({PSI1: 2, PSI2: 3, **RELU})
    trace = trace.diff(*slopes) if slopes else trace
    ridges = np.array([1e-6, 1e-3, 0.03, 1.0, 50.0])
    curve = trace.evaluate({RIDGE: ridges})
    assert curve.dtype == float
    points = [trace.at(RIDGE, sp.Rational(str(g))).evaluate() for g in ridges]
    assert curve == pytest.approx(points, rel=1e-12)


def test_second_derivatives_on_a_grid() -> None:
    """Of τ = (-1 + √(1 + 4/γ))/2."""
    trace = fp.normalized_trace((X * X.T + RIDGE * ONE).inverse()).diff(RIDGE, RIDGE)
    closed = sp.lambdify(RIDGE, sp.diff((sp.sqrt(1 + 4 / RIDGE) - 1) / 2, RIDGE, 2))
    ridges = np.geomspace(1e-3, 10, 7)
    assert trace.evaluate({RIDGE: ridges}) == pytest.approx(closed(ridges), rel=1e-12)


def test_grids_are_broadcast_over_sizes_and_have_digits() -> None:
    K, _ = features()
    trace = fp.normalized_trace(K.inverse())
    table = trace.evaluate({PSI1: [[2], [3]], PSI2: 3, RIDGE: [0.03, 0.003], **RELU})
    assert table.shape == (2, 2)
    assert table[0, 0] == pytest.approx(15.68700503272232947134, rel=1e-13)
    assert table[1, 1] == pytest.approx(46.32565277424474303, rel=1e-13)
    exact = trace.evaluate({PSI1: [2, 3], PSI2: 3, RIDGE: ["0.03", "0.003"], **RELU}, dps=22)
    assert abs(exact[0] - sp.Float("15.68700503272232947134", 30)) < 1e-19


def test_complex_points_and_closed_forms() -> None:
    trace = fp.normalized_trace((X * X.T + RIDGE * ONE).inverse())
    ridges = np.array([0.5, 1 + 1j, 3 - 2j])
    # γ τ² + γ τ = 1
    assert trace.evaluate({RIDGE: ridges}) == pytest.approx(
        (-1 + np.sqrt(1 + 4 / ridges)) / 2, rel=1e-13
    )


@pytest.mark.parametrize(
    ("values", "error", "match"),
    [
        ({RIDGE: [1, -1]}, ConvergenceError, "meets the spectrum"),
        ({RIDGE: [1, float("nan")]}, InvalidParameterError, "finite"),
        ({RIDGE: [1, 2], PSI1: [1, 2, 3]}, InvalidParameterError, "do not fit"),
        ({RIDGE: 1, PSI1: [1, -2]}, InvalidParameterError, "positive"),
        ({RIDGE: ["one"]}, InvalidParameterError, "gamma"),
        ({PSI1: [1, 2]}, InvalidParameterError, "stay symbolic"),
    ],
)
def test_bad_grids(values, error, match) -> None:
    K, _ = features()
    known = {symbol: n for symbol, n in ((PSI1, 2), (PSI2, 3)) if symbol not in values}
    trace = fp.normalized_trace(K.inverse()).subs({**known, **RELU})
    with pytest.raises(error, match=match):
        trace.evaluate(values)
