"""Numbers of any size: far points, denormals, points next to edges, exact places in float64."""

from __future__ import annotations

from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy as sp

import freeprob as fp
from freeprob.errors import FreeprobError, InvalidParameterError
from freeprob.laws.base import Law

SC, MP = fp.Semicircle, fp.MarchenkoPastur
SIGN = fp.Atomic({-1: "1/2", 1: "1/2"})
LAWS: list[Law] = [
    SC(1),
    MP("1/2"),
    fp.Uniform(0, 1),
    fp.Cauchy(0, 1),
    fp.FussCatalan(4),
    fp.boxplus(MP("1/2"), SC(1)),
    fp.boxplus(fp.Uniform(0, 1), SC(1)),
    fp.boxtimes(MP(1), MP(2)),
    fp.boxtimes_power(fp.Atomic({1: "1/2", 3: "1/2"}), 6),
    fp.mixture({SC(1): "1/2", SIGN: "1/2"}),
    fp.boolean_sum(MP(1), SIGN),
]
# products in products: z cancels more than once, and of rounding nothing is left far out
NESTED: list[Law] = [
    fp.boxtimes(fp.Uniform(3, 4), fp.Atomic([1, 2])),
    fp.boxtimes(
        fp.mixture({fp.Uniform(1, 3): "2/7", MP(1): "5/7"}),
        fp.monotone(fp.Arcsine(5, 6), fp.Arcsine(1, 4)),
    ),
]


@pytest.mark.parametrize("law", [*LAWS, *NESTED], ids=str)
@pytest.mark.parametrize("size", [1e20, 1e40, 1e100, 1e160, 1e300])
def test_the_transform_far_out_is_1_over_z(law: Law, size: float) -> None:
    for direction in (1, -1, 1j, -1j, 0.6 + 0.8j, -0.6 - 0.8j):
        z = complex(size * direction)
        found = law.cauchy(z)
        assert abs(found * z - 1) < 1e-13
    z = np.array([size, 1j * size, 2.0 + 1j])
    np.testing.assert_allclose(law.cauchy(z), [law.cauchy(w) for w in z], rtol=1e-12)
    assert abs(complex(law.cauchy(size, dps=20)) * size - 1) < 1e-15


@pytest.mark.parametrize("law", NESTED, ids=str)
def test_points_between_floats_and_balls(law: Law) -> None:
    mean, second = law.moments(2)
    for z in (1e9 + 1e9j, 1e12j, 1e12, 1e16 + 1j):
        # zG - 1 is known to its own digits where it is added up over balls
        found = law.cauchy(z, dps=40)
        with mpmath.workdps(60):
            assert abs(z * (z * found - 1) - mpmath.mpf(mean)) < 1.1 * float(second) / abs(z)
        assert abs(law.cauchy(z) / complex(found) - 1) < 1e-15


@pytest.mark.parametrize("law", LAWS, ids=str)
def test_points_beyond_float64(law: Law) -> None:
    huge = 10**400
    with mpmath.workdps(25):
        assert abs(law.cauchy(huge, dps=20) * huge - 1) < mpmath.mpf(10) ** -19
        assert abs(law.cauchy(sp.I * huge, dps=20) * huge + 1j) < mpmath.mpf(10) ** -19
    assert law.cauchy(huge) == 0
    assert law.density(huge) == law.density(-huge) == 0
    assert law.density([huge, 0.3]).tolist() == pytest.approx([0, law.density(0.3)], rel=1e-13)
    assert (law.cdf(huge), law.cdf(-huge)) == (1, 0)
    with mpmath.workdps(25):
        # the tail of Cauchy's law is 1/(πx²), others have none
        wanted = 1 / (mpmath.pi * mpmath.mpf(huge) ** 2) if law == fp.Cauchy(0, 1) else 0
        assert abs(law.density(huge, dps=20) - wanted) <= wanted * mpmath.mpf(10) ** -19


@pytest.mark.parametrize("tiny", [5e-324, 1e-300, 1e-160, 1e-40])
def test_denormals_next_to_a_hard_edge(tiny: float) -> None:
    with mpmath.workdps(30):
        exact = mpmath.sqrt(1 / mpmath.mpf(tiny) - mpmath.mpf(1) / 4)
        assert MP(1).density(tiny) == pytest.approx(float(exact / mpmath.pi), rel=1e-13)
        assert MP(1).cdf(tiny) == pytest.approx(
            float(2 * mpmath.sqrt(mpmath.mpf(tiny)) / mpmath.pi), rel=1e-12
        )
        # G = 1/2 - √(1/4 - 1/z)
        root = mpmath.sqrt(mpmath.mpf(1) / 4 - 1 / mpmath.mpc(0, tiny))
        root = root if root.imag > 0 else -root
        assert MP(1).cauchy(1j * tiny) == pytest.approx(complex(0.5 - root), rel=1e-13)


