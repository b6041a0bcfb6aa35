"""Truth values as users give them."""

from __future__ import annotations

import numpy as np

from freeprob.errors import InvalidParameterError


def flag(value: object, name: str) -> bool:
    """Read a truth value.

    Raises
    ------
    InvalidParameterError
        For anything else: words such as "no" are true in Python.
    """
    if not isinstance(value, bool | np.bool_):
        raise InvalidParameterError(f"{name} must be True or False, got {value!s:.80}")
    return bool(value)
