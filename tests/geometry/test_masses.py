"""Masses of cuts: gap labels against integrals of G."""

from __future__ import annotations

import mpmath
import pytest
import sympy as sp
from flint import fmpq

import freeprob as fp
from freeprob.geometry.signs.mass_integral import left_ball, mass_left

T5 = fp.boxplus(
    fp.Atomic({-1: "1/2", 0: "1/3", 2: "1/6"}), fp.Atomic({0: "1/3", 1: "1/3", 3: "1/3"})
)
SIGNS = fp.Atomic({-1: "1/2", 1: "1/2"})


def rationals(text: str) -> list[sp.Rational]:
    return [sp.Rational(word) for word in text.split()]


@pytest.mark.parametrize(
    ("law", "masses"),
    [
        (T5, "2/3 1/6 1/6"),
        (fp.boxplus(fp.MarchenkoPastur(4), fp.Semicircle("1/20")), "3/4 1/4"),
        (fp.MarchenkoPastur(4), "1/4"),
        (fp.sample_covariance(fp.Atomic({1: "1/3", 3: "1/3", 10: "1/3"}), "1/10"), "1/3 1/3 1/3"),
        (fp.boxplus_power(fp.Atomic({0: "1/2", 1: "1/4", 6: "1/4"}), "11/10"), "1/10 1/10"),
        (fp.boxplus(fp.Atomic({0: "1/3", 1: "2/3"}), fp.Atomic({0: "1/4", 1: "3/4"})), "1/4 1/4"),
    ],
    ids=str,
)
def test_exact_masses(law: fp.Law, masses: str) -> None:
    assert law.cut_masses() == rationals(masses)
    assert sum(law.cut_masses()) + sum(law.atoms().values()) == 1


def test_the_integral_sees_the_same_mass_in_a_gap_of_width_7e_minus_5() -> None:
    law = fp.boxplus(SIGNS, fp.Semicircle(sp.Rational(999, 1000) ** 2))
    assert law.cut_masses() == [sp.Rational(1, 2)] * 2
    assert abs(mass_left(law.system, 1e-6, 1e-5) - 0.5) < 1e-12


def test_a_mass_without_label_has_digits() -> None:
    law = fp.monotone(fp.Semicircle(1), SIGNS)
    with pytest.raises(fp.errors.NoClosedFormError, match="digits"):
        law.cut_masses()
    left, right = law.cut_masses(dps=12)
    assert abs(left - mpmath.mpf(1) / 2) < 1e-12
    assert abs(left + right - 1) < 1e-12


@pytest.mark.parametrize("overstated", [1, 10, 100, 300, 1000, 3000])
def test_the_integral_does_not_rest_on_the_width_that_it_is_told(overstated: int) -> None:
    """The first nodes are chosen by it; how far they agree with twice as many decides."""
    law = fp.boxplus(fp.MarchenkoPastur(4), fp.Semicircle("1/20"))
    x, width = fmpq(3, 5), 0.1 * overstated
    assert abs(mass_left(law.system, 0.6, width) - 0.75) < 1e-13
    ball = left_ball(law.system, x, width, 100)
    assert ball.contains(fmpq(3, 4))
    assert ball.rel_accuracy_bits() > 88
