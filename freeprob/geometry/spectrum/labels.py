"""Gap labels: the finitely many values that the mass to the left of a gap can have.

Each operation states those of its result; what is no operation, or of one cut only, has its masses
in their order.
"""

from __future__ import annotations

from functools import lru_cache

import sympy as sp

from freeprob.exact.operations.maps import MobiusMap
from freeprob.exact.systems.facts import UNKNOWN, Labels, Unknown
from freeprob.exact.systems.system import Node, System
from freeprob.geometry.signs.rounding import constant_ball
from freeprob.geometry.spectrum.atoms import atoms, no_instance
from freeprob.geometry.spectrum.support import support


@lru_cache(maxsize=256)
def labels(system: System) -> Labels | Unknown:
    """Possible masses to the left of a point in a gap, or ``UNKNOWN``."""
    if isinstance(system, Node) and not _cuts_through(system):
        parts = [labels(part) for part in system.parts]
        known = [part for part in parts if not isinstance(part, Unknown)]
        found = system.operation.gap_labels(known) if len(known) == len(parts) else UNKNOWN
        if not isinstance(found, Unknown):
            return frozenset(sp.expand(label) for label in found if 0 <= label <= 1)
    return _by_order(system)


def _cuts_through(system: Node) -> bool:
    """Whether a Möbius map has its pole under the density: its gaps then lie on either side."""
    operation = system.operation
    if not isinstance(operation, MobiusMap) or operation.c == 0:
        return False
    pole = constant_ball(-operation.d / operation.c)(64)
    return any(
        (low is None or low.ball(64) < pole) and (high is None or pole < high.ball(64))
        for low, high in support(system.parts[0]).cuts
    )


def _by_order(system: System) -> Labels | Unknown:
    """Partial sums of the atoms and of one cut, from left to right."""
    cuts = support(system).cuts
    if len(cuts) > 1:
        return UNKNOWN
    pieces = [
        (constant_ball(place)(64), mass) for place, mass in atoms(system, no_instance).items()
    ]
    if cuts:
        low, high = cuts[0]
        if low is None or high is None:
            return UNKNOWN
        rest = 1 - sp.Add(*(mass for _, mass in pieces))
        pieces.append(((low.ball(64) + high.ball(64)) / 2, rest))
    total, found = sp.S.Zero, {sp.S.Zero}
    for _, mass in sorted(pieces, key=lambda piece: float(piece[0].mid())):
        total += mass
        found.add(sp.expand(total))
    return frozenset(found)
