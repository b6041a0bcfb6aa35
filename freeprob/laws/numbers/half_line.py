"""Laws on [0, ∞) whose values take long: below 0 they are known without them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from flint import arb

from freeprob.numeric.distributions import evaluate
from freeprob.numeric.distributions.point_forms import real_points
from freeprob.numeric.precision import to_mpf

if TYPE_CHECKING:
    from freeprob.laws.base import Law


def zero_below(law: Law, ask: Callable[[Any], Any], x: Any, dps: int | None) -> Any:
    """What is asked of points, and 0 below 0 for laws that are on [0, ∞) by construction."""
    if not evaluate.is_costly(law.system):
        return ask(x)
    below = real_points(x) < 0
    if not below.any() or law._on_half_line() is not True:
        return ask(x)
    zero = 0.0 if dps is None else to_mpf(arb(0), dps)
    if below.ndim == 0:
        return zero
    values = np.full(below.shape, zero, dtype=float if dps is None else object)
    if not below.all():
        values[~below] = ask(np.asarray(x, dtype=None if dps is None else object)[~below])
    return values
