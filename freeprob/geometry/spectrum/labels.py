"""Gap labels: the finitely many values that the mass to the left of a gap can have.

Along the imaginary direction above a point of a gap, the differential G dz of an operation is a
sum of those of its parts and of logarithmic differentials. For a free sum, z = Σ ωᵢ - (n - 1)/G
gives G dz = Σ Gᵢ dωᵢ + (n - 1) dG/G. Its imaginary part counts masses: the mass to the left is a
sum of the parts' masses to the left of real ωᵢ, less an integer multiple of n - 1. Free powers,
compressions and products are alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache, singledispatch
from itertools import product

import sympy as sp

from freeprob.exact.operations.additive import Compression, FreePower, FreeSum
from freeprob.exact.operations.maps import MobiusMap
from freeprob.exact.operations.multiplicative import FreeProduct
from freeprob.exact.operations.pointwise import Mixture
from freeprob.exact.systems.system import Node, Operation, System
from freeprob.geometry.signs.rounding import constant_ball
from freeprob.geometry.spectrum.atoms import atoms, no_instance
from freeprob.geometry.spectrum.support import support

Labels = frozenset[sp.Expr]


@lru_cache(maxsize=256)
def labels(system: System) -> Labels | None:
    """Possible masses to the left of a point in a gap, or None where they are not known."""
    if isinstance(system, Node):
        parts = [labels(part) for part in system.parts]
        if None not in parts and not _cuts_through(system):
            found = combined(system.operation, parts)
            if found is not None:
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


def _by_order(system: System) -> Labels | None:
    """Partial sums of the atoms and of one cut, from left to right."""
    cuts = support(system).cuts
    if len(cuts) > 1:
        return None
    pieces = [
        (constant_ball(place)(64), mass) for place, mass in atoms(system, no_instance).items()
    ]
    if cuts:
        low, high = cuts[0]
        if low is None or high is None:
            return None
        rest = 1 - sp.Add(*(mass for _, mass in pieces))
        pieces.append(((low.ball(64) + high.ball(64)) / 2, rest))
    total, found = sp.S.Zero, {sp.S.Zero}
    for _, mass in sorted(pieces, key=lambda piece: float(piece[0].mid())):
        total += mass
        found.add(sp.expand(total))
    return frozenset(found)


@singledispatch
def combined(operation: Operation, parts: Sequence[Labels]) -> Labels | None:
    """Labels of an operation from those of its parts; None where no rule is known."""
    return None


@combined.register
def _(operation: FreeSum | FreeProduct, parts: Sequence[Labels]) -> Labels:
    """Sums of labels, less 0 or n - 1 (sign of G); for products of positive laws sign of y."""
    sums = {sp.Add(*choice) for choice in product(*parts)}
    return frozenset(total - shift for total in sums for shift in (0, len(parts) - 1))


@combined.register
def _(operation: FreePower, parts: Sequence[Labels]) -> Labels:
    """From z = tω - (t - 1)/G."""
    t = operation.exponent
    return frozenset(t * label - shift for label in parts[0] for shift in (0, t - 1))


@combined.register
def _(operation: Compression, parts: Sequence[Labels]) -> Labels:
    """From z = ω - (1 - t)/G₁ and G = G₁/t."""
    t = operation.trace
    return frozenset((label - shift) / t for label in parts[0] for shift in (0, 1 - t))


@combined.register
def _(operation: Mixture, parts: Sequence[Labels]) -> Labels:
    """Masses average."""
    return frozenset(
        sp.Add(*(weight * label for weight, label in zip(operation.weights, choice, strict=True)))
        for choice in product(*parts)
    )


@combined.register
def _(operation: MobiusMap, parts: Sequence[Labels]) -> Labels:
    """Differences of labels: a Möbius map sends a half line to an arc between two gaps."""
    pairs = product(parts[0], repeat=2)
    return frozenset(sign for one, other in pairs for sign in (one - other, 1 - (one - other)))
