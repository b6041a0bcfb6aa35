"""Functions of a curve's unknowns on its physical branch, and the points where one has a value.

Both are one question, with a proved answer: of two functions p, f on a curve, what is f where p has
a given value? With p = z it is the value of f on the branch; with f = z it is the place where p
takes a value. The derivative df/dp comes from the same linear equations as Newton's correction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any, NamedTuple, final

import numpy as np
from flint import acb, arb, ctx, fmpq

from freeprob.errors import ConvergenceError
from freeprob.exact.systems.operation import Relation
from freeprob.exact.systems.system import Curve, System
from freeprob.numeric.branch.branch import PhysicalBranch, physical_branch
from freeprob.numeric.branch.digits import Start, digits_of, enclosed
from freeprob.numeric.programs.arithmetic import FloatArithmetic
from freeprob.numeric.programs.lowering import compile_curve, compile_program
from freeprob.numeric.programs.points import Place
from freeprob.numeric.programs.straight_line import Program, evaluate, linearise
from freeprob.numeric.stepping.balls import BALLS, correction, exponent, result
from freeprob.numeric.stepping.simple_folds import critical_unknowns, location, tangent_program

Expression = Any  # of SymPy, compiled by lowering alone

_FLOAT = FloatArithmetic()
_LIFT = 100  # binary orders by which a point above the axis is nearer to it than the digits tell
_ATTEMPTS = 5
_SMALL = -10  # binary order below which an unknown may be 0
_EDGE_BITS = 96
_SAME = 1e-9  # relative distance within which a critical point is the edge that float64 names


class Reading(NamedTuple):
    """Values at a point of a curve: f, df/dp, and the unknowns themselves."""

    value: acb
    slope: acb
    unknowns: list[acb]


@final
@dataclass(frozen=True)
class BranchFunction:
    """A function of the unknowns of a system's curve, on the physical branch."""

    system: System
    function: Expression

    @cached_property
    def question(self) -> Question:
        """The function where z is given."""
        curve = self.branch.curve
        return Question(curve, curve.z, self.function)

    @property
    def branch(self) -> PhysicalBranch:
        """Where the unknowns come from."""
        return physical_branch(self.system)

    @cached_property
    def program(self) -> Program:
        """Relations and z, then the function."""
        return compile_curve(replace(self.branch.curve, G=self.function))

    def floats(self, z: np.ndarray) -> np.ndarray:
        """Values at points with Im z ≥ 0."""
        u = self.branch.unknowns(z)
        (values,) = evaluate(self.program.last, list(u), _FLOAT)
        return np.broadcast_to(np.asarray(values, dtype=complex), z.shape)

    def ball(self, place: Place, bits: int) -> acb:
        """A ball about the value with about ``bits`` right bits, where Im z ≥ 0.

        Raises
        ------
        ConvergenceError
            At edges, atoms and poles.
        """
        return self.reading(place, bits).value

    def reading(self, place: Place, bits: int) -> Reading:
        """The same with the derivative by z."""
        digits = digits_of(self.system)
        for _ in range(_ATTEMPTS):
            start = digits.near(raised(place, bits, self.program))
            found = start and read(self.question, place, bits, start, self.branch.program)
            if found is not None and found.value.is_finite():
                return found
            bits *= 2
        raise ConvergenceError(
            f"a function of the branch is infinite or not determined at {complex(place())}: an "
            "edge, an atom or a pole; take a point nearby"
        )


@final
@dataclass(frozen=True)
class Question:
    """Relations, what is given and what is asked for, as functions of a curve's unknowns.

    Proofs take unknowns to relative precision, so those near 0 are moved by 1.
    """

    curve: Curve
    given: Expression
    wanted: Expression

    def program(self, moved: tuple[bool, ...]) -> Program:
        """Compiled, some unknowns moved."""
        return _compiled(self, moved)


@lru_cache(maxsize=256)
def _compiled(question: Question, moved: tuple[bool, ...]) -> Program:
    curve = replace(question.curve, z=question.given, G=question.wanted)
    values = {u: u - 1 for u, flag in zip(curve.unknowns, moved, strict=True) if flag}
    relations = tuple(
        Relation(*(side.xreplace(values) for side in pair)) for pair in curve.relations
    )
    return compile_curve(
        replace(curve, relations=relations, z=curve.z.xreplace(values), G=curve.G.xreplace(values))
    )


