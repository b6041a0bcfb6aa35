"""Every law and every operation keeps the contract of :func:`freeprob.testing.check_law`."""

from __future__ import annotations

import inspect

import pytest
import sympy as sp

import freeprob as fp
from freeprob.laws.base import Law
from freeprob.testing import check_law

a, b, c, t = sp.symbols("a b c t", positive=True)
G, w, x, z = sp.symbols("G w x z")
half, third = sp.Rational(1, 2), sp.Rational(1, 3)
signs = {-1: half, 1: half}

three = fp.Atomic({1: half, 3: third, 10: sp.Rational(1, 6)})
even = fp.symmetrize(fp.MarchenkoPastur(half))

# a law with free symbols is checked with the symbols, and with these values of them
CASES: list[tuple[Law, dict[sp.Symbol, object]]] = [
    (fp.AlgebraicLaw(G**2 - z * G + 1, G, z), {}),
    (fp.Arcsine(-1, 3), {}),
    (fp.Atomic({0: third, 1: sp.Rational(2, 3)}), {}),
    (fp.Empirical([0.25, 1, 1, 3.5]), {}),
    (fp.sample_covariance([k / 10 for k in range(1, 16)], half), {}),
    (fp.Cauchy(1, 2), {}),
    (fp.CompoundFreePoisson(t, three), {t: 2}),
    (fp.DensityLaw(3 * (1 - x**2) / 4, x, -1, 1), {}),
    (fp.FreeMeixner(a, b), {a: half, b: third}),
    (fp.FreePoisson(t, a), {t: third, a: 2}),
    (fp.FussCatalan(3), {}),
    (fp.KestenMcKay(3), {}),
    (fp.MarchenkoPastur(c, t), {c: 2, t: 3}),
    (fp.PointMass(a), {a: 3}),
    (fp.Raney(3, 2), {}),
    (fp.Semicircle(t, a), {t: 2, a: third}),
    (fp.TransformLaw("R", 2 * w / (1 - w**2), w), {}),
    (fp.Uniform(0, 2), {}),
    (fp.Wachter(a, b), {a: 3, b: 2}),
    (fp.boolean_sum(fp.Atomic(signs), fp.Semicircle(t)), {t: half}),
    (fp.boolean_sum(fp.Atomic(signs), fp.Atomic({0: half, 1: half})), {}),
    (fp.boolean_sum(fp.MarchenkoPastur(2), fp.Semicircle(t)), {t: half}),
    (fp.boxplus(fp.MarchenkoPastur(c), fp.Semicircle(t)), {c: half, t: third}),
    (fp.boxplus(fp.Atomic(signs), fp.Atomic(signs)), {}),
    (fp.boxplus(fp.Uniform(0, 2), fp.Semicircle(1)), {}),
    (fp.boxplus(fp.LawSymbol("H"), fp.Semicircle(t)), {fp.LawSymbol("H"): three, t: half}),
    (fp.boxplus_power(fp.Atomic(signs), t), {t: sp.Rational(5, 2)}),
    (fp.boxtimes(fp.MarchenkoPastur(a), fp.MarchenkoPastur(b)), {a: half, b: 2}),
    (fp.boxtimes_power(fp.MarchenkoPastur(half), sp.Rational(3, 2)), {}),
    (fp.compress(fp.Atomic({0: half, 1: half}), t), {t: third}),
    (fp.information_plus_noise(three, half, t), {t: half}),
    (fp.MarchenkoPastur(half).inverse(), {}),
    (fp.mixture({fp.Semicircle(1): t, fp.MarchenkoPastur(2).shift(4): 1 - t}), {t: third}),
    (fp.mobius(fp.MarchenkoPastur(half), 1, 2, 1, 3), {}),
    (fp.monotone(fp.Atomic(signs), fp.Semicircle(t)), {t: half}),
    (fp.monotone(fp.Semicircle(1), fp.MarchenkoPastur(c)), {c: 2}),
    (fp.rectangular_boxplus(even, even, half), {}),
    (fp.sample_covariance(three, c), {c: third}),
    (fp.image(x**3 + t * x, {x: fp.Semicircle(1)}), {t: 2}),
    (fp.Semicircle(t).square(), {t: third}),
    (fp.Semicircle(1, a).square(), {a: third}),
    (fp.MarchenkoPastur(c).companion(c), {c: 2}),
    (fp.subtract(fp.FreePoisson(3, 2), fp.FreePoisson(1, 2)), {}),
    (fp.symmetrize(fp.MarchenkoPastur(c)), {c: half}),
    (fp.Wachter(3, 2).dilate(-2).shift(1), {}),
]


@pytest.mark.parametrize(("law", "values"), CASES, ids=lambda value: str(value))
def test_a_law_keeps_the_contract(law: Law, values: dict[sp.Symbol, object]) -> None:
    check_law(law, values)


def test_no_law_is_left_out() -> None:
    for name in fp._HOMES:
        getattr(fp, name)
    known, left = set(), [Law]
    while left:
        below = left.pop().__subclasses__()
        known |= {each for each in below if not inspect.isabstract(each)}
        left += below
    known = {
        each
        for each in known
        if each.__module__.startswith("freeprob.laws.")
        and not any(
            getattr(member, "__isabstractmethod__", False) for member in vars(each).values()
        )
    }
    covered = {type(node) for law, _ in CASES for node in sp.preorder_traversal(law)}
    assert not {each.__name__ for each in known - covered}
