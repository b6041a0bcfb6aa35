"""Deterministic equivalents: letters that stay letters, against papers and against simulation."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import sympy as sp

import freeprob as fp
from freeprob.errors import ConvergenceError, InvalidParameterError, UndefinedOperationError

p, n, lam = sp.symbols("p n lambda", positive=True)
gamma = sp.Symbol("gamma", positive=True)
HALF = sp.Rational(1, 2)
S, T, B = (fp.Deterministic(name, None, p) for name in ("Sigma", "Theta", "B"))
X = S**HALF * fp.Ginibre("Z", p, n)
UNIT = sp.Identity(p)
Q = (X * X.T / n + lam * UNIT).inverse()


def tr(matrix: sp.MatrixExpr) -> sp.Expr:
    return sp.Trace(matrix) / p


def positive(
    size: int, rng: np.random.Generator, low: float = 0.2, high: float = 3.0
) -> np.ndarray:
    rotation, _ = np.linalg.qr(rng.standard_normal((size, size)))
    return (rotation * rng.uniform(low, high, size)) @ rotation.T


RNG = np.random.default_rng(1)
SIZE, SAMPLES, RIDGE = 300, 450, 0.3
ARRAYS = {S: positive(SIZE, RNG), T: positive(SIZE, RNG), B: positive(SIZE, RNG)}
VALUES = {lam: RIDGE, n: SAMPLES}


def simulated(count: int = 3) -> dict[str, float]:
    """Traces of sampled resolvents, without this package."""
    s, t, b = ARRAYS.values()
    values, vectors = np.linalg.eigh(s)
    root = (vectors * np.sqrt(values)) @ vectors.T
    rows = []
    for _ in range(count):
        x = root @ RNG.standard_normal((SIZE, SAMPLES))
        q = np.linalg.inv(x @ x.T / SAMPLES + RIDGE * np.eye(SIZE))
        two = q @ t @ q
        traces = (q @ t, two @ s, two @ b, two @ b @ q, x.T @ two @ x / SAMPLES)
        rows.append([np.trace(m) / SIZE for m in traces])
    return dict(zip(("QT", "QTQS", "QTQB", "QTQBQ", "XQTQX"), np.mean(rows, axis=0), strict=True))


TRACES = {"QT": Q * T, "QTQS": Q * T * Q * S, "QTQB": Q * T * Q * B, "QTQBQ": Q * T * Q * B * Q}


def numbers(expr: sp.MatrixExpr, values: dict | None = None) -> float:
    trace = fp.normalized_trace(expr)
    data = {letter: array for letter, array in ARRAYS.items() if expr.has(letter)}
    return trace.evaluate(values or VALUES, data=data)


def test_the_ridge_resolvent_is_kappa_r() -> None:
    E = fp.deterministic_equivalent(lam * Q)
    (kappa,) = E.scalars
    R = (S + kappa * UNIT).inverse()
    assert E.expression == kappa * R
    (equation,) = E.equations()
    assert equation.lhs == kappa
    assert sp.simplify(equation.rhs - (lam + kappa * p / n * tr(S * R))) == 0


def test_two_resolvents_bring_degrees_of_freedom() -> None:
    trace = fp.normalized_trace(lam**2 * Q * T * Q * S)
    assert len(trace.equations()) == 3
    kappa, df_2 = trace.scalars
    R = (S + kappa * UNIT).inverse()
    assert trace.equations()[1].rhs == sp.Trace(sp.MatMul(S, R, S, R)) / p
    expected = kappa**2 * sp.Trace(sp.MatMul(R, S, R, T)) / p / (1 - p / n * df_2)
    assert sp.simplify(trace.expression - expected) == 0


def test_a_third_letter() -> None:
    trace = fp.normalized_trace(lam**2 * Q * T * Q * B)
    assert len(trace.equations()) == 3
    kappa, df_2 = trace.scalars
    R = (S + kappa * UNIT).inverse()
    one, two = (sp.Trace(sp.MatMul(*m)) / p for m in ((R, S, R, T), (B, R, S, R)))
    both = sp.Trace(sp.MatMul(B, R, T, R)) / p
    expected = kappa**2 * (both + p / n * one * two / (1 - p / n * df_2))
    assert sp.simplify(trace.expression - expected) == 0


def test_degrees_of_freedom_are_recognised() -> None:
    one = fp.normalized_trace(lam * Q * S)
    kappa, df_1 = one.scalars
    assert one.expression == kappa * df_1
    square = fp.normalized_trace(lam**2 * Q * S * Q * S)
    kappa, df_2 = square.scalars
    assert sp.simplify(square.expression - kappa**2 * df_2 / (1 - p * df_2 / n)) == 0


def test_rotations_of_a_trace_answer_alike() -> None:
    first = fp.normalized_trace(Q * T * Q * B)
    other = fp.normalized_trace(B * Q * T * Q)
    names = dict(zip(other.scalars, first.scalars, strict=True))
    assert sp.simplify(first.expression - other.expression.xreplace(names)) == 0


def test_numbers_agree_with_simulation() -> None:
    sampled = simulated()
    for name, expr in TRACES.items():
        assert abs(numbers(expr) / sampled[name] - 1) < 0.03
    # the twin: another number of samples is seen
    wrong = numbers(Q * T * Q * S, VALUES | {n: 1.25 * SAMPLES})
    assert abs(wrong / sampled["QTQS"] - 1) > 0.05


@pytest.mark.parametrize("size", [1e-3, 1e4])
def test_scalars_of_any_size_are_found(size) -> None:
    """Between resolvents stands a matrix that is large, beside eigenvalues of unlike sizes."""
    letters = fp.Deterministic("H", None, p), fp.Deterministic("D", None, p)
    z = fp.Ginibre("Z", n, p)
    u = z.T * (z * letters[0] * z.T / n + lam * sp.Identity(n)).inverse() * z / n
    rng = np.random.default_rng(0)
    h, d = np.diag(np.geomspace(1e-4, 200, 80)), size * positive(80, rng)
    arrays, values = dict(zip(letters, (h, d), strict=True)), {n: 40, lam: 0.05}
    whole = fp.deterministic_equivalent(u * letters[1] * u).evaluate(values, data=arrays)
    # -dU/ds of H + s D
    step = 1e-6 / size
    moved = [
        fp.deterministic_equivalent(u).evaluate(values, data={letters[0]: h + sign * step * d})
        for sign in (1, -1)
    ]
    slope = (moved[1] - moved[0]) / (2 * step)
    assert np.allclose(whole, slope, rtol=0, atol=1e-6 * np.abs(whole).max())


def test_the_matrix_itself() -> None:
    E = fp.deterministic_equivalent(Q)
    found = E.evaluate(VALUES, data={S: ARRAYS[S]})
    assert found.shape == (SIZE, SIZE)
    assert np.isclose(np.trace(found @ ARRAYS[T]) / SIZE, numbers(Q * T), rtol=1e-10)


@pytest.mark.parametrize(
    "expr",
    [
        Q,
        (fp.GOE("H", p) + S - lam * UNIT).inverse(),
        (X * X.T / n + T + lam * UNIT).inverse(),
        X.T * Q * X / n,
        Q * T * Q,
        (X * fp.Deterministic("D", None, n) * X.T / n + lam * UNIT).inverse(),
        ((S + fp.GOE("H", p)) * (S + fp.GOE("H", p)) + lam * UNIT).inverse(),
    ],
    ids=str,
)
def test_derivations_check_their_steps(expr: sp.MatrixExpr) -> None:
    derivation = fp.deterministic_equivalent(expr).derive()
    assert derivation.check(points=2).passed
    assert len(derivation.steps) > len(fp.deterministic_equivalent(expr).equations())
    assert r"\begin{enumerate}" in derivation.latex()


def test_a_second_letter_on_the_side_of_the_samples() -> None:
    """Separable covariance: two scalars, against sampled matrices."""
    D = fp.Deterministic("D", None, n)
    trace = fp.normalized_trace((X * D * X.T / n + lam * UNIT).inverse())
    assert len(trace.scalars) >= 2
    rng = np.random.default_rng(5)
    s, d = rng.uniform(0.5, 2, 120), rng.uniform(0.1, 3, 240)
    values = {lam: 0.5}
    found = trace.evaluate(values, data={S: np.diag(s), D: np.diag(d)})
    traces = []
    for _ in range(6):
        x = np.sqrt(s)[:, None] * rng.standard_normal((120, 240))
        traces.append(np.trace(np.linalg.inv(x * d @ x.T / 240 + 0.5 * np.eye(120))) / 120)
    assert abs(found / np.mean(traces) - 1) < 0.02
    wrong = trace.evaluate(values, data={S: np.diag(s), D: np.diag(1.2 * d)})
    assert abs(wrong / np.mean(traces) - 1) > 0.03


def test_the_four_forms_of_data_agree() -> None:
    places = [1, 1, 1, 4]
    atoms = {1: sp.Rational(3, 4), 4: sp.Rational(1, 4)}
    values = {lam: "1/2", n: 8}
    trace = fp.normalized_trace(Q)
    found = [
        trace.evaluate(values, data={S: np.diag(np.array(places, dtype=float))}),
        trace.evaluate(values | {p: 4}, data={S: fp.Atomic(atoms)}),
        trace.evaluate(values | {p: 4}, data={S: fp.Empirical(places)}),
        trace.evaluate(values | {p: 4}, data={S: places}),
        np.trace(
            fp.deterministic_equivalent(Q).evaluate(
                values, data={S: np.diag(np.array(places, dtype=float))}
            )
        )
        / 4,
    ]
    law = fp.sample_covariance(fp.Atomic(atoms), HALF)
    today = -complex(law.cauchy(sp.Rational(-1, 2), dps=20)).real
    # the same letter with a law, where the trace needs no root of it
    A = fp.Deterministic("Sigma", fp.Atomic(atoms), p)
    Z = fp.Ginibre("Z", p, 2 * p)
    dual = (Z.T * A * Z / (2 * p) + lam * sp.Identity(2 * p)).inverse()
    by_letter = 2 * fp.normalized_trace(dual).subs({lam: HALF}).evaluate() - 1 / 0.5
    assert np.allclose([*found, by_letter], today, rtol=1e-9)


def test_letters_with_a_law_take_its_eigenvalues() -> None:
    A = fp.Deterministic("A", fp.Atomic({1: HALF, 3: HALF}), p)
    resolvent = (fp.GOE("H", p) + A + 5 * UNIT).inverse()
    today = fp.normalized_trace(resolvent).evaluate()
    kept = fp.deterministic_equivalent(resolvent)
    (kappa,) = kept.scalars
    assert kept.expression == (A + kappa * UNIT).inverse()
    stays = fp.Deterministic("A", None, p)
    trace = fp.normalized_trace(resolvent.subs(A, stays))
    assert abs(trace.evaluate(data={stays: A.law}) - today) < 1e-12
    assert fp.normalized_trace(trace.source.subs(stays, A)).evaluate() == today


def test_roots_of_dimensions_and_of_letters_with_a_law() -> None:
    Y = S**HALF * fp.Ginibre("Z", p, n) / sp.sqrt(n)
    resolvent = (Y * Y.T + lam * UNIT).inverse()
    found = fp.deterministic_equivalent(resolvent)
    (kappa,) = found.scalars
    same = fp.deterministic_equivalent(Q)
    assert found.expression.xreplace({kappa: same.scalars[0]}) == same.expression
    A = fp.Deterministic("Sigma", fp.Atomic({1: HALF, 3: HALF}), p)
    law = fp.sample_covariance(A.law, HALF)
    trace = fp.normalized_trace(Q.subs(S, A))
    value = trace.evaluate({lam: [0.5, 2.0], n: 2, p: 1})
    assert np.allclose(value, [-complex(law.cauchy(-ridge)).real for ridge in (0.5, 2.0)])


def test_derivatives_are_traces_of_more_resolvents() -> None:
    data = {S: np.diag([0.5, 1.0, 2.5]), T: np.array([[1.0, 0.3, 0], [0.3, 2, 0.1], [0, 0.1, 1]])}
    trace = fp.normalized_trace(lam * Q * T)
    slope = trace.diff(lam)
    values, step = {lam: 0.7, n: 5}, 1e-5
    near = [trace.evaluate(values | {lam: 0.7 + sign * step}, data=data) for sign in (1, -1)]
    assert abs(slope.evaluate(values, data=data) - (near[0] - near[1]) / (2 * step)) < 1e-8
    twice = fp.normalized_trace(Q).diff(lam, lam)
    cube = fp.normalized_trace(2 * Q * Q * Q)
    own = {S: data[S]}
    assert np.isclose(twice.evaluate(values, data=own), cube.evaluate(values, data=own))
    with pytest.raises(InvalidParameterError, match="no parameter"):
        trace.diff(gamma)


def test_bad_data_are_refused() -> None:
    trace = fp.normalized_trace(Q)
    square = np.eye(4)
    for data, message in (
        (None, "need the matrix Sigma"),
        ({S: np.full((4, 4), np.nan)}, "finite"),
        ({S: np.arange(16.0).reshape(4, 4)}, "symmetric"),
        ({S: -square}, "without negative eigenvalues"),
        ({S: [-0.01, 1, 2]}, "without negative eigenvalues"),
        ({S: np.ones((2, 3))}, "square matrix"),
        ({S: []}, "square matrix"),
        ({T: square}, "none of"),
        ({S: fp.MarchenkoPastur(HALF)}, "finitely many eigenvalues"),
    ):
        with pytest.raises(InvalidParameterError, match=message):
            trace.evaluate(VALUES, data=data)
    with pytest.raises(InvalidParameterError, match="give them"):
        trace.evaluate({n: 10}, data={S: square})
    with pytest.raises(InvalidParameterError, match="has 5 rows by its dimension"):
        trace.evaluate(VALUES | {p: 5}, data={S: square})
    with pytest.raises(InvalidParameterError, match="eigenvalues do not say"):
        fp.normalized_trace(Q * T).evaluate(VALUES, data={S: [1, 2], T: [1, 2]})
    with pytest.raises(InvalidParameterError, match="digits"):
        trace.evaluate(VALUES, dps=30, data={S: square})


def test_refusals_say_what_to_do() -> None:
    with pytest.raises(InvalidParameterError, match="has no law"):
        fp.law(S + fp.GOE("H", p)).density(1.0)
    with pytest.raises(UndefinedOperationError, match="is a RectangularSpike"):
        fp.deterministic_equivalent(fp.Spike("P", [5], p, p) + S)
    with pytest.raises(UndefinedOperationError, match="add a ridge"):
        fp.deterministic_equivalent((X * X.T / n).inverse())
    with pytest.raises(InvalidParameterError, match="write the block that you want"):
        fp.deterministic_equivalent(sp.BlockMatrix([[S, T], [T, S]]).inverse())
    inside = (fp.GOE("H", p) + S - lam * UNIT).inverse()
    with pytest.raises(ConvergenceError, match="off the axis"):
        fp.normalized_trace(inside).evaluate({lam: 1}, data={S: np.eye(5)})
    value = fp.normalized_trace(inside).evaluate({lam: 1 + 2j}, data={S: np.eye(5)})
    assert abs(value + fp.Semicircle(1, 1).cauchy(1 + 2j)) < 1e-10


def test_letters_and_equivalents_are_immutable_values() -> None:
    assert S.func(*S.args) == S
    E = fp.deterministic_equivalent(Q)
    assert pickle.loads(pickle.dumps(E)) == E
    assert fp.Deterministic("Sigma", None, p) == S
    assert r"\leftrightarrow" in E.latex()
