"""Laws of extreme size are read at their own: all readings scale as the law does."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import sympy as sp

import freeprob as fp
from freeprob.errors import FreeprobError, InvalidParameterError

MP, SC = fp.MarchenkoPastur, fp.Semicircle
I, X = sp.I, sp.Symbol("x")

FAMILIES: dict[str, Callable[[sp.Expr], fp.Law]] = {
    "named": lambda s: MP(1, s),
    "image": lambda s: MP("1/2").dilate(s),
    "moved": lambda s: SC(s**2, 3 * s),
    # next to 10¹² s, which is within floats for all orders
    "far": lambda s: SC(s**2 / 10**24, s),
    "sum": lambda s: fp.boxplus(MP(1, s), MP(2, s)),
    "power": lambda s: fp.boxplus_power(fp.Uniform(0, s), "5/2"),
    "product": lambda s: fp.boxtimes(MP(1, s), MP(2)),
    "product of sizes": lambda s: fp.boxtimes(MP(1, s**3), MP(2, s**-2)),
    "mixture": lambda s: fp.mixture([MP(2, s), SC(s**2)]),
    "difference": lambda s: fp.subtract(fp.boxplus(SC(s**2), MP(2, s)), SC(s**2 / 2)),
    "corner": lambda s: fp.compress(fp.Atomic([0, s]), "1/3"),
    "monotone": lambda s: fp.monotone(SC(s**2), fp.Atomic([-s, s])),
    "boolean": lambda s: fp.boolean_sum(SC(s**2), MP(2, s)),
}
ORDERS = [
    -200,
    154,
    *(pytest.param(order, marks=pytest.mark.slow) for order in (-300, -153, 30, 152, 200, 300)),
]


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("name", FAMILIES)
def test_all_readings_scale(name: str, order: int) -> None:
    family = FAMILIES[name]
    s = sp.Integer(10) ** order
    law, unit = family(s), family(sp.Integer(1))
    middle, deep = (unit.quantile(p, dps=20) for p in (0.4, 1e-4))
    for y in map(sp.Rational, (str(middle), str(deep))):
        for dps in (None, 20):
            near, there = unit.density(y, dps=dps), law.density(y * s, dps=dps)
            assert float(sp.sympify(there) * s) == pytest.approx(float(near), rel=1e-11)
            assert float(law.cdf(y * s, dps=dps)) == pytest.approx(
                float(unit.cdf(y, dps=dps)), rel=1e-10
            )
    for z in (sp.Rational(1, 3) + I / 2, sp.Integer(-7)):
        for dps in (None, 20):
            there = sp.sympify(law.cauchy(z * s, dps=dps)) * s
            assert abs(there / sp.sympify(unit.cauchy(z, dps=dps)) - 1) < 1e-11
    assert law.quantile([0.1, 0.5]) == pytest.approx(
        float(s) * unit.quantile(np.array([0.1, 0.5])), rel=1e-11
    )
    ends, own = (np.array(at.support(dps=30)).ravel() for at in (law, unit))
    assert [float(sp.sympify(end) / s) for end in ends] == pytest.approx(
        [float(end) for end in own], rel=1e-13, abs=1e-13
    )
    for edge, at_unit in zip(law.edges(dps=20), unit.edges(dps=20), strict=True):
        constant = sp.sympify(edge.constant) * s ** (1 + edge.exponent)
        assert edge.exponent == at_unit.exponent
        assert float(constant) == pytest.approx(float(at_unit.constant), rel=1e-12)


def test_atoms_and_masses_scale() -> None:
    for s in (sp.Integer(10) ** 200, sp.Rational(1, 10**200)):
        # X^(⊞t) keeps an atom of mass m > 1 - 1/t, with t m - (t - 1)
        law = fp.boxplus_power(fp.Atomic({0: "2/3", s: "1/3"}), "5/4")
        assert law.atoms() == {0: sp.Rational(7, 12), 5 * s / 4: sp.Rational(1, 6)}
        assert MP(2, s).atoms() == {0: sp.Rational(1, 2)}
        assert fp.boxplus(MP(4, s), SC(s**2 / 20)).cut_masses() == [
            sp.Rational(3, 4),
            sp.Rational(1, 4),
        ]


def test_exact_edges_scale() -> None:
    low, high = MP(1, 10**160).edges()
    assert low.constant == 1 / (10**80 * sp.pi)
    assert (high.location, high.exponent) == (4 * 10**160, sp.Rational(1, 2))
    assert MP(1, 10**160).support() == [(0, 4 * 10**160)]


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda: MP(1, "1e-300").density("1e-600"), InvalidParameterError, "range of floats"),
        (lambda: MP(1, 10**400).quantile(0.5), InvalidParameterError, "range of floats"),
        # parts of such different sizes have no common one
        (lambda: fp.boxplus(MP(1), MP(2, "1e-400")).density(1), FreeprobError, "."),
        (lambda: fp.image(X**3, {X: MP(1, 10**160)}).density(1), FreeprobError, "units"),
    ],
)
def test_what_floats_do_not_hold_is_refused(
    call: Callable[[], object], kind: type[FreeprobError], message: str
) -> None:
    with pytest.raises(kind, match=message):
        call()
