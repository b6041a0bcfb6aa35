"""What leaves in mpmath's numbers: digits that are shown, kept and sent."""

from __future__ import annotations

import copy
import pickle
from fractions import Fraction

import mpmath
import pytest
import sympy as sp
from flint import acb, arb, ctx

import freeprob as fp
from freeprob.errors import CertificationError, ConvergenceError, InvalidParameterError
from freeprob.numeric import precision

SC, MP = fp.Semicircle, fp.MarchenkoPastur
DIGITS = [1, 2, 15, 16, 20, 30, 77]


def ball(expression: sp.Expr) -> arb:
    with ctx.workprec(600):
        return arb(str(sp.N(expression, 170)))


EXACT = [
    1 / sp.pi,
    sp.sqrt(2) * sp.Integer(10) ** 30,
    -sp.E / sp.Integer(10) ** 300,
    sp.Rational(1, 3),
    sp.log(3) * sp.Integer(2) ** -1100,
    1 - sp.Rational(1, 10**40),
]


@pytest.mark.parametrize("dps", DIGITS)
@pytest.mark.parametrize("exact", EXACT)
def test_a_number_shows_exactly_its_digits(exact: sp.Expr, dps: int) -> None:
    number = precision.to_mpf(ball(exact), dps)
    unit = Fraction(10) ** (_exponent(exact) - dps + 1)
    shown = Fraction(str(number))
    true = Fraction(str(sp.N(exact, 160)))
    assert abs(shown - true) <= unit / 2 * (1 + Fraction(1, 10**60))
    assert (shown / unit).denominator == 1
    assert repr(number) == f"mpf('{number}')"


def _exponent(exact: sp.Expr) -> int:
    return int(sp.floor(sp.log(abs(sp.N(exact, 160)), 10)))


@pytest.mark.parametrize(
    ("value", "dps", "text"),
    [
        ("0.125", 2, "0.12"),
        ("0.375", 2, "0.38"),
        ("9.9999", 2, "10.0"),
        ("-9.9999", 5, "-9.9999"),
        ("1e-300", 8, "1.0e-300"),
        ("0", 8, "0.0"),
    ],
)
def test_borders_of_rounding(value: str, dps: int, text: str) -> None:
    with ctx.workprec(400):
        assert str(precision.to_mpf(arb(value), dps)) == text


@pytest.mark.parametrize("exponent", [10**5, -(10**6), -(10**12), 3 * 10**30])
def test_exponents_whose_powers_of_ten_fill_no_memory(exponent: int) -> None:
    with ctx.workprec(400):
        number = precision.to_mpf(arb(exponent).exp(), 20)
    with mpmath.workdps(80):
        logarithm = exponent / mpmath.log(10)
        order = mpmath.floor(logarithm)
        mantissa, _, ten = str(number).partition("e")
        assert (int(ten), mantissa) == (int(order), mpmath.nstr(10 ** (logarithm - order), 20))


def test_powers_of_ten_and_their_neighbours_round_like_integers() -> None:
    power = 1 << 16
    for mantissa in (1, 3, 10**30 - 1):
        for binary in (power, -power):
            wanted, ten = precision.decimal(mantissa, binary, 12)
            value = Fraction(mantissa) * Fraction(2) ** binary / Fraction(10) ** ten
            assert abs(value - wanted) < Fraction(1, 2)
            assert 10**11 <= wanted < 10**12


def test_infinities_pass_and_no_number_is_refused() -> None:
    assert precision.to_mpf(arb.pos_inf(), 9) == mpmath.inf
    assert str(precision.to_mpf(arb.neg_inf(), 9)) == "-inf"
    with pytest.raises(ConvergenceError):
        precision.to_mpf(arb.nan(), 9)


def test_arithmetic_follows_the_precision_that_the_user_has_set() -> None:
    number = precision.to_mpf(ball(1 / sp.pi), 40)
    with mpmath.workdps(15):
        assert type(number + 0) is mpmath.mpf
        assert str(number + 0) == "0.318309886183791"
        assert number.sqrt() == mpmath.sqrt(1 / mpmath.pi)
        assert number.ae(1 / mpmath.pi)
    with mpmath.workdps(38):
        assert abs(number * mpmath.pi - 1) < mpmath.mpf(10) ** -37
        assert abs(mpmath.cos(number) - mpmath.cos(1 / mpmath.pi)) < mpmath.mpf(10) ** -37


