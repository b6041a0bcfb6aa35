"""Places where a function in the equations is singular: ends of a law given by its density.

Unknowns and z may well be analytic there, as at the ends of a uniform law, so that the squares
over the axis show nothing. What shows them is that the argument of a logarithm or of a root
vanishes, or is infinite, along the branch.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import final

import numpy as np
import sympy as sp
from flint import acb, arb, ctx, fmpq

from freeprob.errors import CertificationError, ConvergenceError, NoClosedFormError
from freeprob.exact.algebra.door import functions
from freeprob.exact.systems.poles import PoleSum
from freeprob.exact.systems.system import Curve, System, flatten
from freeprob.geometry.candidates.charts_at_infinity import chart
from freeprob.geometry.signs.reality import real_solution
from freeprob.geometry.signs.sides import Spot, start_at
from freeprob.numeric.branch.digits import Start, enclosed
from freeprob.numeric.programs.arithmetic import FloatArithmetic
from freeprob.numeric.programs.lowering import compile_curve, compile_program
from freeprob.numeric.programs.straight_line import Program, evaluate, linearise
from freeprob.numeric.stepping.balls import BALLS
from freeprob.numeric.stepping.quadtree import Tiles
from freeprob.numeric.stepping.simple_folds import ZERO

_BITS = 128
_SMALL = 1e-3  # relative errors of unknowns below it mean little
_ABOVE = fmpq(1, 2**40)  # height, in units of a square, at which the branch is compared
_NEAR = 1e-3  # how far unknowns move over such a height at most, relative to their size


@final
@dataclass(frozen=True)
class FunctionEnd:
    """A point of the branch where an argument of a function, or its reciprocal, vanishes."""

    curve: Curve
    argument: sp.Expr
    start: tuple[complex, ...] = field(repr=False)

    @property
    def program(self) -> Program:
        """Relations, the argument and z, with 1 + u for unknowns u that are about 0."""
        raised = tuple(abs(value) < _SMALL for value in self.start)
        return _zero_program(self.curve, self.argument, raised)

    def proved(self, bits: int) -> list[acb]:
        """Inputs of the program, proved.

        Raises
        ------
        CertificationError
            If interval Newton proves no real zero.
        """
        return _proved(self, bits)

    def unknowns(self, bits: int) -> list[acb]:
        """The unknowns of the curve."""
        values = self.proved(bits)
        return [
            value - 1 if abs(start) < _SMALL else value
            for value, start in zip(values, self.start, strict=True)
        ]

    def ball(self, bits: int) -> arb:
        """The value of z there."""
        values = self.proved(bits)
        with ctx.workprec(bits + 32):
            (value,) = evaluate(self.program.last, values, BALLS)
            real = acb(value).real
            # an unknown that is the argument of a factor on the half line vanishes with z
            if self.argument.is_Symbol and real.contains(0) and real.rad() < arb(2) ** (-bits // 4):
                return arb(0)
            return real

    def expression(self) -> sp.Expr:
        """The exact value where one unknown is all there is, and the zero is rational.

        Raises
        ------
        NoClosedFormError
            Elsewhere.
        """
        if self.curve.is_uniformised:
            (unknown,) = self.curve.unknowns
            for zero in sp.roots(self.argument, unknown, filter="R"):
                if compile_ball(zero, _BITS).overlaps(self.unknowns(_BITS)[0].real):
                    return sp.expand(self.curve.z.xreplace({unknown: zero}))
        raise NoClosedFormError(
            "the ends of this law have no exact form here: ask for digits with dps="
        )


def compile_ball(number: sp.Expr, bits: int) -> arb:
    """A real number as a ball."""
    with ctx.workprec(bits + 16):
        (value,) = evaluate(compile_program([number], ()), [], BALLS)
        return acb(value).real


@lru_cache(maxsize=256)
def _zero_program(curve: Curve, argument: sp.Expr, raised: tuple[bool, ...]) -> Program:
    """Relations, the argument in place of z, and z in place of G, in a chart."""
    plain = (False,) * len(raised)
    ends = Curve(curve.unknowns, curve.relations, argument, curve.z, curve.kept)
    return compile_curve(chart(ends, plain, raised).curve)


@lru_cache(maxsize=512)
def _proved(end: FunctionEnd, bits: int) -> list[acb]:
    values = [value + 1 if abs(value) < _SMALL else value for value in end.start]
    start = Start([acb(value) for value in values], 64)
    solution = real_solution(end.program, ZERO, bits + 32, start)
    if solution is None:
        # inside the cut of another part unknowns are complex, and z may be real all the same
        solution = enclosed(end.program, ZERO, bits + 32, start)
    if solution is None or not _is_over_axis(end.program, solution, bits):
        raise CertificationError(f"no real zero of {end.argument} near {end.start} was proved")
    return solution


def _is_over_axis(program: Program, unknowns: list[acb], bits: int) -> bool:
    """Whether z is real as far as half of the bits tell."""
    with ctx.workprec(bits + 32):
        (value,) = evaluate(program.last, unknowns, BALLS)
        return bool(abs(acb(value).imag) <= (1 + abs(acb(value))) * arb(2) ** (-bits // 2))


def function_ends(system: System, squares: Tiles) -> list[FunctionEnd]:
    """The ends that the branch reaches in the window that squares cover."""
    found: list[FunctionEnd] = []
    for end, place, size in _approached(flatten(system), squares):
        try:
            ball = end.ball(_BITS)
        except CertificationError:
            continue
        known = any(ball.overlaps(other.ball(_BITS)) for other in found)
        if not known and abs(float(ball.mid()) - place) <= 2 * size and _is_met(system, end, size):
            found.append(end)
    return found


def _approached(curve: Curve, squares: Tiles) -> Iterator[tuple[FunctionEnd, float, float]]:
    """Ends that Newton's method points at from a square next to them; its place and size."""
    sizes = squares.bounds[:, 1] - squares.bounds[:, 0]
    u, slope, z = squares.perches.u, squares.perches.slope, squares.perches.z
    for argument in _arguments(curve):
        program = compile_program([argument], curve.unknowns)
        with np.errstate(all="ignore"):
            (value,), (row,) = linearise(program, list(u), FloatArithmetic())
            step = -value / sum(part * slope[i] for i, part in row.items())
            # the perch is as high as its square is wide
            near = np.abs(z + step - z.real) <= 2 * sizes
        for i in np.flatnonzero(near):
            start = tuple(complex(x) for x in u[:, i] + slope[:, i] * step[i])
            yield FunctionEnd(curve, argument, start), float(z.real[i]), float(sizes[i])


