"""The pieces of the line that carry density, as values: ends, with the powers met there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, final

import numpy as np
from flint import arb, ctx

from freeprob.errors import ConvergenceError, InvalidParameterError
from freeprob.numeric.programs.lowering import read_place
from freeprob.numeric.programs.points import Place

# share of a place's size below which a cut there has fewer than 10^7 floats in it, whose rounding
# would be seen in the density's 13 digits
RESOLVED = 1e-9
LEAST_DENSITY = 1e-250  # smaller ones are what the height of x + iε leaves, some 1e-280
LOCATION_BITS = 160  # of a place: two floats hold 106, and what is next to 0 needs more


@final
@dataclass(frozen=True)
class End:
    """An end of a cut.

    Parameters
    ----------
    location
        The place as an unevaluated sum of two floats; (±inf, 0) for an unbounded cut.
    exponent
        ρ ~ C|x - location|^exponent next to it; the power of |x| at an infinite end.
    ball
        The location to any number of bits, where more than two floats are needed.
    uncertainty
        How far the true end may be from the location.
    root
        The density is analytic in |x - location|^(1/root); a multiple of the exponent's
        denominator, more than that where a branch point lies below a positive density.
    constant
        C, needed where a small root of the distance is a distance below all floats.
    """

    location: tuple[float, float]
    exponent: Fraction
    ball: Callable[[int], arb] | None = field(default=None, compare=False)
    uncertainty: float = 0.0
    root: int = 0
    constant: float | None = None

    def __post_init__(self) -> None:
        if self.root == 0:
            object.__setattr__(self, "root", self.exponent.denominator)
        if self.root % self.exponent.denominator:
            raise InvalidParameterError(
                f"a density that goes like the power {self.exponent} is not analytic in the root "
                f"of order {self.root}"
            )

    @staticmethod
    def of(
        location: Any,
        exponent: Any = Fraction(1, 2),
        root: int = 0,
        constant: float | None = None,
    ) -> End:
        """Read a location (float, mpf, ball, or function from bits to ball) and an exponent."""
        power = Fraction(int(exponent.p), int(exponent.q)) if hasattr(exponent, "p") else exponent
        power = Fraction(power)
        ball: Any = location if callable(location) else None
        place: Any = location if ball is None else ball(LOCATION_BITS)
        if isinstance(place, arb):
            with ctx.workprec(LOCATION_BITS):
                high = float(place.mid())
                return End(
                    (high, float((place - high).mid())),
                    power,
                    ball,
                    root=root,
                    constant=constant,
                )
        high = float(place)
        low = float(place - high) if np.isfinite(high) else 0.0
        return End((high, low), power, root=root, constant=constant)

    def at(self, bits: int) -> arb:
        """The location as a ball."""
        if self.ball is not None and self.is_finite:
            return self.ball(bits)
        return arb(self.location[0], self.uncertainty) + arb(self.location[1])

    @property
    def is_finite(self) -> bool:
        """Whether the cut ends here."""
        return bool(np.isfinite(self.location[0]))


@final
@dataclass(frozen=True)
class Cut:
    """An interval that carries density, analytic and positive inside."""

    left: End
    right: End

    def __post_init__(self) -> None:
        if self.left.location[0] == self.right.location[0]:
            raise ConvergenceError(
                f"the cut at {self.left.location[0]:.17g} is one number of float64: shift the law "
                "to 0, as in law.shift(-mean), and shift the answers back"
            )
        if not self.left.location[0] < self.right.location[0]:
            raise InvalidParameterError(
                f"a cut runs from left to right, got {self.left.location[0]} and "
                f"{self.right.location[0]}"
            )
        for end in self.ends:
            if not end.is_finite and end.exponent >= -1:
                raise ConvergenceError("an unbounded density must fall faster than 1/|x|")
            if end.is_finite and end.exponent <= -1:
                raise ConvergenceError(
                    "a density must grow slower than 1/|x| at an end: it was seen to go like the "
                    f"power {end.exponent} at {end.location[0]:.17g}"
                )

    @property
    def is_resolved(self) -> bool:
        """Whether float64 tells enough points of the cut from each other to stand for all."""
        low, high = self.left.location[0], self.right.location[0]
        sizes = [abs(end) for end in (low, high) if np.isfinite(end)]
        return high - low >= RESOLVED * max(sizes, default=0.0)

    @property
    def ends(self) -> tuple[End, End]:
        """Both ends."""
        return self.left, self.right

    @staticmethod
    def of(left: Any, right: Any, exponents: Sequence[Any] = (Fraction(1, 2),) * 2) -> Cut:
        """A cut from two locations and two exponents, square roots unless told."""
        return Cut(End.of(left, exponents[0]), End.of(right, exponents[1]))


@final
@dataclass(frozen=True)
class Atom:
    """A point mass; place and mass are exact."""

    place: Place
    mass: Place

    @staticmethod
    def of(place: Any, mass: Any) -> Atom:
        """From an exact place and its mass."""
        return Atom(read_place(place), read_place(mass))

    @property
    def location(self) -> float:
        """The place as a float."""
        return float(self.place().real.mid())

    @property
    def weight(self) -> float:
        """The mass as a float."""
        return float(self.mass().real.mid())


def split_at(cuts: Sequence[Cut], places: Sequence[float]) -> tuple[Cut, ...]:
    """The cuts, ended also at places inside them where G has a pole: atoms under a density."""
    found = list(cuts)
    for place in places:
        for i, cut in enumerate(found):
            if cut.left.location[0] < place < cut.right.location[0]:
                middle = End.of(place, Fraction(0))
                found[i : i + 1] = [Cut(cut.left, middle), Cut(middle, cut.right)]
                break
    return tuple(found)
