"""Probabilities next to ends of cuts, at distances far below all floats: closed forms at 1,000."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath
import pytest

import freeprob as fp


def semicircle(x: Any) -> Any:
    return mpmath.mpf(1) / 2 + (x * mpmath.sqrt(4 - x**2) / 4 + mpmath.asin(x / 2)) / mpmath.pi


def squared(x: Any) -> Any:
    return 2 * semicircle(mpmath.sqrt(x)) - 1


def arcsine(x: Any) -> Any:
    return 2 * mpmath.asin(mpmath.sqrt(x)) / mpmath.pi


LAWS: dict[str, tuple[fp.Law, float, int, Callable[[Any], Any]]] = {
    "soft": (fp.Semicircle(1), -2, 1, semicircle),
    "soft, upper": (fp.Semicircle(1), 2, -1, semicircle),
    "hard": (fp.MarchenkoPastur(1), 0, 1, squared),
    "hard, upper soft": (fp.MarchenkoPastur(1), 4, -1, squared),
    "hard, upper": (fp.Arcsine(0, 1), 1, -1, arcsine),
    "next to an atom's gap": (
        fp.mixture({fp.Semicircle(1): "3/4", fp.PointMass(-4): "1/4"}),
        -2,
        1,
        lambda x: (1 + 3 * semicircle(x)) / 4,
    ),
    "inner": (
        fp.mixture({fp.Semicircle(1): "1/2", fp.Semicircle(1, 6): "1/2"}),
        4,
        1,
        lambda x: (1 + semicircle(x - 6)) / 2,
    ),
}


@pytest.mark.parametrize("order", [5, 120, pytest.param(300, marks=pytest.mark.slow)])
@pytest.mark.parametrize(("law", "end", "inward", "F"), LAWS.values(), ids=LAWS)
def test_all_digits_show(
    law: fp.Law, end: float, inward: int, F: Callable[[Any], Any], order: int
) -> None:
    with mpmath.workdps(1000):
        x = end + inward * mpmath.mpf(10) ** -order
        expected = F(x)
        for dps in (20, 45):
            found = law.cdf(x, dps=dps)
            assert abs(found / expected - 1) < mpmath.mpf(10) ** (1 - dps)
        if F(mpmath.mpf(end)) == 0:  # and a point a third farther has another mass
            assert F(end + (x - end) * 4 / 3) / found > 1.1


def test_a_hard_end_of_a_product_below_floats() -> None:
    """Powers x^(1/3) of two Marchenko-Pastur factors: F = √3/(2π)·3·x^(1/3) (1 + O(x^(1/3)))."""
    law = fp.boxtimes(fp.MarchenkoPastur(1), fp.MarchenkoPastur(1))
    with mpmath.workdps(60):
        x = mpmath.mpf(10) ** -300
        leading = 3 * mpmath.sqrt(3) / (2 * mpmath.pi) * mpmath.cbrt(x)
        assert abs(law.cdf(x, dps=30) / leading - 1) < mpmath.mpf(10) ** -28
