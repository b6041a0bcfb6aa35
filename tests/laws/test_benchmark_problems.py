"""Graded problems of the field, each to 30 digits and more, from the public names alone.

Where no digits are printed anywhere, two routes that share no equation must agree: edges from the
structured critical equations and from the discriminant of the eliminated polynomial; densities
from the package and from a fixed point and Newton's method on the subordination equations, written
out here in plain mpmath.
"""

from __future__ import annotations

import mpmath
import pytest
import sympy as sp
from flint import ctx, fmpz_mpoly_ctx, fmpz_poly

import freeprob as fp

G, z = sp.symbols("G z")
HALF, THIRD, SIXTH, QUARTER = (sp.Rational(1, n) for n in (2, 3, 6, 4))
SIGNS = fp.Atomic({-1: HALF, 1: HALF})
FIVE_SHEETS = ({-1: HALF, 0: THIRD, 2: SIXTH}, {0: THIRD, 1: THIRD, 3: THIRD})
TEN_SHEETS = (
    {-3: THIRD, -1: THIRD, 0: SIXTH, 2: SIXTH},
    {0: QUARTER, 1: QUARTER, 3: QUARTER, 7: QUARTER},
)
mp = mpmath.MPContext()
mp.dps = 60


def free_sum(parts: tuple[dict, ...]) -> fp.Law:
    return fp.boxplus(*(fp.Atomic(weights) for weights in parts))


def ends(law: fp.Law, dps: int) -> list:
    return [end for cut in law.support(dps=dps) for end in cut]


def discriminant_roots(law: fp.Law) -> list:
    """Real zeros of the discriminant of P(G, z) in G: edges, and crossings of sheets."""
    context = fmpz_mpoly_ctx.get(["G", "z"], "lex")
    terms = law.polynomial(G, z).terms()
    found = context.from_dict({powers: int(value) for powers, value in terms}).discriminant("G")
    coefficients = {int(powers[1]): int(value) for powers, value in found.terms()}
    dense = fmpz_poly([coefficients.get(k, 0) for k in range(max(coefficients) + 1)])
    with ctx.workprec(240):
        return sorted(
            mp.mpf(root.real.mid().str(55, radius=False))
            for root, _ in dense.complex_roots()
            if root.imag == 0
        )


def subordinated(parts: tuple[dict, ...], x: int) -> object:
    """G(x + i0) of a free sum of two atomic laws: a fixed point high up, then Newton downwards."""
    weights = [[(mp.mpf(a), mp.mpf(p.p) / p.q) for a, p in part.items()] for part in parts]

    def F(i: int, w: object) -> tuple:
        """1/G and its derivative."""
        value = mp.fsum(p / (w - a) for a, p in weights[i])
        slope = mp.fsum(p / (w - a) ** 2 for a, p in weights[i])
        return 1 / value, slope / value**2

    def mapped(place: object, w: object) -> tuple:
        """ω ↦ z + H₂(z + H₁(ω)) with H = F - id, and its derivative."""
        first, slope = F(0, w)
        inner = place + first - w
        second, other = F(1, inner)
        return place + second - inner, (other - 1) * (slope - 1)

    heights = [mp.mpf(2) ** -k for k in range(40)] + [mp.zero]
    w = mp.mpc(x, 1)
    for _ in range(400):
        w = mapped(mp.mpc(x, 1), w)[0]
    for height in heights:
        for _ in range(12):
            image, slope = mapped(mp.mpc(x, height), w)
            step = (image - w) / (1 - slope)
            w = w + step
        assert abs(step) < mp.mpf(10) ** -50
        assert w.imag > 0
    return 1 / F(0, w)[0]


def close(value: object, expected: object, digits: int = 30) -> bool:
    """Whether two numbers agree to so many digits."""
    return abs(mp.mpf(value) / mp.mpf(expected) - 1) < mp.mpf(10) ** -digits


@pytest.mark.parametrize(
    ("law", "x", "digits", "expected"),
    [
        (
            fp.boxplus(fp.Semicircle(1), fp.Semicircle(1)),
            0,
            "0.2250790790392765173887997977516851456661",
            1 / (mp.pi * mp.sqrt(2)),
        ),
        (
            fp.MarchenkoPastur(QUARTER),
            1,
            "0.6164044440614998055649690943434775450012",
            2 * mp.sqrt((1 - mp.mpf(1) / 4) * (mp.mpf(9) / 4 - 1)) / mp.pi,
        ),
        (
            fp.boxplus(SIGNS, SIGNS),
            1,
            "0.1837762984739306831704421661043231471325",
            1 / (mp.pi * mp.sqrt(3)),
        ),
        (
            fp.boxplus(SIGNS, SIGNS, SIGNS, SIGNS),
            0,
            "0.1378322238554480123778316245782423603493",
            mp.sqrt(12) / (8 * mp.pi),
        ),
        (
            fp.boxtimes(fp.MarchenkoPastur(1), fp.MarchenkoPastur(1)),
            1,
            "0.1789791274880284629570654660008486475412",
            None,
        ),
    ],
    ids=["1", "2", "3", "4", "5"],
)
def test_densities_to_forty_digits(law: fp.Law, x: int, digits: str, expected: object) -> None:
    """Problems 1 to 5."""
    assert mpmath.nstr(law.density(x, dps=40), 40) == digits
    if expected is not None:
        assert close(law.density(x, dps=50), expected, 49)


