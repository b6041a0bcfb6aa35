"""Arrays as NumPy makes them of what a user gives; masked entries are no numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING
from warnings import catch_warnings

from freeprob.errors import InvalidParameterError

if TYPE_CHECKING:
    import numpy as np


def array_of(value: object, name: str) -> np.ndarray:
    """Read an array of any type.

    Raises
    ------
    InvalidParameterError
        For ragged rows and masked entries: NumPy would take what is under the mask, or NaN.
    """
    import numpy as np

    try:
        if np.ma.is_masked(value):
            raise ValueError("some are masked: give values.compressed()")
        with catch_warnings(action="error", category=UserWarning):  # of masked entries of lists
            return np.asarray(value)
    except (TypeError, ValueError, ArithmeticError, RecursionError, UserWarning) as error:
        raise InvalidParameterError(
            f"{name} must be numbers, in rows of one length: {error!s:.120}"
        ) from error
