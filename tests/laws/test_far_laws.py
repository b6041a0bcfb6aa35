"""Laws far from 0 next to their width: digits where they are known, else the advice to shift."""

from __future__ import annotations

import mpmath
import pytest

import freeprob as fp
from freeprob.errors import ConvergenceError

FAR = 10**20


@pytest.mark.parametrize(
    "law",
    [
        fp.Semicircle(1, FAR),
        fp.boxplus(fp.Semicircle(1, FAR), fp.MarchenkoPastur(1)),
        fp.boxplus(fp.Atomic({FAR - 1: "1/2", FAR + 1: "1/2"}), fp.Semicircle("1/4")),
    ],
    ids=str,
)
def test_a_spectrum_within_one_float_is_never_empty(law: fp.Law) -> None:
    with pytest.raises(ConvergenceError, match="shift"):
        law.support()
    with pytest.raises(ConvergenceError, match="shift"):
        law.quantile(0.5)


def test_the_advice_holds() -> None:
    law = fp.Semicircle(1, FAR).shift(-FAR)
    assert law.support() == [(-2, 2)]
    assert abs(law.quantile(0.5)) < 1e-14


@pytest.mark.parametrize("far", [10**12, 10**15, 10**17])
def test_images_by_translation(far: int) -> None:
    law = fp.MarchenkoPastur(1).shift(far)
    assert law.support() == [(far, far + 4)]
    assert mpmath.almosteq(law.density(far + 1, dps=15), fp.MarchenkoPastur(1).density(1, dps=15))
    with pytest.raises(ConvergenceError):
        law.cdf(float(far))