def values_program(curve: Curve, functions: Sequence[Expression]) -> Program:
    """Several functions of the unknowns."""
    return compile_program(functions, curve.unknowns)


def raised(place: Place, bits: int, program: Program) -> Place:
    """A real point a little above the axis where functions with branches need to know the side."""
    if not place.is_real or program.is_real:
        return place
    order = max(0, exponent(place()))
    return Place(place.real, fmpq(2) ** (order - bits - _LIFT))


def read(
    question: Question, place: Place, bits: int, start: Start, cauchy: Program
) -> Reading | None:
    """What is wanted where what is given has a value; None without proof.

    ``cauchy`` ends with G, which tells the sides of a cut: Im G < 0 on the upper one.
    """
    still = (False,) * len(start.u)
    found = _read(question, still, place, bits, start, cauchy)
    if found is None:
        small = tuple(exponent(u) < _SMALL for u in start.u)
        found = _read(question, small, place, bits, start, cauchy) if any(small) else None
    return found


def _read(
    question: Question,
    moved: tuple[bool, ...],
    place: Place,
    bits: int,
    start: Start,
    cauchy: Program,
) -> Reading | None:
    """The same with some unknowns moved."""
    program = question.program(moved)
    at = raised(place, bits, program)
    working = bits if at is place else 2 * (bits + _LIFT) + 64 + max(0, exponent(place()))
    # what is given may fall where z rises, and then lies below the axis where z lies above it
    for side in (at, at, at.conjugate):
        first = Start(_moved(start.u, moved, 1), start.bits)
        unknowns = enclosed(program, side, working, first)
        if unknowns is None:
            return None
        with ctx.workprec(working + 16):
            own = _moved(unknowns, moved, -1)
            if at is not place and cauchy.has_mirror and result(cauchy, own).imag > 0:
                # Newton's method came out on the other side of the cut
                start = Start([u.mid().conjugate() for u in own], start.bits)
                continue
            value, slope = _derived(program, unknowns, side())
            if at is not place:
                lift = 2 * abs(slope) * at().imag
                value += acb(arb(0, lift.abs_upper()), arb(0, lift.abs_upper()))
            return Reading(value, slope, own)
    return None


def _derived(program: Program, unknowns: list[acb], at: acb) -> tuple[acb, acb]:
    """The last result, and its derivative by the one before."""
    _, along = correction(program, unknowns, at)
    _, partials = linearise(program, unknowns, BALLS)
    slope = sum((d * along[i] for i, d in partials[-1].items()), acb(0))
    # a function may be a constant
    return acb(result(program, unknowns)), slope


def _moved(u: list[acb], moved: tuple[bool, ...], step: int) -> list[acb]:
    """Unknowns with some of them moved."""
    return [value + step if flag else value for value, flag in zip(u, moved, strict=True)]


def start_of(u: Sequence[complex] | np.ndarray) -> Start:
    """Unknowns known to some digits in float64."""
    return Start([acb(complex(value)) for value in u], 128)


def values_at(program: Program, unknowns: list[acb], bits: int) -> list[acb]:
    """Results of a program at proved unknowns."""
    with ctx.workprec(bits + 16):
        return [acb(value) for value in evaluate(program, unknowns, BALLS)]


def at_edge(
    curve: Curve, function: Expression, near: Sequence[complex] | np.ndarray, edge: float, bits: int
) -> arb | None:
    """A function's value at a simple edge, from unknowns near it; None at other ends of gaps."""
    program = compile_curve(replace(curve, G=function))
    bits += _EDGE_BITS
    found = critical_unknowns(program, [acb(complex(value)) for value in near], bits)
    if found is None:
        return None
    place = location(program, found, bits)
    if abs(float(place.mid()) - edge) > _SAME * max(abs(edge), abs(float(place.mid()))):
        return None
    with ctx.workprec(bits):
        value = acb(result(tangent_program(program), found)).real
    return value if value.is_finite() else None
