"""Points given exactly, evaluated to balls at any precision."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite
from typing import Any, Protocol, final

from flint import acb, arb, ctx, fmpq

from freeprob.errors import ConvergenceError, InvalidParameterError
from freeprob.number_sizes import require_dyadic
from freeprob.numeric.programs.arithmetic import BallArithmetic
from freeprob.numeric.programs.instructions import Step
from freeprob.numeric.programs.straight_line import Program, evaluate

_BALLS = BallArithmetic()
_IRRATIONAL = 400  # bits more for a constant that is computed: those of a few nested roots
_ZERO = fmpq(0)
Part = fmpq | Program | Callable[[int], arb]


class Point(Protocol):
    """A point of the plane with digits on demand: what the rooms that follow a branch take."""

    def __call__(self) -> acb:
        """A ball around the point at the precision of FLINT's context."""
        ...

    @property
    def is_real(self) -> bool:
        """Whether it lies on the axis; it then means x + i0."""
        ...

    @property
    def depth(self) -> int:
        """Bits in which it is written, or down to which it is told from an edge nearby."""
        ...


@final
@dataclass(frozen=True)
class Place:
    """A point of the plane; each part is a rational, an exact constant as a program, or balls."""

    real: Part
    imag: Part = _ZERO

    def __call__(self) -> acb:
        """A ball around the point at the precision of FLINT's context."""
        return acb(_ball(self.real), _ball(self.imag))

    @property
    def is_real(self) -> bool:
        """Whether the point is given as real; it then means x + i0."""
        return isinstance(self.imag, fmpq) and self.imag == 0

    @property
    def depth(self) -> int:
        """Bits in which the point is written; roots and functions of constants count as many."""
        return max(_written(self.real), _written(self.imag))

    @property
    def conjugate(self) -> Place:
        """The mirror image in the real axis."""
        return Place(self.real, _negative(self.imag))

    @staticmethod
    def of(z: complex) -> Place:
        """The binary value of a complex128 number."""
        return Place(_dyadic(z.real), _dyadic(z.imag))


def binary(value: Any) -> fmpq:
    """The dyadic number that an mpf is."""
    sign, mantissa, exponent, _ = value._mpf_
    if not mantissa and exponent:
        raise InvalidParameterError(f"points must be finite numbers, got {value}")
    require_dyadic(int(mantissa), int(exponent), "a point")
    number = fmpq(int(mantissa)) * fmpq(2) ** int(exponent)
    return -number if sign else number


def _ball(part: Part) -> arb:
    """A part as a real ball."""
    if isinstance(part, fmpq):
        return arb(part)
    if not isinstance(part, Program):
        return part(ctx.prec)
    (value,) = evaluate(part, [], _BALLS)
    return value.real if isinstance(value, acb) else arb(value)


def _written(part: Part) -> int:
    """Bits of a rational, or of all rationals that an exact constant is computed from."""
    if isinstance(part, fmpq):
        return max(int(part.p).bit_length(), int(part.q).bit_length())
    if not isinstance(part, Program):
        return _IRRATIONAL
    constants = (step.value for step in part.steps if isinstance(step.value, fmpq))
    return _IRRATIONAL + sum(map(_written, constants))


def _negative(part: Part) -> Part:
    """Minus a part."""
    if isinstance(part, fmpq):
        return -part
    if not isinstance(part, Program):
        return lambda bits: -part(bits)
    end = len(part.steps)
    minus = (Step("constant", (), fmpq(-1)), Step("multiply", (part.outputs[0], end)))
    return Program(0, part.steps + minus, (end + 1,))


def _dyadic(value: float) -> fmpq:
    """A float as the rational it is."""
    if not isfinite(value):
        raise ConvergenceError("a point on the way left the range of float64: its scale is extreme")
    numerator, denominator = float(value).as_integer_ratio()
    return fmpq(numerator, denominator)
