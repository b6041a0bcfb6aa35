"""Edges in the parameters: their equations, and how they move."""

from __future__ import annotations

import pytest
import sympy as sp

import freeprob as fp
from freeprob.errors import InvalidParameterError

C, S, P = sp.symbols("c s p", positive=True)
X = sp.Symbol("x")
TWO_ATOMS = fp.boxplus(fp.Atomic({-1: P, 1: 1 - P}), fp.Semicircle(S))


def same(found: sp.Poly, wanted: sp.Expr) -> bool:
    quotient, rest = sp.div(found, sp.Poly(wanted, *found.gens))
    return rest.is_zero and quotient.is_ground


@pytest.mark.parametrize(
    ("law", "x", "wanted"),
    [
        (fp.MarchenkoPastur(C), X, (X - 1 - C) ** 2 - 4 * C),
        (fp.MarchenkoPastur(C), 0, C - 1),
        (fp.MarchenkoPastur(C), 1, C - 4),
        (fp.MarchenkoPastur(C), sp.Rational(1, 4), (4 * C - 1) * (4 * C - 9)),
        (fp.MarchenkoPastur(C), C, 4 * C - 1),
        (fp.Semicircle(S), X, X**2 - 4 * S),
        (fp.Semicircle(S, C), 0, C**2 - 4 * S),
        (fp.MarchenkoPastur(sp.Rational(1, 4)), X, 16 * X**2 - 40 * X + 9),
        (TWO_ATOMS.subs({P: sp.Rational(1, 2)}), 0, S - 1),
        # a hard edge at 0 where a factor is square: each factor holds one on a part of its zeros
        (
            fp.boxtimes(fp.MarchenkoPastur(C), fp.MarchenkoPastur(S)),
            0,
            (C - 1) * (S - 1) * (C - S),
        ),
        (
            fp.boxtimes(fp.MarchenkoPastur(1), fp.MarchenkoPastur(1)).dilate(C),
            X,
            X * (4 * X - 27 * C),
        ),
    ],
)
def test_conditions(law: fp.Law, x: object, wanted: sp.Expr) -> None:
    """(1 ± √c)² = x for Marchenko-Pastur laws: the other root of the discriminant is no edge."""
    assert same(law.edge_condition(x), wanted)


def test_chosen_parameters_are_the_variables() -> None:
    law = fp.boxplus(fp.MarchenkoPastur(C), fp.Semicircle(S))
    assert law.edge_condition(0).gens == (C, S)
    assert law.edge_condition(0, S).gens == (S,)
    assert law.edge_condition(X, [S, C]).gens == (X, S, C)
    assert same(
        law.edge_condition(0),
        2 * C**4 - 6 * C**3 + 4 * C**2 * S + 6 * C**2 + 10 * C * S - 2 * C + 2 * S**2 - S / 2,
    )


def test_what_is_refused() -> None:
    law = fp.MarchenkoPastur(C)
    for bad in (
        lambda: law.edge_condition(X + 1),
        lambda: law.edge_condition(0, S),
        lambda: law.edge_condition(0, [C, C]),
        lambda: fp.MarchenkoPastur(1).edge_condition(0),
        lambda: law.edges(at={S: 1}),
        lambda: law.edges(at={C: sp.sqrt(2)}),
        lambda: law.edges(at={C: -1}),
        lambda: law.edges(at={C: 2})[0].velocity(S),
        lambda: fp.MarchenkoPastur(2).edges()[0].velocity(C),
        lambda: fp.boxplus(law, fp.Semicircle(S)).edges(at={C: 2}),
    ):
        with pytest.raises(InvalidParameterError):
            bad()


@pytest.mark.parametrize(
    ("law", "at"),
    [
        (fp.boxplus(fp.MarchenkoPastur(C), fp.Semicircle(S)), {C: "4", S: "1/20"}),
        (TWO_ATOMS, {P: "1/3", S: "1/2"}),
        (TWO_ATOMS, {P: "1/3", S: "3"}),
        (fp.sample_covariance(fp.Atomic({1: P, 4: 1 - P}), C), {P: "1/2", C: "1/5"}),
        (fp.symmetrize(fp.boxtimes(fp.MarchenkoPastur(1), fp.MarchenkoPastur(C))), {C: "2"}),
        (
            fp.boxplus(fp.Atomic({-1: "1/2", 1: "1/2"}), fp.Atomic({0: P, S: 1 - P})),
            {P: "1/3", S: 3},
        ),
    ],
)
def test_velocities_are_difference_quotients(law: fp.Law, at: dict[sp.Symbol, str]) -> None:
    edges = law.edges(dps=25, at=at)
    exact = law.edges(at=at)
    step = sp.Rational(1, 10**8)
    for parameter in at:
        sides = [
            law.subs({**at, parameter: sp.Rational(at[parameter]) + sign * step}).edges(dps=40)
            for sign in (-1, 1)
        ]
        for edge, ideal, low, high in zip(edges, exact, *sides, strict=True):
            speed = float((high.location - low.location) * 10**8 / 2)
            assert float(edge.velocity(parameter)) == pytest.approx(speed, rel=1e-6, abs=1e-9)
            assert float(ideal.velocity(parameter)) == pytest.approx(speed, rel=1e-6, abs=1e-9)
            assert abs(sp.N(ideal.velocity(parameter), 25) - edge.velocity(parameter)) < 1e-23


def test_where_cuts_merge_there_is_no_velocity() -> None:
    law = TWO_ATOMS.subs({P: sp.Rational(1, 2)})
    edges = law.edges(at={S: 1})
    assert edges[-1].velocity(S) == sp.sqrt(3) / 2
    with pytest.raises(fp.errors.CertificationError):
        edges[1].velocity(S)
