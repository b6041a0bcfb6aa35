"""One step of the continuation, over whatever numbers: Euler's prediction and Newton's corrections.

Float64 arrays of many points, and one point in Python's numbers or in FLINT balls, take the same
step; an arithmetic says only how its unknowns are corrected and measured. Which lengths are tried
is for the walks to say: :mod:`.continuation`, which has the reasons for the conditions,
:mod:`.one_point` and :mod:`.descent`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, Protocol, final

from freeprob.numeric.programs.arithmetic import Complexes
from freeprob.numeric.programs.straight_line import Program
from freeprob.numeric.stepping import step_rules as rules
from freeprob.numeric.stepping.starts import DOUBTED, are_powers, follow_powers

Vector = Any  # of unknowns: an array (k, n) or Entries, both with +, - and products
Number = Any  # an array (n,) of float64 or complex128 numbers, or one ball or float


@final
@dataclass(slots=True)
class Entries:
    """Unknowns of one point that are added and multiplied together, as entries of an array are."""

    values: list[Any]

    def __add__(self, other: Entries) -> Entries:
        return Entries([a + b for a, b in zip(self.values, other.values, strict=True)])

    def __sub__(self, other: Entries) -> Entries:
        return Entries([a - b for a, b in zip(self.values, other.values, strict=True)])

    def __mul__(self, factor: Any) -> Entries:
        return Entries([a * factor for a in self.values])

    __rmul__ = __mul__


class Corrected(NamedTuple):
    """Unknowns after a Newton correction, du/dz where it was made, and the correction."""

    u: Vector
    slope: Vector
    change: Vector


class Numbers(Protocol):
    """What a step asks of an arithmetic."""

    corrections: ClassVar[int]
    """Newton steps after which a point that has not converged is given up."""

    @property
    def program(self) -> Program:
        """Relations, z and G, compiled."""
        ...

    def on_powers(
        self, u: Vector, slope: Vector, before: Number, step: Number, asked: Any
    ) -> Vector:
        """Where powers of z - a lead that have these values and slopes."""
        ...

    def exponents(self, u: Vector, slope: Vector, z: Number) -> Complexes:
        """Those of powers of z that have these values and slopes, of shape (k,) or (k, n)."""
        ...

    def corrected(self, u: Vector, slope: Vector, z: Number, asked: Any) -> Corrected:
        """One correction of the points that ask for it; the others stay."""
        ...

    def chosen(self, first: Any, one: Corrected, other: Corrected) -> Corrected:
        """The one where ``first``, elsewhere the other."""
        ...

    def hastened(self, u: Vector, z: Number, move: Vector) -> tuple[Vector, list[Number]]:
        """What faster numbers make of the unknowns, and the sizes of their corrections."""
        ...

    def is_enough(self, sizes: list[Number], z: Number) -> Any:
        """Whether corrections of these sizes, relative to the move, have converged."""
        ...

    def relative(self, change: Vector, u: Vector, move: Vector) -> Number:
        """Size of a change relative to a move, the worst of all unknowns."""
        ...

    def is_physical(self, u: Vector, z: Number) -> Any:
        """Whether Im G ≤ 0 up to rounding: the mirror image of a branch has it positive."""
        ...


@final
class Moved(NamedTuple):
    """Where a step led: unknowns and slope there, and what it shows of sheets and singularities.

    ``bend`` is the whole correction relative to the move. ``counts`` tells whether nothing shows
    another sheet; whether the step is short enough is for :func:`.excess_inside` and
    :func:`.excess_onto`.
    """

    numbers: Numbers
    start: Vector  # the slope du/dz before
    step: Number
    guess: Vector
    u: Vector
    slope: Vector
    converged: Any
    counts: Any
    bend: Number

    def turn(self) -> Number:
        """By how much the slope has turned, relative to itself."""
        turned = (self.slope - self.start) * self.step
        return self.numbers.relative(turned, self.guess, self.start * self.step)

    def bend_at(self, height: Number) -> Number:
        """The whole correction relative to |u'| h, for a height h.

        The disk of radius h about z maps onto at least a disk of radius |u'| h/4 (Koebe).
        """
        return self.numbers.relative(self.u - self.guess, self.guess, self.slope * height)


def moved(numbers: Numbers, u: Vector, slope: Vector, before: Number, z: Number) -> Moved:
    """From unknowns and their slopes at one point to another point z."""
    step = z - before
    move = slope * step
    guess = u + move
    first, size = _first(numbers, (u, slope, before, step), guess, z)
    found, there, converged, steady = _corrected(numbers, first, size, z, move)
    bend = numbers.relative(found - guess, guess, move)
    rest = numbers.relative(found - u - (slope + there) * (0.5 * step), guess, move)
    # a logarithm near 1 loses too many digits far up to tell
    straight = rules.is_straight(rest, bend) | (not numbers.program.is_real)
    counts = converged & steady & straight & numbers.is_physical(found, z)
    return Moved(numbers, slope, step, guess, found, there, converged, counts, bend)


def _first(
    numbers: Numbers, start: tuple[Vector, Vector, Number, Number], guess: Vector, z: Number
) -> tuple[Corrected, Number]:
    """The first correction and its size, from the tangent or from a power that leads nearer.

    The reason is in :mod:`.starts`.
    """
    u, slope, before, step = start
    move = slope * step
    first = numbers.corrected(guess, slope, z, True)
    size = numbers.relative(first.change, guess, move)
    doubted = size > DOUBTED
    if not _some(doubted):
        return first, size
    exponents = numbers.exponents(u, slope, before)
    doubted = doubted & are_powers(exponents)
    if not _some(doubted):
        return first, size
    ends = numbers.on_powers(*start, doubted)
    other = numbers.corrected(ends, slope, z, doubted)
    nearer = doubted & (numbers.relative(other.change, ends, move) < size)
    nearer = nearer & follow_powers(exponents, numbers.exponents(other.u, other.slope, z))
    first = numbers.chosen(nearer, other, first)
    return first, numbers.relative(first.change, first.u, move)


def _corrected(
    numbers: Numbers, first: Corrected, size: Number, z: Number, move: Vector
) -> tuple[Vector, Vector, Any, Any]:
    """Newton's corrections until they are far below the move; the slope; who converged, and how."""
    u, slope, _ = first
    sizes = [size]
    converged = numbers.is_enough(sizes, z)
    if _some(left := _not(converged)):
        u, more = numbers.hastened(u, z, move)
        sizes += more
        for _ in range(numbers.corrections - 1):
            # each point on its own: what others need must not move it
            u, slope, change = numbers.corrected(u, slope, z, left)
            sizes.append(numbers.relative(change, u, move))
            converged = converged | numbers.is_enough(sizes, z)
            left = _not(converged)
            if not _some(left):
                break
    steady = rules.contracts(sizes[0], sizes[1]) if len(sizes) > 1 else True
    return u, slope, converged, steady


def _not(flags: Any) -> Any:
    """The opposite, of one point or of many."""
    return not flags if isinstance(flags, bool) else ~flags


def _some(flags: Any) -> bool:
    """Whether one point has the flag."""
    return flags if isinstance(flags, bool) else bool(flags.any())
