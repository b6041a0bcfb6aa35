"""Parameters in any kind of number: floats, decimals, text and long rationals enter every law."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction as Q

import mpmath
import numpy as np
import pytest
import sympy as sp

import freeprob as fp
from freeprob.cli import main

G, z, w, x = sp.symbols("G z w x")


def forty_digits() -> object:
    private = mpmath.MPContext()
    private.dps = 40
    return private.mpf(1) / 3


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (1 / 3, "3333333333333333/10000000000000000"),
        (np.float64(0.1), "1/10"),
        (np.float32(0.1), "1/10"),
        (np.float16(0.1), "1/10"),
        (np.int64(3), "3"),
        (np.uint8(3), "3"),
        (Q(1, 3), "1/3"),
        (Decimal("0.1234567890123456789012345"), "0.1234567890123456789012345"),
        ("0.3333333333333333", "3333333333333333/10000000000000000"),
        ("1e-40", "1/" + "1" + "0" * 40),
        (
            sp.Float("0.1234567890123456789012345678901234567891", 40),
            "0." + "1234567890" * 3 + "1234567891",
        ),
        (forty_digits(), "3" * 40 + "/1" + "0" * 40),
        (mpmath.MPContext().mpf("0.1"), "1/10"),
    ],
)
def test_a_number_is_read_as_it_prints(value: object, read: str) -> None:
    assert fp.MarchenkoPastur(value).args[0] == sp.Rational(read)


def two(e: Q) -> fp.Law:
    return fp.Atomic({Q(1, 3) + e: Q(1, 3) - e, Q(5, 3) - e: Q(2, 3) + e})


def mp(e: Q) -> fp.Law:
    return fp.MarchenkoPastur(Q(1, 3) + e)


def sc(e: Q) -> fp.Law:
    return fp.Semicircle(Q(1, 7) + e)


LAWS = {
    "semicircle": lambda e: fp.Semicircle(Q(1, 3) + e, Q(1, 5) - e),
    "ratio above 1": lambda e: fp.MarchenkoPastur(Q(7, 3) + e, Q(5, 4) + e),
    "free Poisson": lambda e: fp.FreePoisson(Q(2, 3) + e, Q(3, 7) + e),
    "arcsine": lambda e: fp.Arcsine(Q(1, 3) + e, Q(5, 3) - e),
    "Cauchy": lambda e: fp.Cauchy(Q(1, 3) + e, Q(5, 3) - e),
    "uniform": lambda e: fp.Uniform(Q(1, 3) + e, Q(5, 3) - e),
    "Meixner": lambda e: fp.FreeMeixner(Q(1, 3) + e, Q(2, 3) - e),
    "Kesten-McKay": lambda e: fp.KestenMcKay(Q(10, 3) + e),
    "Wachter": lambda e: fp.Wachter(Q(7, 3) + e, Q(8, 3) - e),
    "compound": lambda e: fp.CompoundFreePoisson(Q(1, 3) + e, two(e)),
    "equation": lambda e: fp.AlgebraicLaw((Q(1, 3) + e) * G**2 - (z - e) * G + 1, G, z),
    "transform": lambda e: fp.TransformLaw("R", (Q(1, 3) + e) * w + (Q(1, 7) + e) * w / (1 - w), w),
    "density": lambda e: fp.DensityLaw((1 + (1 + e) * x) / (1 + (1 + e) / 2), x, 0, 1),
    "free sum": lambda e: fp.boxplus(mp(e), sc(e)),
    "sum of atoms": lambda e: fp.boxplus(two(e), fp.Atomic({Q(1, 7) + e: Q(1, 2), 2 - e: Q(1, 2)})),
    "with a uniform": lambda e: fp.boxplus(fp.Uniform(e, 1), sc(e)),
    "free power": lambda e: fp.boxplus_power(two(e), Q(7, 3) + e),
    "free product": lambda e: fp.boxtimes(mp(e), mp(2 * e)),
    "covariance": lambda e: fp.sample_covariance(two(e), Q(1, 3) + e),
    "Boolean sum": lambda e: fp.boolean_sum(mp(e), sc(e)),
    "monotone sum": lambda e: fp.monotone(mp(e), sc(e)),
    "compression": lambda e: fp.compress(mp(e), Q(2, 3) + e),
    "with noise": lambda e: fp.information_plus_noise(two(e), Q(2, 3) + e, Q(3, 7) + e),
    "mixture": lambda e: fp.mixture({mp(e): Q(1, 3) + e, sc(e): Q(2, 3) - e}),
    "Moebius map": lambda e: fp.mobius(mp(e), Q(1, 3) + e, 1, Q(1, 2) + e, 2),
    "rectangular": lambda e: fp.rectangular_boxplus(fp.symmetrize(mp(e)), sc(e), Q(2, 3) + e),
    "difference": lambda e: fp.subtract(fp.boxplus(mp(e), sc(e)), sc(e)),
    "symmetrized": lambda e: fp.symmetrize(mp(e)),
    "square": lambda e: mp(e).shift(-1 - e).square(),
    "inverse": lambda e: mp(e).inverse(),
    "affine": lambda e: mp(e).dilate(-Q(2, 3) + e).shift(Q(1, 9) - e),
    "of depth 3": lambda e: fp.compress(
        fp.boxplus(fp.sample_covariance(mp(e), "1/2"), sc(e)), "2/3"
    ),
}
SIXTEEN, FORTY = Q(1, 10**15 + 37), Q(10**23 + 9, 10**40 + 7)


@pytest.mark.parametrize("name", LAWS)
def test_long_rationals_answer_as_the_simple_one_nearby(name: str) -> None:
    near = LAWS[name](Q(0))
    for e in (SIXTEEN, FORTY):
        law = LAWS[name](e)
        assert law.cauchy(0.3 + 0.7j) == pytest.approx(near.cauchy(0.3 + 0.7j), rel=1e-12)
        assert law.density(0.61) == pytest.approx(near.density(0.61), rel=1e-9, abs=1e-12)
        ends = [float(end) for cut in law.support(dps=15) for end in cut]
        simple = [float(end) for cut in near.support(dps=15) for end in cut]
        assert ends == pytest.approx(simple, abs=1e-7)


def test_the_command_reads_sixteen_digits(capsys: pytest.CaptureFixture[str]) -> None:
    ratio = "0.3333333333333333"
    assert (
        main(["derive", f"MarchenkoPastur({ratio}) boxplus Semicircle(1)", "--density", "1"]) == 0
    )
    assert "0.27760720992" in capsys.readouterr().out


@pytest.mark.parametrize("scale", [Q(10) ** power for power in (-40, -12, 10, 12)])
def test_laws_scale(scale: Q) -> None:
    law = fp.boxplus(fp.MarchenkoPastur("1/2", scale), fp.Semicircle(scale**2))
    unit = fp.boxplus(fp.MarchenkoPastur("1/2"), fp.Semicircle(1))
    assert law.density(float(scale)) * float(scale) == pytest.approx(unit.density(1), rel=1e-10)
    ends = [float(end) / float(scale) for cut in law.support(dps=12) for end in cut]
    assert ends == pytest.approx([float(e) for cut in unit.support(dps=12) for e in cut])
