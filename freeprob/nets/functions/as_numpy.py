"""An activation as a NumPy function of its argument."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from freeprob.numeric.programs.lowering import compile_numpy

Pointwise = Callable[[NDArray[np.float64]], NDArray[np.float64]]


@lru_cache(maxsize=128)
def pointwise(activation: sp.Basic) -> Pointwise:
    """The vectorised float64 function of an activation; constants are broadcast."""
    w = sp.Dummy("w", real=True)
    function = compile_numpy(activation.expression(w), [w])
    return lambda values: np.broadcast_to(function(values), np.shape(values))
