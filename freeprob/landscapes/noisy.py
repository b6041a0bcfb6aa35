"""The law of a Hessian's bulk with the noise of a mini-batch."""

from __future__ import annotations

from typing import Any

import sympy as sp

from freeprob.laws.arguments import the_law
from freeprob.laws.base import Law
from freeprob.laws.named.atomic import constant_of
from freeprob.parameters import exact, require


def scaled_noise(noise: Law, batch: Any, *, squares: bool = False) -> Law:
    """Noise of one sample, averaged over a batch: its law times batch^(-1/2).

    Given the law of its ``squares``, that times 1/batch.

    Raises
    ------
    InvalidParameterError
        If the noise is no law, or the batch is not positive.
    """
    noise = the_law(noise, "noise")
    if batch is None:
        return noise
    size = exact(batch, "batch")
    require(size.is_number, f"numbers need values, and the batch size {batch!s:.80} has symbols")
    require(size > 0, f"the batch size must be positive, got {batch}")
    return noise.dilate(1 / size if squares else 1 / sp.sqrt(size))


def is_zero(law: Law, name: str = "bulk") -> bool:
    """Whether a law is all at 0, where free sums leave it out."""
    return constant_of(the_law(law, name)) == 0
