"""The fixed point of a length map as an exact expression."""

from __future__ import annotations

from typing import Any

import sympy as sp

from freeprob.nets.mean_field.gaussian_maps import GUARD_DIGITS
from freeprob.nets.mean_field.length_fixed_points import fixed_point
from freeprob.nets.mean_field.length_map import LengthMap

# digits of a fixed length are worked out in multiples of this, so that requests share them
SOLVED_DIGITS = 40


def fixed_length(lengths: LengthMap) -> sp.Expr:
    """The fixed point q: solved when V is affine, else an exact unevaluated number.

    With numeric parameters its existence and stability are decided first.
    """
    if not lengths.parameters:
        fixed_point(lengths, SOLVED_DIGITS)
    if lengths.is_affine:
        slope, rest = lengths.affine()
        return rest / (1 - slope)
    return FixedLength(
        lengths.activation, lengths.weight_variance, lengths.bias_variance, lengths.keep_rate
    )


class FixedLength(sp.Expr):
    """The attracting fixed point of a length map, exact and unevaluated; ``.evalf(n)`` solves."""

    is_commutative = True
    is_extended_nonnegative = True
    is_real = True

    @property
    def is_number(self) -> bool:
        """True when nothing symbolic is left in the parameters."""
        return not self.free_symbols

    def _eval_evalf(self, prec: int) -> sp.Expr:
        if self.free_symbols:
            return self
        digits = SOLVED_DIGITS * -(-(int(prec / 3.32) + GUARD_DIGITS) // SOLVED_DIGITS)
        value = fixed_point(LengthMap(*self.args), digits).value
        return sp.Float(value._mpf_, precision=prec)

    def _latex(self, printer: object) -> str:
        return "q_{*}"

    def _sympystr(self, printer: Any) -> str:
        inside = ", ".join(printer._print(arg) for arg in self.args)
        return f"FixedLength({inside})"
