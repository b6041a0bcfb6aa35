"""The second reading of a law: what its numbers need to know of its spectrum."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache

import numpy as np
import sympy as sp

from freeprob.errors import InvalidParameterError
from freeprob.laws.base import Law
from freeprob.numeric.cuts import Atom, Cut, End
from freeprob.numeric.evaluate import density
from freeprob.numeric.lowering import read_place


def require_numbers(law: Law) -> None:
    """Refuse a law with free symbols."""
    if law.parameters:
        names = ", ".join(map(str, law.parameters))
        raise InvalidParameterError(
            f"numbers need values and {names} stay symbolic: give them, as in "
            f"law.subs({{{law.parameters[0]}: 1}})"
        )


@lru_cache(maxsize=256)
def cuts_of(law: Law) -> tuple[Cut, ...]:
    """The cuts of a law, ended also at cusps and other points where the density is not analytic."""
    from freeprob.geometry.edges import local_behaviours
    from freeprob.geometry.support import support

    intervals = support(law.system).cuts
    ends: list[End] = []
    for behaviour in local_behaviours(law.system):
        ends.append(End.of(behaviour.boundary.location.ball, behaviour.exponent))
    if intervals and intervals[0][0] is None:
        ends.insert(0, _infinite(law, -1))
    if intervals and intervals[-1][1] is None:
        ends.append(_infinite(law, 1))
    return tuple(Cut(left, right) for left, right in zip(ends[::2], ends[1::2], strict=True))


def _infinite(law: Law, side: int) -> End:
    """An infinite end; the power of the tail is a rational number seen from afar."""
    x = side * np.array([1e8, 1e10])
    near, far = density(law.system, x)
    power = Fraction(float(np.log(far / near) / np.log(100))).limit_denominator(24)
    return End((side * np.inf, 0.0), power)


@lru_cache(maxsize=256)
def atoms_of(law: Law) -> tuple[Atom, ...]:
    """The atoms of a law as exact numbers."""
    return tuple(
        Atom(read_place(place), read_place(sp.sympify(mass))) for place, mass in law.atoms().items()
    )
