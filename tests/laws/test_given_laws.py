"""Laws that a user gives by an equation or a closed form."""

from __future__ import annotations

import warnings

import mpmath as mp
import pytest
import sympy as sp

import freeprob as fp
from freeprob.errors import ConvergenceError, FreeprobError, NotALawError
from freeprob.laws.base import Law
from tests.laws.catalogue import HALF, MP, SC, THIRD, VALUES, G, c, t, w, z

POINT = fp.PointMass

WITH_ATOMS: list[Law] = [
    fp.mixture({SC(1): HALF, POINT(0): HALF}),
    fp.mixture({SC(1): THIRD, POINT(0): THIRD, POINT(1): THIRD}),
    fp.mixture({SC(1): sp.Rational(99, 100), POINT(0): sp.Rational(1, 100)}),
    fp.mixture({SC(1): HALF, POINT(3): HALF}),
    fp.mixture({MP(HALF): "1/4", POINT(5): "3/4"}),
    fp.mixture({MP(3): HALF, POINT(0): HALF}),
    fp.mixture({MP(1): HALF, POINT(0): HALF}),
    fp.mixture({fp.Arcsine(-1, 1): HALF, POINT(0): HALF}),
    fp.mixture({fp.FussCatalan(2): HALF, POINT(-1): HALF}),
    fp.mixture({SC(1, sp.sqrt(2)): HALF, POINT(THIRD): HALF}),
    fp.Atomic([0, 1, 4]),
    MP(2),
    MP(3).shift(1),
    fp.boxplus(fp.Atomic({0: "2/3", 1: "1/3"}), fp.Atomic({0: "3/4", 1: "1/4"})),
    fp.compress(fp.Atomic({0: "2/3", 1: "1/3"}), "2/3"),
    fp.Wachter(HALF, 2),
    fp.CompoundFreePoisson(HALF, fp.Atomic([1, 2])),
    fp.boolean_sum(SC(1), fp.Atomic([0, 3])),
    fp.monotone(MP(2), SC(1)),
    fp.boxtimes(fp.Atomic([0, 1]), MP(1)),
]


@pytest.mark.parametrize("law", WITH_ATOMS, ids=str)
def test_a_law_comes_back_from_its_equation(law: Law) -> None:
    equation = law.polynomial(G, z)
    given = fp.AlgebraicLaw(equation, G, z)
    assert given.polynomial(G, z) == equation
    assert given.atoms() == law.atoms()
    for point in (0.01 + 0.01j, 1 + 0.01j, 0.3 + 1e-3j, 5 + 1e-4j, -1 + 1e-3j):
        assert given.cauchy(point) == pytest.approx(law.cauchy(point), rel=1e-10)


def test_the_sheets_of_a_common_pole_are_not_exchanged() -> None:
    # G = 1/(2z) ± √(z² - 4)/4 + z/4: next to 0 the sheets differ by 1 where G is infinite
    law = fp.AlgebraicLaw(fp.mixture({SC(1): HALF, POINT(0): HALF}).polynomial(G, z), G, z)
    for k in range(1, 12):
        point = 10.0**-k * (1 + 1j)
        right = 1 / (2 * point) + (point - 1j * (4 - point**2) ** 0.5) / 4
        assert abs(law.cauchy(point) - right) < 1e-10 * abs(right)
        assert abs((law.cauchy(point) - 1 / (2 * point)).imag + HALF) < 1e-3 + abs(point)


CLOSED: list[Law] = [
    SC(t, c),
    MP(c, t),
    MP(2),
    fp.KestenMcKay(3),
    fp.FreeMeixner(c, t),
    fp.FreePoisson(c, t),
    fp.Atomic({-1: HALF, 1: HALF}),
    fp.Atomic({-1: THIRD, 2: 2 * THIRD}),
    fp.boxtimes_power(MP(c, t), HALF),
    fp.symmetrize(MP(c)),
    SC(1, THIRD).square(),
    fp.boolean_sum(fp.Atomic([-1, 1]), MP(c)),
    fp.FussCatalan(sp.Rational(3, 2)),
    fp.Wachter(2, 3),
    MP(HALF).inverse(),
]


KINDS = ["G", "R", "S", "psi", "eta"]


def closed_form(law: Law, kind: str) -> sp.Expr | None:
    """The transform, for those that have a closed form."""
    try:
        return law.explicit(w) if kind == "G" else getattr(law, kind)(w)
    except FreeprobError:
        return None