def test_complex_arithmetic_follows_it_too() -> None:
    number = precision.to_mpc(acb(ball(1 / sp.pi), ball(-sp.sqrt(2))), 40)
    with mpmath.workdps(38):
        exact = mpmath.mpc(1 / mpmath.pi, -mpmath.sqrt(2))
        operations = [
            (number + number, 2 * exact),
            (mpmath.mpf(2) * number, 2 * exact),
            (number / number.real, exact / exact.real),
            (number.conjugate(), exact.conjugate()),
            (-number, -exact),
            (number**2, exact**2),
            (mpmath.exp(number), mpmath.exp(exact)),
            (abs(number), abs(exact)),
            (abs(mpmath.mpf(2) * number), 2 * abs(exact)),
        ]
        for found, wanted in operations:
            assert abs(found - wanted) < mpmath.mpf(10) ** -36
    with mpmath.workdps(15):
        assert str(mpmath.mpf(1) * number) == "(0.318309886183791 - 1.4142135623731j)"
    assert str(number.imag) == "-1.41421356237309504880168872420969807857"


@pytest.mark.parametrize(
    "travel", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))]
)
def test_numbers_travel(travel: object) -> None:
    real, point = SC(1).density(0, dps=30), SC(1).cauchy(1, dps=30)
    for number in (real, point, SC(1).support(dps=30)[0][0], fp.Cauchy().support(dps=9)[0][1]):
        arrived = travel(number)
        assert arrived == number
        assert repr(arrived) == repr(number)
        assert type(arrived) is type(number)


def test_sympy_reads_all_digits() -> None:
    number = SC(1).density(0, dps=30)
    assert str(sp.sympify(number)) == "0.318309886183790671537767526745"
    assert abs(sp.Float(number) - sp.N(1 / sp.pi, 40)) < 1e-29


def test_global_precision_is_left_alone() -> None:
    before = mpmath.mp.prec
    MP("1/2").cdf(1, dps=40)
    assert mpmath.mp.prec == before


@pytest.mark.parametrize("dps", [5, 20, 45])
def test_every_reading_of_a_law_gives_such_numbers(dps: int) -> None:
    law = fp.boxplus(MP("1/2"), fp.Atomic({-1: "1/2", 1: "1/2"}))
    edge = law.edges(dps=dps)[0]
    reals = [
        law.density(1, dps=dps),
        law.density([1, 2], dps=dps)[1],
        law.cdf(1, dps=dps),
        law.quantile("1/3", dps=dps),
        law.support(dps=dps)[0][0],
        edge.location,
        edge.constant,
        law.cauchy(1, dps=dps).real,
    ]
    for number in reals:
        assert isinstance(number, mpmath.mpf)
        assert number.dps == dps
        assert len(str(number).strip("-0.").replace(".", "")) <= dps
    point = law.cauchy(1, dps=dps)
    assert isinstance(point, mpmath.mpc)
    longer = law.cauchy(1, dps=dps + 10)
    with mpmath.workdps(dps + 10):
        assert abs(point - longer) <= abs(longer) * mpmath.mpf(10) ** (1 - dps)


def test_the_density_of_the_semicircle_at_0() -> None:
    # D5: 23 digits were shown, the last three wrong
    assert repr(SC(1).density(0, dps=20)) == "mpf('0.31830988618379067154')"


def test_balls_about_a_border_of_rounding_are_asked_for_more_bits() -> None:
    # 1/8 + 1e-20 is above the tie at two digits, which a ball of few bits does not tell
    def enclosed(bits: int) -> arb:
        with ctx.workprec(300):
            return arb("0.125") + arb(10) ** -20 + arb(0, arb(2) ** -bits)

    assert not precision.agrees(enclosed(60), 2)
    assert str(precision.rounded(enclosed, 2)) == "0.13"


def test_what_does_not_shrink_is_refused() -> None:
    with pytest.raises(CertificationError, match="secured"):
        precision.rounded(lambda bits: arb(1, 0.1), 10)
    with pytest.raises(InvalidParameterError, match="digits"):
        precision.context(0)


def test_signs_and_mirror_images_lose_nothing() -> None:
    point = precision.to_mpc(acb(ball(-1 / sp.pi), ball(sp.sqrt(2))), 30)
    assert str(-point.real) == str(abs(point.real)) == "0.318309886183790671537767526745"
    opposite = -point
    assert str(-opposite) == str(point)
    assert point.conjugate().imag == -point.imag