EDGES = [
    (MP("1/2"), (1 - sp.sqrt(sp.Rational(1, 2))) ** 2, 1),
    (MP("1/2"), (1 + sp.sqrt(sp.Rational(1, 2))) ** 2, -1),
    (MP("1/4"), sp.Rational(1, 4), 1),
    (SC(2), 2 * sp.sqrt(2), -1),
]


def closed_form(law: Law, place: sp.Expr, side: int, k: int) -> mpmath.mpf:
    """The density 10^-k inside an edge, from the two edges."""
    low, high = sorted(law.support()[0])
    with mpmath.workdps(40):
        gap = mpmath.mpf(10) ** -k
        width = (high - low).evalf(40)._to_mpmath(140) - gap
        if isinstance(law, SC):
            return mpmath.sqrt(gap * width) / (2 * mpmath.pi * 2)
        x = place.evalf(40)._to_mpmath(140) + side * gap
        return mpmath.sqrt(gap * width) / (2 * mpmath.pi * law.args[0]._to_mpmath(140) * x)


@pytest.mark.parametrize("k", [20, 100, 300, 310])
@pytest.mark.parametrize(("law", "place", "side"), EDGES, ids=str)
def test_points_next_to_an_edge(law: Law, place: sp.Expr, side: int, k: int) -> None:
    x = place + side * sp.Rational(1, 10**k)
    wanted = closed_form(law, place, side, k)
    with mpmath.workdps(30):
        assert abs(law.density(x, dps=20) / wanted - 1) < mpmath.mpf(10) ** -18
    # an exact number is read exactly in float64 too
    assert law.density(x) == pytest.approx(float(wanted), rel=1e-14)
    assert law.density(place - side * sp.Rational(1, 10**k)) == 0


@pytest.mark.parametrize(("law", "place", "side"), EDGES, ids=str)
def test_the_density_is_0_exactly_at_exact_edges(law: Law, place: sp.Expr, side: int) -> None:
    assert law.density(place) == 0
    assert law.density([place, 1.0]).tolist() == pytest.approx([0, law.density(1.0)], rel=1e-13)
    assert law.density(place, dps=15) == 0


def test_exact_numbers_of_all_kinds_are_read_exactly() -> None:
    # the lower edge is at 1/9
    law = MP("4/9")
    for edge in ("1/9", sp.Rational(1, 9), Fraction(1, 9)):
        assert law.density(edge) == 0
        assert law.density([edge]).tolist() == [0]
    assert law.density(1 / 9) == pytest.approx(0, abs=1e-7)
    values = [law.density(two) for two in (2.0, 2, "2", sp.Integer(2))]
    assert values == pytest.approx([values[0]] * 4, rel=1e-13)


@pytest.mark.parametrize(
    ("law", "place"),
    [
        (fp.Uniform(0, 1), 0),
        (fp.Uniform(0, 1), 1),
        (fp.Uniform(-1, 1), "-1"),
        (fp.Arcsine(-1, 1), 1),
        (MP(1), 0),
        (MP(2), 0),
        (SIGN, 1),
    ],
    ids=str,
)
def test_the_transform_is_infinite_at_hard_edges_logarithms_and_atoms(
    law: Law, place: object
) -> None:
    with pytest.raises(InvalidParameterError, match="infinite"):
        law.cauchy(place)
    with pytest.raises(InvalidParameterError, match="infinite"):
        law.cauchy(place, dps=20)


def test_parameters_beyond_float64_are_answered_or_refused() -> None:
    for law in (MP(10**400), SC(1, 10**400), SC(sp.Rational(1, 10**400))):
        try:
            assert law.density(1) == 0
        except FreeprobError:
            continue


def test_density_at_an_atom_without_density_around() -> None:
    assert fp.PointMass(2).density(2) == 0
    assert SIGN.density([-1, 0, 1]).tolist() == [0, 0, 0]


def test_cuts_narrower_than_float64_resolves() -> None:
    law = SC(1, 10**12)
    assert law.cdf(1e12) == pytest.approx(0.5, abs=1e-15)
    assert law.cdf([1e12 + 1, np.inf, -np.inf]).tolist() == [SC(1).cdf(1.0), 1, 0]
    assert law.cdf(0.0) == 0
    x = np.linspace(1e12 - 2, 1e12 + 2, 1601)
    np.testing.assert_allclose(law.density(x), SC(1).density(x - 1e12), atol=1e-12)
    assert law.quantile([0, 0.5, 1]).tolist() == [1e12 - 2, 1e12, 1e12 + 2]