def test_four_free_signs_end_where_the_kesten_law_does() -> None:
    """Problem 4."""
    law = fp.boxplus(SIGNS, SIGNS, SIGNS, SIGNS)
    assert law.support() == [(-2 * sp.sqrt(3), 2 * sp.sqrt(3))]
    for x in ("0.3", "-1.7", "3.4"):
        # G = (-z + 2√(z² - 12))/(z² - 16), Kesten 1959 for four neighbours
        point = mp.mpf(x)
        expected = 2 * mp.sqrt(12 - point**2) / (mp.pi * (16 - point**2))
        assert close(law.density(x, dps=40), expected, 38)


def test_two_square_wisharts() -> None:
    """Problem 5: edge, moments, and the density in the angle φ at more points."""
    law = fp.boxtimes(fp.MarchenkoPastur(1), fp.MarchenkoPastur(1))
    assert law.support() == [(0, sp.Rational(27, 4))]
    assert law.moments(8) == [sp.binomial(3 * n, n) / (2 * n + 1) for n in range(1, 9)]
    for angle in ("0.1", "0.5", "0.9"):
        # Haagerup-Möller 2013
        phi = mp.mpf(angle)
        x = mp.sin(3 * phi) ** 3 / (mp.sin(phi) * mp.sin(2 * phi) ** 2)
        expected = mp.sin(phi) ** 2 * mp.sin(2 * phi) / (mp.pi * mp.sin(3 * phi) ** 2)
        assert close(law.density(mp.nstr(x, 55), dps=40), expected, 38)


def test_an_atom_of_a_free_sum() -> None:
    """Problem 7."""
    law = fp.boxplus(fp.Atomic({0: "7/10", 1: "3/10"}), fp.Atomic({0: "6/10", 2: "4/10"}))
    assert law.atoms() == {0: sp.Rational(3, 10), 2: sp.Rational(1, 10)}


def test_a_corner_of_signs_is_arcsine() -> None:
    """Problem 8."""
    law = fp.compress(SIGNS, HALF)
    assert law.polynomial(G, z) == sp.Poly((z**2 - 1) * G**2 - 1, G, z)
    assert law.support() == [(-1, 1)]
    for x in ("0", "0.3", "-0.99"):
        expected = 1 / (mp.pi * mp.sqrt(1 - mp.mpf(x) ** 2))
        assert close(law.density(x, dps=40), expected, 38)


def test_signs_plus_semicircle_at_the_merger() -> None:
    """Problem 9."""
    law = fp.boxplus(SIGNS, fp.Semicircle(1))
    assert law.support() == [(-3 * sp.sqrt(3) / 2, 3 * sp.sqrt(3) / 2)]
    _, left, right, _ = law.edges(dps=40)
    assert left.exponent == right.exponent == THIRD
    assert mpmath.nstr(left.constant, 40) == "0.2756644477108960247556632491564847206987"
    assert close(right.constant, mp.sqrt(3) / (2 * mp.pi), 39)


def test_three_populations() -> None:
    """Problem 13: the six edges, of degree 6, on the discriminant of the eliminated quartic."""
    law = fp.sample_covariance(fp.Atomic(dict.fromkeys((1, 3, 10), THIRD)), sp.Rational(1, 10))
    found, others = ends(law, 45), discriminant_roots(law)
    assert len(found) == 6
    for end in found:
        assert min(abs(mp.mpf(end) / other - 1) for other in others if other) < mp.mpf(10) ** -43
    assert law.cut_masses() == [THIRD, THIRD, THIRD]


def test_five_sheets() -> None:
    """Problem 14: edges, masses, and the density at 1."""
    law = free_sum(FIVE_SHEETS)
    known = [
        "-0.97975747684876731515",
        "2.04733815555588510828",
        "2.08923412773240390974",
        "2.87164477866726112217",
        "3.01809075218518796863",
        "4.65584167944873873805",
    ]
    found, others = ends(law, 45), discriminant_roots(law)
    for end, digits in zip(found, known, strict=True):
        assert close(end, digits, 20)
        assert min(abs(mp.mpf(end) / other - 1) for other in others if other) < mp.mpf(10) ** -43
    assert law.cut_masses() == [2 * THIRD, SIXTH, SIXTH]
    assert mpmath.nstr(law.density(1, dps=37), 37) == "0.1582934887327020162990579691793307236"
    assert close(law.density(1, dps=45), -subordinated(FIVE_SHEETS, 1).imag / mp.pi, 43)


def test_ten_sheets() -> None:
    """Problem 15: edges, masses, and the density at 1, none of them printed."""
    law = free_sum(TEN_SHEETS)
    found, others = ends(law, 45), discriminant_roots(law)
    assert len(found) == 4
    for end in found:
        assert min(abs(mp.mpf(end) / other - 1) for other in others if other) < mp.mpf(10) ** -43
    assert law.cut_masses() == [3 * QUARTER, QUARTER]
    value = subordinated(TEN_SHEETS, 1)
    assert close(law.density(1, dps=45), -value.imag / mp.pi, 43)
    # and the value is a zero of the eliminated polynomial, one of nine left at z = 1
    at_one = law.polynomial(G, z).eval(z, 1)
    assert at_one.degree() == 9
    powers = [(k, mp.mpf(int(c))) for (k,), c in at_one.terms()]
    terms = [c * value**k for k, c in powers]
    assert abs(mp.fsum(terms)) < mp.mpf(10) ** -50 * max(map(abs, terms))
