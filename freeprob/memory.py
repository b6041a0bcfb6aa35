"""Arrays that memory cannot hold are refused before they are made."""

from __future__ import annotations

import os
from collections.abc import Sequence
from decimal import Decimal
from math import prod

from freeprob.errors import InvalidParameterError

# beside a matrix stands what is computed from it: its adjoint, a product, LAPACK's own copy
_TOGETHER = 2
# of a machine that does not tell; larger ones are rare, and their systems tell
_UNTOLD = 2**36
_FLOAT = 8
_GIB = 2**30


def require_memory(shape: Sequence[int], name: str) -> None:
    """Refuse arrays of floats that would not fit into this machine's memory.

    NumPy would raise the system's error, or the system would end the process half-way.

    Raises
    ------
    InvalidParameterError
        If the array and what is computed from it need more bytes than the machine has.
    """
    needed, there = _TOGETHER * _FLOAT * prod(map(int, shape)), _memory()
    if needed > there:
        sizes = " × ".join(map(str, shape))
        raise InvalidParameterError(
            f"{name} would hold {sizes:.80} numbers: with what is computed from them "
            f"{Decimal(needed // _GIB):.4g} GiB, and this machine has {there // _GIB}; ask for less"
        )


def _memory() -> int:
    """Bytes of this machine's memory."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # Windows has no such question
        return _UNTOLD
