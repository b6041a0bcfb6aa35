"""What theorems say of an operation's result: its atoms, its gap labels, or that none is known.

Masses may contain parameters; an atom that exists for some of their values only has a mass
``Max(0, ...)``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum
from itertools import product

import sympy as sp

Atoms = Mapping[sp.Expr, sp.Expr]
Labels = frozenset[sp.Expr]
Weighted = tuple[sp.Expr, sp.Expr]


class Unknown(Enum):
    """No theorem settles it from the parts: the branch is to be asked. Never "there are none"."""

    UNKNOWN = "no theorem is known"


UNKNOWN = Unknown.UNKNOWN


class GivenMoments(ABC):
    """Moments that a law's construction tells, where its equations have no expansion."""

    @abstractmethod
    def moment(self, order: int) -> sp.Expr:
        """The moment of this order, from 1 on."""

    @abstractmethod
    def specialised(self, values: Mapping[sp.Expr, sp.Expr]) -> GivenMoments:
        """The same with parameters replaced by values."""


def gathered(masses: Iterable[Weighted]) -> dict[sp.Expr, sp.Expr]:
    """Masses added up at equal locations, from left to right."""
    found: dict[sp.Expr, sp.Expr] = {}
    for place, mass in masses:
        if mass != 0:
            location = place if place.is_Rational else sp.expand(place)
            found[location] = found.get(location, sp.S.Zero) + mass
    # companions take zeros away: what is left of nothing is no atom
    left = {place: mass for place, mass in found.items() if mass != 0}
    return dict(sorted(left.items(), key=_from_left))


def excesses(masses: Iterable[Weighted]) -> dict[sp.Expr, sp.Expr]:
    """The same for masses that count only where they are positive."""
    return gathered((place, positive_part(mass)) for place, mass in masses)


def _from_left(item: Weighted) -> tuple:
    """Sort numbers by value, before symbols by name."""
    location = item[0]
    if location.is_number:
        return (0, location.evalf(30), "")
    return (1, 0, str(location))


def positive_part(mass: sp.Expr) -> sp.Expr:
    """Max(0, mass), simplified where the sign is known."""
    mass = tidy(mass)
    if mass.is_positive:
        return mass
    if mass.is_nonpositive:
        return sp.S.Zero
    return sp.Max(0, mass)


def tidy(mass: sp.Expr) -> sp.Expr:
    """A mass in its shorter form, as one fraction or as a sum."""
    if not mass.free_symbols or mass.has(sp.Max):
        return sp.expand(mass)
    fraction = sp.cancel(mass)
    return min(sp.expand(fraction), fraction, key=lambda form: form.count_ops())


def meetings(parts: Sequence[Atoms], join: Callable[..., sp.Expr]) -> list[Weighted]:
    """Choices of one atom in each part; spaces in general position meet in the excess."""
    deficit = len(parts) - 1
    parts = [_heavy(part, [*parts[:i], *parts[i + 1 :]]) for i, part in enumerate(parts)]
    return [
        (join(*(place for place, _ in choice)), sp.Add(*(mass for _, mass in choice)) - deficit)
        for choice in product(*(part.items() for part in parts))
    ]


def _heavy(atoms: Atoms, others: Sequence[Atoms]) -> Atoms:
    """Atoms that can meet others in an excess: of thousands of light ones there are none."""
    if not all(mass.is_Rational for part in (atoms, *others) for mass in part.values()):
        return atoms
    most = sum((max(part.values(), default=sp.S.Zero) for part in others), sp.S.Zero)
    return {place: mass for place, mass in atoms.items() if mass + most > len(others)}


def is_whole(atoms: Atoms) -> bool:
    """Whether atoms are decidedly all of a law."""
    return sp.expand(sp.Add(*atoms.values()) - 1) == 0


def only_atom(atoms: Atoms) -> sp.Expr | None:
    """The place of a point mass; None for other laws."""
    return next(iter(atoms)) if len(atoms) == 1 and is_whole(atoms) else None


def labels_less_excess(parts: Sequence[Labels]) -> Labels:
    """Where G dz = Σ Gᵢ dωᵢ + (n - 1) d log of what has no winding or one: less 0 or n - 1."""
    return frozenset(total - shift for total in label_sums(parts) for shift in (0, len(parts) - 1))


def label_sums(parts: Sequence[Labels]) -> frozenset[sp.Expr]:
    """Sums of one label of each part."""
    return frozenset(sp.Add(*choice) for choice in product(*parts))
