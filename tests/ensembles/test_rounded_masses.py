"""Masses that are no multiples of 1/n."""

from __future__ import annotations

import pytest

from freeprob.ensembles import AtomicQuantile, Deterministic, FreePower, FreeProduct, Gaussian
from freeprob.ensembles.rounded_masses import eigenvalues_off

PART = Deterministic(AtomicQuantile((1.0, 0.0), (0.75, 0.25)))
THREE = Deterministic(AtomicQuantile((0.0, 1.0, 2.0), (1 / 3, 1 / 3, 1 / 3)))


# of 10 eigenvalues 2.5 are 0, and 3.33 and 6.67 are below 1 and 2
@pytest.mark.parametrize(
    ("model", "off"),
    [
        (Gaussian(1.0), 0),
        (PART, 1 / 2),
        (THREE, 1 / 3),
        (FreeProduct((PART, Gaussian(1.0), PART)), 1),
        (FreePower(PART, 3), 3 / 2),
    ],
)
def test_eigenvalues_off(model, off):
    assert eigenvalues_off(model, 10) == pytest.approx(off)
    assert eigenvalues_off(model, 12) == pytest.approx(0, abs=1e-9)
