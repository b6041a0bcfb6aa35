"""Signals of drawn networks that leave the range of floats are told, not returned as NaN."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps
from typing import ParamSpec, TypeVar

import numpy as np

from freeprob.errors import InvalidParameterError
from freeprob.tables import Tabled

P = ParamSpec("P")
T = TypeVar("T")


def within_floats(draw: Callable[P, T]) -> Callable[P, T]:
    """What a function draws, or an error in words where an array's squares are beyond floats.

    Kernels and lengths are sums of squares: they are then in the range, too.
    """

    @wraps(draw)
    def looked_at(*args: P.args, **kwargs: P.kwargs) -> T:
        with np.errstate(over="ignore", invalid="ignore"):
            answer = draw(*args, **kwargs)
            if all(np.isfinite(np.vdot(array, array)) for array in _arrays(answer)):
                return answer
        raise InvalidParameterError(
            "the signals or derivatives of this network leave the range of floats, squares "
            "included: take smaller inputs, smaller variances or fewer layers"
        )

    return looked_at


def _arrays(answer: object) -> Iterator[np.ndarray]:
    """All arrays of an answer."""
    if isinstance(answer, np.ndarray):
        yield answer
    parts = answer if isinstance(answer, tuple) else ()
    for part in vars(answer).values() if isinstance(answer, Tabled) else parts:
        yield from _arrays(part)
