"""Whether compiled code names functions that its library has."""

from __future__ import annotations

import builtins
import dis
from collections.abc import Mapping
from functools import lru_cache
from types import CodeType
from typing import Any

from freeprob.errors import InvalidParameterError


def require_known(code: CodeType, known: Mapping[str, Any]) -> None:
    """Refuse functions for which NumPy, SciPy or mpmath has no numbers."""
    for name in _global_names(code):
        if name not in known and not hasattr(builtins, name):
            raise InvalidParameterError(f"the function {name} cannot be evaluated as a number")


@lru_cache(maxsize=256)
def _global_names(code: CodeType) -> frozenset[str]:
    """Names that the code looks up when it runs."""
    loads = (step for step in dis.get_instructions(code) if step.opname == "LOAD_GLOBAL")
    return frozenset(step.argval for step in loads)
