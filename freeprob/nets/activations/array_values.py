"""Values of activations on arrays of numbers."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from freeprob.errors import InvalidParameterError
from freeprob.nets.functions.callables import numpy_function
from freeprob.parameters import reals

if TYPE_CHECKING:
    from freeprob.nets.activations.activations import Activation


@lru_cache(maxsize=64)
def on_arrays(activation: Activation) -> Callable[[np.ndarray], np.ndarray]:
    """The function on float64 arrays.

    Raises
    ------
    InvalidParameterError
        If the activation has parameters.
    """
    if activation.free_symbols:
        names = ", ".join(sorted(map(str, activation.free_symbols)))
        raise InvalidParameterError(f"values on arrays need numbers for {names}: use subs")
    function = numpy_function(activation.pieces)
    # where pieces meet the formula has a value of its own, such as sign(0) = 0
    meetings = [(float(x), activation.expression(x)) for x in activation.pieces.breaks]
    own = [(x, float(y) if y.is_extended_real else np.nan) for x, y in meetings]

    def values(w: np.ndarray) -> np.ndarray:
        points = reals(w, "points")
        if np.isnan(points).any():
            raise InvalidParameterError("points must be numbers, got NaN")
        found = np.array(function(points), dtype=float)
        for place, value in own:
            found[points == place] = value
        return found

    return values
