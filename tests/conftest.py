"""What holds for every test: reproducible examples, and no global state left changed."""

from __future__ import annotations

from collections.abc import Iterator

import mpmath
import pytest
from hypothesis import settings

settings.register_profile("freeprob", derandomize=True, deadline=None, print_blob=True)
settings.load_profile("freeprob")


@pytest.fixture(autouse=True)
def _global_precision_is_left_alone() -> Iterator[None]:
    before = mpmath.mp.prec, mpmath.iv.prec
    yield
    assert (mpmath.mp.prec, mpmath.iv.prec) == before