def _arguments(curve: Curve) -> list[sp.Expr]:
    """Factors whose zeros make a logarithm, a root or another function singular."""
    found: set[sp.Expr] = set()
    for function in _nested(curve):
        if isinstance(function, PoleSum):
            continue  # it has poles only, which are no ends
        above, below = sp.fraction(sp.together(function.args[0]))
        # an exponential is singular where its argument is infinite
        for part in (below,) if isinstance(function, sp.exp) else (above, below):
            for factor in sp.Mul.make_args(sp.factor(part)):
                base = factor.base if factor.is_Pow else factor
                if base.free_symbols:
                    found.add(base)
    return sorted(found, key=sp.default_sort_key)


def _nested(curve: Curve) -> set[sp.Expr]:
    """Functions in the equations, those in arguments too."""
    found, waiting = set(), list(curve.expressions)
    while waiting:
        for function in functions([waiting.pop()]):
            if function not in found:
                found.add(function)
                waiting += [argument for argument in function.args if argument.free_symbols]
    return found


def _is_met(system: System, end: FunctionEnd, size: float) -> bool:
    """Whether the physical branch has the unknowns of an end just above it."""
    height = fmpq(int(np.ceil(size * 2.0**40)), 2**40) * _ABOVE
    try:
        above = start_at(system, Spot(end, height)).u
    except ConvergenceError:
        return False
    return all(
        bool(abs(a - b) < _NEAR * (1 + abs(b)))
        for a, b in zip(above, end.unknowns(_BITS), strict=True)
    )
