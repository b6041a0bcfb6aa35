"""Sums over many poles that stay sums: the Cauchy transform of measured values.

Σ pᵢ/(u - aᵢ)ᵏ is one function of u with one derivative rule, whatever the number of poles. Nothing
exact expands it; moments come from the poles themselves, numbers from one vectorised step.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from hashlib import sha256
from typing import Any, final

import sympy as sp
from flint import fmpq

from freeprob.errors import BudgetExceededError
from freeprob.exact.algebra.door import to_fmpq
from freeprob.exact.systems.leading_terms import LeadingTerms
from freeprob.exact.systems.leaves import from_atoms
from freeprob.exact.systems.system import Leaf, Node, System

FEW = 12
"""Atoms up to which a law is a rational function that exact readings expand."""
EXPANDED = 40
"""Atoms up to which elimination is tried on request: past it degrees are out of all reach."""
_PLACE = sp.Dummy("omega")


@final
class Poles(sp.Atom):
    """Distinct rational places in increasing order and their rational weights, as one object."""

    is_commutative = True

    def __new__(cls, places: Sequence[fmpq], weights: Sequence[fmpq]) -> Poles:
        """From sorted places and their weights."""
        poles = super().__new__(cls)
        poles.pairs = tuple(
            (int(a.p), int(a.q), int(w.p), int(w.q)) for a, w in zip(places, weights, strict=True)
        )
        return poles

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (self.pairs,)

    def _hashable_content(self) -> tuple[Any, ...]:
        return self.pairs

    def __len__(self) -> int:
        return len(self.pairs)

    def __bool__(self) -> bool:
        return True

    @cached_property
    def places(self) -> tuple[fmpq, ...]:
        """Where the poles are."""
        return tuple(fmpq(p, q) for p, q, _, _ in self.pairs)

    @cached_property
    def weights(self) -> tuple[fmpq, ...]:
        """Their residues."""
        return tuple(fmpq(p, q) for _, _, p, q in self.pairs)

    @cached_property
    def atoms_by_place(self) -> dict[sp.Rational, sp.Rational]:
        """The same as SymPy numbers."""
        return {sp.Rational(a, b): sp.Rational(p, q) for a, b, p, q in self.pairs}

    def moment(self, order: int) -> fmpq:
        """Σ pᵢ aᵢⁿ, halves first: numerators stay short."""
        return _total([w * a**order for a, w in zip(self.places, self.weights, strict=True)])

    def _sympystr(self, printer: object) -> str:
        digest = sha256(repr(self.pairs).encode()).hexdigest()[:8]
        return f"Poles({len(self)}, {digest})"


def _restored(pairs: tuple[tuple[int, int, int, int], ...]) -> Poles:
    """Poles from a pickle."""
    return Poles([fmpq(p, q) for p, q, _, _ in pairs], [fmpq(p, q) for _, _, p, q in pairs])


def _total(terms: list[fmpq]) -> fmpq:
    while len(terms) > 1:
        terms = [sum(terms[i : i + 2], fmpq(0)) for i in range(0, len(terms), 2)]
    return terms[0]


@final
class PoleSum(sp.Function):
    """Σ pᵢ/(u - aᵢ)ᵏ with arguments u, the poles and k."""

    nargs = 3

    @classmethod
    def eval(cls, *arguments: sp.Basic) -> None:
        """Never evaluated by SymPy."""

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        """The derivative by u, of the next order."""
        u, poles, order = self.args
        return -order * PoleSum(u, poles, order + 1)

    def _eval_derivative(self, symbol: sp.Symbol) -> sp.Expr:
        return self.fdiff() * self.args[0].diff(symbol)

    def _eval_is_commutative(self) -> bool:
        return True


def from_rational_atoms(weights: Mapping[sp.Rational, sp.Rational]) -> Leaf:
    """The same from a mapping of places to masses."""
    pairs = sorted((to_fmpq(place), to_fmpq(mass)) for place, mass in weights.items())
    return from_poles(Poles(*zip(*pairs, strict=True)))


def from_poles(poles: Poles) -> Leaf:
    """A law of atoms with u = z: a rational G where they are few, one sum over poles elsewhere."""
    if len(poles) <= FEW:
        return from_atoms(poles.atoms_by_place)
    G = PoleSum(_PLACE, poles, sp.S.One)
    return Leaf((_PLACE,), _PLACE, G, LeadingTerms.of(lambda z: (z,)))


def poles_of(system: System) -> Poles | None:
    """The poles of a leaf made by :func:`from_poles`, None for other systems."""
    if isinstance(system, Leaf) and isinstance(system.G, PoleSum):
        return system.G.args[1]
    return None


def expanded(system: System) -> System:
    """The system with sums over poles written out, for elimination.

    Raises
    ------
    BudgetExceededError
        If a law has too many atoms for any equation to be had.
    """
    if isinstance(system, Node):
        return Node(system.operation, tuple(expanded(part) for part in system.parts))
    poles = poles_of(system)
    if poles is None:
        return system
    if len(poles) > EXPANDED:
        raise BudgetExceededError(
            f"an equation of a law of {len(poles)} atoms has degree {len(poles)} and more: it is "
            "not written out. Numbers (cauchy, density, support(dps=...), edges(dps=...), cdf) and "
            f"moments work; for an equation bin the values to at most {EXPANDED}, or use "
            "system_equations"
        )
    return from_atoms(poles.atoms_by_place)
