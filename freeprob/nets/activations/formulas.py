"""What is read off an activation's formula: that it is real, and the pieces it consists of."""

from __future__ import annotations

from functools import lru_cache

import sympy as sp
from sympy.core.function import AppliedUndef

from freeprob.errors import InvalidParameterError
from freeprob.nets.functions.bound_symbol import ARGUMENT, shown


@lru_cache(maxsize=1024)
def require_real(body: sp.Expr) -> None:
    """Refuse functions that are not real on the real line, by structure, then by probing."""
    if body.is_extended_real is True:
        return
    for unknown in body.atoms(AppliedUndef):
        raise InvalidParameterError(f"the function {shown(unknown)} has no formula: give it one")
    parameters = {s: sp.Rational(7, 5) for s in body.free_symbols - {ARGUMENT}}
    for place in ("-2.7", "-0.6", "0.4", "1.9", "5.3"):
        value = body.xreplace(parameters).subs(ARGUMENT, sp.Rational(place)).evalf(20)
        if not value.is_number or (not value.is_comparable and value.has(sp.I)):
            raise InvalidParameterError(
                f"{shown(body)} is {value} at {place}: an activation must be real on the real "
                "line; take its real part or its modulus"
            )