def test_most_transforms_of_these_laws_are_closed() -> None:
    found = [closed_form(law, kind) for law in CLOSED for kind in KINDS]
    assert sum(form is not None for form in found) >= 3 * len(CLOSED)


@pytest.mark.parametrize("law", CLOSED, ids=str)
@pytest.mark.parametrize("kind", KINDS)
def test_a_law_comes_back_from_its_closed_transforms(law: Law, kind: str) -> None:
    closed = closed_form(law, kind)
    if closed is None:
        return
    given = fp.TransformLaw(kind, closed, w)
    pairs = zip(given.moments(4), law.moments(4), strict=True)
    assert all(sp.simplify(one - other) == 0 for one, other in pairs)
    given, law = given.subs(VALUES), law.subs(VALUES)
    for point in (0.3 + 0.1j, 1 + 0.001j, -0.5 + 0.01j):
        assert given.cauchy(point) == pytest.approx(law.cauchy(point), rel=1e-10)


def test_a_closed_form_with_roots_is_read_like_any_algebraic_law() -> None:
    law = fp.TransformLaw("G", SC(1).explicit(w), w)
    assert law.moments(4) == [0, 1, 0, 2]
    assert law.quantile(0.3) == pytest.approx(SC(1).quantile(0.3), rel=1e-12)
    assert law.equation(G, z) == SC(1).equation(G, z)
    for edge, place in zip(law.edges(dps=15), (-2, 2), strict=True):
        assert edge.location == place
        assert edge.exponent == HALF
        assert abs(edge.constant - 1 / mp.pi) < 1e-14
    bernoulli = fp.Atomic({-1: HALF, 1: HALF})
    law = fp.TransformLaw("R", bernoulli.R(w), w)
    assert law.moments(4) == [0, 1, 0, 1]
    assert law.atoms() == {-1: HALF, 1: HALF}


def test_what_is_not_decided_is_not_called_decided() -> None:
    # the exact G of N(0, 1): exp(-z²/2) times what cancels it overflows far up
    u = sp.Symbol("u")
    gauss = sp.sqrt(sp.pi / 2) * sp.exp(-(u**2) / 2) * (sp.erfi(u / sp.sqrt(2)) - sp.I)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ConvergenceError, match="could not be decided"):
            fp.TransformLaw("G", gauss, u)


def test_critical_points_above_the_axis_refuse_a_law() -> None:
    with pytest.raises(NotALawError, match="singular"):
        fp.TransformLaw("R", w + w**2 / 5, w)
    with pytest.raises(NotALawError, match="singular"):
        fp.subtract(MP(1), SC("1/10000"))


def test_r_of_uniform_laws() -> None:
    assert fp.Uniform(-1, 1).R(w) == sp.coth(w) - 1 / w
    for low, high in ((0, 1), (1, 3), (-2, 5)):
        series = sp.series(fp.Uniform(low, high).R(w), w, 0, 4).removeO()
        cumulants = fp.Uniform(low, high).free_cumulants(4)
        assert [series.coeff(w, k) for k in range(4)] == cumulants
    assert fp.boxplus(fp.Uniform(-1, 1), SC(2)).R(w) == 2 * w + sp.coth(w) - 1 / w


def test_roots_of_many_constants_are_read() -> None:
    mean = sp.Rational(7, 6)
    (moment,) = fp.boxtimes_power(fp.Arcsine(1, "4/3"), "11/10").moments(1)
    assert sp.simplify(moment - mean ** sp.Rational(11, 10)) == 0
    assert float(moment) == pytest.approx(1.18479024183607787, rel=1e-15)


def test_values_tried_inside_are_not_spoken_of() -> None:
    """An inverse exists for c < 1: other trial values are passed over."""
    law = MP(c).inverse()
    ((low, high),) = law.support()
    at = {c: sp.Rational(1, 4)}
    assert (low.subs(at), high.subs(at)) == (sp.Rational(4, 9), 4)
    assert law.atoms() == {}


def test_the_limit_of_many_coins_keeps_an_atom() -> None:
    # many coins of mass 1 - 1/(4L): G has a pole where y = zG - 1 is infinite
    law = fp.TransformLaw("S", sp.exp(-w / (4 * (1 + w))), w)
    assert law.atoms() == {sp.exp(sp.Rational(1, 4)): sp.Rational(3, 4)}
    place = float(sp.exp(sp.Rational(1, 4)))
    assert 1e-7j * law.cauchy(place + 1e-7j) == pytest.approx(0.75, abs=1e-4)
