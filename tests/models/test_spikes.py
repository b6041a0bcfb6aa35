"""Spikes in matrix expressions: outliers, overlaps and thresholds of letters of fixed rank.

Scalar formulas: Baik-Ben Arous-Péché 2005; Benaych-Georges-Nadakuditi 2011; Belinschi, Bercovici,
Capitaine and Février 2017, by laws' own subordination. Other expressions are held against drawn
matrices.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterable

import mpmath
import numpy as np
import pytest
import sympy as sp

import freeprob as fp
from freeprob.errors import InvalidParameterError, UndefinedOperationError
from freeprob.models.limit_laws.law import MatrixLaw
from freeprob.testing import check_law

N = sp.Symbol("N", positive=True)
ONE = sp.Identity(N)
H, X = fp.GOE("H", N), fp.Ginibre("X", N, 2 * N, 1 / (2 * N))
TWO = fp.Atomic({1: "1/2", 3: "1/2"})
D = fp.Deterministic("D", TWO, N)
SIGN = fp.Deterministic("E", fp.Atomic({-1: "1/2", 2: "1/2"}), N)
A = fp.Deterministic("T", fp.Arcsine(-1, 1), N)
O = fp.HaarOrthogonal("O", N)


def spike(*values: object) -> fp.Spike:
    """A spike whose name comes first, so that simulated ones stand on the first axes."""
    return fp.Spike("A", values, N)


def close(one: object, other: object, digits: int = 30) -> bool:
    return abs(mpmath.mpf(one) - mpmath.mpf(other)) <= mpmath.mpf(10) ** -digits * abs(other)


# both mechanisms, where the spiked law has scalar subordination functions


def bulked(expr: sp.MatrixExpr) -> tuple:
    return fp.law(expr).outliers(dps=32)


SCALAR = {
    "deformed Wigner": (
        lambda: bulked(H + spike(2, -3)),
        lambda: fp.Semicircle(1).outliers([2, -3], dps=32),
    ),
    "Wigner and a spectrum": (
        lambda: bulked(H + D + spike(4)),
        lambda: fp.boxplus(fp.Semicircle(1), TWO).outliers([4], dps=32),
    ),
    "moved eigenvalues of a summand": (
        lambda: MatrixLaw(H + D).outliers([5, 2], part=D, dps=32),
        lambda: fp.boxplus(fp.Semicircle(1), TWO).outliers([5, 2], part=TWO, dps=32),
    ),
    "sample covariance": (
        lambda: bulked((ONE + spike(1)) * X * X.T * (ONE + spike(1))),
        lambda: fp.MarchenkoPastur("1/2").outliers([4], kind="multiplicative", dps=32),
    ),
    "population with moved eigenvalues": (
        lambda: MatrixLaw(D * X * X.T * D).outliers([5], part=D, dps=32),
        lambda: fp.sample_covariance(TWO.square(), "1/2").outliers(
            [25], part=TWO.square(), kind="multiplicative", dps=32
        ),
    ),
    "Wishart noise": (
        lambda: bulked(X * X.T + spike("5/2", "-1/2")),
        lambda: fp.MarchenkoPastur("1/2").outliers(["5/2", "-1/2"], dps=32),
    ),
}


SLOW = ("population with moved eigenvalues", "letter twice")


def marked(names: Iterable[str]) -> list:
    return [pytest.param(name, marks=[pytest.mark.slow] * (name in SLOW)) for name in names]


@pytest.mark.parametrize("name", marked(SCALAR))
def test_pencil_and_scalar_subordination_agree(name: str) -> None:
    pencil, scalar = (find() for find in SCALAR[name])
    assert len(pencil) == len(scalar) > 0
    for one, other in zip(pencil, scalar, strict=True):
        with mpmath.workdps(35):
            assert close(one.location, other.location)
            assert close(one.overlap, other.overlap)
            if one.deviation is not None:
                assert close(one.deviation, other.deviation)


def test_thresholds_agree_with_scalar_ones() -> None:
    found = [find() for find in SCALAR["Wigner and a spectrum"]]
    limits = [[limit for t in one.thresholds for limit in t] for one in found]
    assert np.allclose(*(np.array(some, dtype=float) for some in limits), rtol=1e-12)
    edges = fp.law((ONE + spike(1)) * X * X.T * (ONE + spike(1))).outliers(dps=30).thresholds
    # 1 + θ = ±√(1 + √(1/2))
    with mpmath.workdps(35):
        last = mpmath.sqrt(1 + mpmath.sqrt(mpmath.mpf(1) / 2)) - 1
        assert close(edges[-1].low, last, 28)
        assert close(edges[-2].high, -2 - last, 28)


# drawn matrices

DRAWN = {
    "sum": (lambda s: H + s, [3, -2], ["1/2"]),
    "sum with a spectrum": (lambda s: H + D + s, [4], ["1/2"]),
    "product": (lambda s: (ONE + s) * X * X.T * (ONE + s), [2, "-5/2"], ["1/5"]),
    "anticommutator": (lambda s: H * s + s * H + H, [2], ["1/4"]),
    "inside": (lambda s: H * s * H + H, [3], ["1/3"]),
    "letter twice": (lambda s: (D + s) * H * (D + s), [3], ["1/4"]),
    "two places": (lambda s: SIGN * s * SIGN + H + s, [3], ["1/10"]),
    "letters that only it sees": (lambda s: SIGN * s * D + D * s * SIGN + H, [3], ["1/9"]),
    "a law that only it sees": (lambda s: A * s * A + s + H, [4], ["1/2"]),
    "rotation": (lambda s: O + O.T + s, [3], []),
    "inverse": (lambda s: (ONE + s).inverse() + H, ["-3/2"], ["-1/4"]),
}


def seen(expr: sp.MatrixExpr, values: list, found: tuple, support: list) -> tuple:
    """Mean distances of drawn outliers from predicted ones, in scales, and of their overlaps."""
    order, size, draws = [sp.sympify(value) for value in values], 300, 3
    low = [outlier for outlier in found if outlier.location < support[0][0]]
    high = [outlier for outlier in found if outlier.location > support[-1][1]]
    scales = [o.deviation / np.sqrt(draws * size) for o in (*low, *high[::-1])]
    places, overlaps = [], []
    for seed in range(draws):
        eigenvalues, vectors = np.linalg.eigh(fp.simulate(expr, N=size, rng=seed))
        pairs = [*enumerate(low), *((-1 - k, o) for k, o in enumerate(high[::-1]))]
        assert len(pairs) == len(found)
        places.append([eigenvalues[k] - outlier.location for k, outlier in pairs])
        overlaps.append([vectors[order.index(o.spike), k] ** 2 - o.overlap for k, o in pairs])
    return np.mean(places, axis=0) / scales, np.mean(overlaps, axis=0)


@pytest.mark.parametrize("name", marked(DRAWN))
def test_three_drawn_matrices_have_the_outliers(name: str) -> None:
    build, values, _ = DRAWN[name]
    law = fp.law(build(spike(*values)))
    support = law.bulk.support(dps=15)
    places, overlaps = seen(build(spike(*values)), values, law.outliers(), support)
    assert np.abs(places).max() < 3
    assert np.abs(overlaps).max() < 0.1
    # matrices with spikes half as large again are told from those
    larger = build(spike(*(sp.Rational(value) * sp.Rational(3, 2) for value in values)))
    places, _ = seen(larger, values, law.outliers(), support)
    assert np.abs(places).max() > 5


@pytest.mark.parametrize("name", [name for name, (_, _, weak) in DRAWN.items() if weak])
def test_below_the_threshold_there_is_nothing(name: str) -> None:
    build, _, weak = DRAWN[name]
    law = fp.law(build(spike(*weak)))
    found = law.outliers()
    assert not found
    assert "makes an outlier if it lies in" in found.reason
    (low, _), *_, (_, high) = [*law.bulk.support(dps=15)] * 2
    eigenvalues = np.linalg.eigvalsh(fp.simulate(build(spike(*weak)), N=300, rng=0))
    margin = 0.05 * (high - low)
    assert low - margin < eigenvalues[0]
    assert eigenvalues[-1] < high + margin


def test_next_to_a_hard_edge_every_spike_makes_an_outlier() -> None:
    (outlier,) = fp.law(O + O.T + spike("1/4")).outliers()
    assert outlier.location == pytest.approx(np.sqrt(4 + 1 / 16), abs=1e-14)


# matrices of fixed rank that are not symmetric


def rectangular(*values: object) -> fp.Spike:
    return fp.Spike("A", values, N, 2 * N)


ZERO, WIDE = sp.ZeroMatrix(N, N), sp.ZeroMatrix(2 * N, 2 * N)
DATA = {
    "left Gram matrix": lambda s: (X + s) * (X + s).T,
    "right Gram matrix": lambda s: (X + s).T * (X + s),
    "Hermitisation": lambda s: sp.BlockMatrix([[ZERO, X + s], [(X + s).T, WIDE]]),
}


def test_where_the_transform_has_a_pole_at_both_edges_every_spike_makes_an_outlier() -> None:
    D = fp.Deterministic("D", fp.Atomic([-1, 1]), N)
    O = fp.HaarOrthogonal("O", N)
    found = fp.law(D + O * D * O.T + fp.Spike("S", [3, -2], N)).outliers()
    scalar = fp.Arcsine(-2, 2).outliers([3, -2])
    for one, other in zip(found, scalar, strict=True):
        assert one.location == pytest.approx(other.location, rel=1e-14)
        assert one.overlap == pytest.approx(other.overlap, rel=1e-12)
    assert [(t.low, t.high) for t in found.thresholds] == [(-np.inf, 0), (0, np.inf)]


def test_both_gram_matrices_and_the_hermitisation_know_the_scalar_answer() -> None:
    (known,) = fp.MarchenkoPastur("1/2").outliers([2], kind="rectangular", ratio="1/2", dps=32)
    left, right, both = (fp.law(build(rectangular(2))).outliers(dps=32) for build in DATA.values())
    with mpmath.workdps(35):
        assert close(left[0].location, known.location**2)
        assert close(right[0].location, known.location**2)
        assert [float(o.location / known.location) for o in both] == pytest.approx([-1, 1])
        assert close(left[0].overlap, known.overlap)
        assert close(right[0].overlap, known.right_overlap)
        # the eigenvectors (u, ±v)/√2
        assert close(2 * both[1].overlap, known.overlap)
        assert close(2 * both[1].right_overlap, known.right_overlap)
        # σ² moves 2σ times as far as σ
        assert close(left[0].deviation, 2 * known.location * both[1].deviation)
    limits = [limit for t in left.thresholds for limit in (t.low, t.high)]
    assert float(limits[0]) == pytest.approx(0.5**0.25, abs=1e-14)
    assert len(limits) == 2


@pytest.mark.parametrize("name", DATA)
def test_three_drawn_data_matrices_have_the_outliers(name: str) -> None:
    size, draws = 300, 3
    outlier = fp.law(DATA[name](rectangular(2))).outliers()[-1]
    tops = {}
    for value in (2, 3):
        letter = rectangular(value)
        tops[value] = []
        for seed in range(draws):
            values, vectors = np.linalg.eigh(fp.simulate(DATA[name](letter), N=size, rng=seed))
            tops[value].append(values[-1])
            if value == 2:
                u, _, v = np.linalg.svd(fp.simulate(letter, N=size, rng=seed))
                sides = {size: [u[:, 0]], 2 * size: [v[0]], 3 * size: [u[:, 0], v[0]]}
                parts = np.split(vectors[:, -1], [size] if len(values) == 3 * size else [])
                seen = [(p @ s) ** 2 for p, s in zip(parts, sides[len(values)], strict=True)]
                known = [outlier.overlap, outlier.right_overlap][: len(seen)]
                assert seen == pytest.approx(known, abs=0.1)
    scale = outlier.deviation / np.sqrt(draws * size)
    assert abs(np.mean(tops[2]) - outlier.location) < 3 * scale
    assert abs(np.mean(tops[3]) - outlier.location) > 5 * scale
    assert not fp.law(DATA[name](rectangular("4/5"))).outliers()


def test_square_ones_have_two_sets_of_vectors() -> None:
    square = fp.Spike("A", [3], N, N)
    low, high = fp.law(H + square + square.T).outliers(dps=20)
    (known,) = fp.Semicircle(1).outliers([3], dps=20)
    assert (low.location, high.location) == (-known.location, known.location)
    with mpmath.workdps(25):
        assert close(2 * high.overlap, known.overlap, 19)
        assert close(2 * high.right_overlap, known.overlap, 19)


# several letters, degenerate bulks, letters as such


def test_spikes_of_several_letters_see_the_bulk_each() -> None:
    other = fp.Spike("B", ["5/2", "1/2"], N)
    found = fp.law(H + spike(2) + other).outliers()
    assert [(o.part.name, o.location) for o in found] == [("A", 2.5), ("B", 2.9)]
    assert [o.part.name for o in fp.law(H + spike(2) + other).outliers(part=other)] == ["B"]
    weak = fp.law(H + fp.Spike("A", ["1/2"], N) + fp.Spike("B", ["1/3"], N)).outliers()
    assert weak.reason.startswith("A: a spike makes")
    assert "; B: a spike makes" in weak.reason


def test_a_rotated_spike_is_another_one() -> None:
    U = fp.HaarUnitary("U", N)
    found = fp.law(H + U * spike(3) * U.adjoint() + spike(3)).outliers()
    assert [outlier.location for outlier in found] == [pytest.approx(10 / 3)] * 2
    assert len({outlier.part for outlier in found}) == 2


def test_bulks_without_width() -> None:
    assert [(o.location, o.overlap) for o in fp.law(spike(2, -1)).outliers()] == [(-1, 1), (2, 1)]
    assert [o.location for o in fp.law(ONE + spike(2)).outliers()] == [3]
    # A X Xᵀ A has the eigenvalue θ² tr X Xᵀ, and A H A none: vᵀ H v tends to 0
    assert [o.location for o in fp.law(spike(3) * X * X.T * spike(3)).outliers()] == [9]
    assert not fp.law(spike(3) * H * spike(3)).outliers()
    assert not fp.law(spike(3) * H * spike(3)).outliers().thresholds


def test_the_law_is_that_of_the_bulk() -> None:
    law = fp.law(H + D + spike(4))
    assert law.bulk == fp.boxplus(fp.Semicircle(1), TWO)
    assert law.moments(4) == law.bulk.moments(4)
    assert law.support(dps=15) == law.bulk.support(dps=15)
    assert pickle.loads(pickle.dumps(law)) == law


def test_checks_take_outliers_apart() -> None:
    found = fp.check(H + D + spike(4), n=200, draws=4)
    assert found.passed
    assert found.statistics[0].name == "outlier 6.48607"
    larger = fp.law(H + D + spike(5)).sample(200, rng=0)
    assert fp.law(H + D + spike(5)).compare_to(larger).passed
    assert not fp.law(H + D + spike(4)).compare_to(larger).passed
    assert not fp.law(H + D).compare_to(larger).passed


def test_a_spiked_law_keeps_the_contract_of_laws() -> None:
    t = sp.Symbol("t", positive=True)
    check_law(fp.law((ONE + spike(t)) * H * (ONE + spike(t))), {t: 2})


def test_traces_do_not_see_spikes() -> None:
    data, square = X + rectangular(2), (D + spike(2)) ** 2
    assert fp.normalized_trace(data * data.T).evaluate() == pytest.approx(1)
    assert fp.normalized_trace(square).evaluate() == pytest.approx(5)
    assert fp.normalized_trace(rectangular(2) * rectangular(2).T).evaluate() == 0


def test_values_may_be_put_in_later() -> None:
    t = sp.Symbol("t", positive=True)
    law = fp.law(H + spike(t))
    assert law.parameters == (t,)
    assert law.subs({t: 2}).outliers()[0].location == 2.5
    with pytest.raises(InvalidParameterError, match="subs"):
        law.outliers()


def test_what_is_added_to_a_spiked_matrix() -> None:
    law = fp.law(H + spike(2))
    assert law.outliers([3]) == law.bulk.outliers([3])
    assert law.outliers([4], part=spike(2))[0].location == 4.25


def test_drawn_spikes_have_their_values() -> None:
    eigenvalues = np.linalg.eigvalsh(fp.simulate(spike(2, -1), N=5))
    assert np.allclose(eigenvalues, [-1, 0, 0, 0, 2])
    with pytest.raises(InvalidParameterError, match="larger size"):
        fp.simulate(spike(1, 2, 3), N=2)


REFUSED = {
    "no value": (lambda: fp.Spike("A", [], N), "needs the eigenvalues"),
    "a negative singular value": (lambda: fp.Spike("A", [-1], N, 2 * N), "are positive"),
    "a moved one": (
        lambda: fp.law((X + rectangular(1)) * X.T + X * (X + rectangular(1)).T).outliers(
            [-2], part=rectangular(1)
        ),
        "are positive",
    ),
    "a value 0": (lambda: fp.Spike("A", [1, 0], N), "leave it out"),
    "no list": (lambda: fp.Spike("A", 2, N), "must be a list"),
    "a kind": (lambda: fp.law(H + spike(2)).outliers(kind="multiplicative"), "leave out kind"),
    "a Gaussian part": (lambda: fp.law(H * D + D * H).outliers([9], part=H), "Deterministic"),
    "another letter": (
        lambda: fp.law(H * D + D * H).outliers([9], part=fp.Deterministic("B", TWO, N)),
        "whose letters are D, H",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refusals_name_the_way_out(name: str) -> None:
    ask, way = REFUSED[name]
    with pytest.raises(InvalidParameterError, match=way):
        ask()


def test_common_eigenvectors_and_fluctuations_are_refused() -> None:
    B, C = fp.jointly_diagonal("BC", {(0, 1): "1/3", (2, 1): "2/3"}, N)
    with pytest.raises(UndefinedOperationError, match="in common with C"):
        fp.law(B * H * C + C * H * B).outliers([5], part=B)
    x = sp.Symbol("x")
    with pytest.raises(UndefinedOperationError, match="without it"):
        fp.fluctuation(H + spike(2), x**2, x)
    with pytest.raises(UndefinedOperationError, match="without its spikes"):
        fp.law(H + spike(2)).fluctuation(x**2, x)
