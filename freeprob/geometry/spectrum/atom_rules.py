"""Atoms of an operation from the atoms of its parts, where a theorem gives them.

Masses may contain parameters; an atom that exists for some of their values only has a mass
``Max(0, ...)``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import singledispatch
from itertools import product

import sympy as sp

from freeprob.exact.operations.additive import CompoundPoisson, Compression, FreePower, FreeSum
from freeprob.exact.operations.maps import EvenSquare, MobiusMap, SymmetricRoot
from freeprob.exact.operations.multiplicative import FreeProduct, FreeProductPower
from freeprob.exact.operations.pointwise import Mixture, Reweighting
from freeprob.exact.operations.rectangular import InformationPlusNoise, RectangularSum
from freeprob.exact.systems.system import Operation

Atoms = Mapping[sp.Expr, sp.Expr]
Weighted = tuple[sp.Expr, sp.Expr]

_HALF = sp.Rational(1, 2)


def gathered(masses: Iterable[Weighted]) -> dict[sp.Expr, sp.Expr]:
    """Masses added up at equal locations, from left to right."""
    found: dict[sp.Expr, sp.Expr] = {}
    for place, mass in masses:
        if mass != 0:
            location = place if place.is_Rational else sp.expand(place)
            found[location] = found.get(location, sp.S.Zero) + mass
    return dict(sorted(found.items(), key=_from_left))


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


@singledispatch
def rule(operation: Operation, parts: Sequence[Atoms]) -> dict[sp.Expr, sp.Expr] | None:
    """Atoms of the operation's law, or None where no theorem is known here."""
    return None


def _excess(parts: Sequence[Atoms], join: Callable[..., sp.Expr]) -> list[Weighted]:
    """Choices of one atom in each part; spaces in general position meet in the excess."""
    deficit = len(parts) - 1
    return [
        (join(*(place for place, _ in choice)), sp.Add(*(mass for _, mass in choice)) - deficit)
        for choice in product(*(part.items() for part in parts))
    ]


@rule.register
def _(operation: FreeSum, parts: Sequence[Atoms]) -> dict[sp.Expr, sp.Expr]:
    """Bercovici-Voiculescu 1998, Theorem 7.4: a = Σ bᵢ with Σ μᵢ{bᵢ} > n - 1; mass = the excess."""
    return excesses(_excess(parts, sp.Add))


@rule.register
def _(operation: FreePower, parts: Sequence[Atoms]) -> dict[sp.Expr, sp.Expr]:
    """Belinschi-Bercovici 2004, Theorem 3.1: tb has mass tμ{b} - (t - 1)."""
    t = operation.exponent
    return excesses((t * place, t * mass - (t - 1)) for place, mass in parts[0].items())


@rule.register
def _(operation: Compression, parts: Sequence[Atoms]) -> dict[sp.Expr, sp.Expr]:
    """A kernel of trace m meets the range of a free projection of trace t in m + t - 1."""
    t = operation.trace
    return excesses((place, (mass + t - 1) / t) for place, mass in parts[0].items())


@rule.register
def _(operation: CompoundPoisson, parts: Sequence[Atoms]) -> dict[sp.Expr, sp.Expr]:
    """Free infinitely divisible: one atom at most, at 0, of mass 1 - λ ν(ℝ∖0)."""
    jump = parts[0].get(sp.S.Zero, sp.S.Zero)
    return excesses([(sp.S.Zero, 1 - operation.rate * (1 - jump))])


@rule.register
def _(operation: FreeProduct, parts: Sequence[Atoms]) -> dict[sp.Expr, sp.Expr]:
    """Belinschi 2003: at 0 the largest mass at 0; elsewhere a = ∏ bᵢ with the excess."""
    zero = sp.Max(*(part.get(sp.S.Zero, sp.S.Zero) for part in parts))
    away = [{place: mass for place, mass in part.items() if place != 0} for part in parts]
    return excesses([(sp.S.Zero, zero), *_excess(away, sp.Mul)])


@rule.register
def _(operation: FreeProductPower, parts: Sequence[Atoms]) -> dict[sp.Expr, sp.Expr] | None:
    """Belinschi-Bercovici 2005: bᵗ has mass tμ{b} - (t - 1), 0 keeps its mass, t ≥ 1."""
    t = operation.exponent
    if t < 1:
        return None
    return excesses(
        (place**t, mass if place == 0 else t * mass - (t - 1)) for place, mass in parts[0].items()
    )


@rule.register
def _(operation: Mixture, parts: Sequence[Atoms]) -> dict[sp.Expr, sp.Expr]:
    """Masses average."""
    return gathered(
        (place, weight * mass)
        for weight, part in zip(operation.weights, parts, strict=True)
        for place, mass in part.items()
    )


@rule.register
def _(operation: MobiusMap, parts: Sequence[Atoms]) -> dict[sp.Expr, sp.Expr]:
    """Atoms move with the map."""
    a, b, c, d = operation.a, operation.b, operation.c, operation.d
    return gathered(((a * x + b) / (c * x + d), mass) for x, mass in parts[0].items())


@rule.register
def _(operation: EvenSquare, parts: Sequence[Atoms]) -> dict[sp.Expr, sp.Expr]:
    """Atoms at ±x move to x²."""
    return gathered((x**2, mass) for x, mass in parts[0].items())


@rule.register
def _(operation: SymmetricRoot, parts: Sequence[Atoms]) -> dict[sp.Expr, sp.Expr]:
    """Half the mass of x moves to each of ±√x."""
    return gathered(
        (sign * sp.sqrt(x), mass * _HALF) for x, mass in parts[0].items() for sign in (-1, 1)
    )


@rule.register
def _(operation: RectangularSum, parts: Sequence[Atoms]) -> dict[sp.Expr, sp.Expr] | None:
    """Singular spaces in general position meet in the kernels only, on both sides of the matrix.

    A singular value b of A stays one of A + B on the kernel of B: of mass m in C^p, less what
    the rank 1 - k of B takes away on the left and again on the right, m - 2(1 - k). With
    infinitely many columns it is the free sum of AAᵀ and BBᵀ, as in Benaych-Georges 2009.
    """
    if operation.ratio == 0:
        return excesses(_excess(parts, sp.Add))
    if not operation.ratio.is_positive:
        return None
    first, second = (part.get(sp.S.Zero, sp.S.Zero) for part in parts)
    away = [
        (place, mass - 2 * (1 - kernel))
        for part, kernel in zip(parts, (second, first), strict=True)
        for place, mass in part.items()
        if place != 0
    ]
    return excesses([(sp.S.Zero, first + second - 1), *away])


@rule.register
def _(operation: InformationPlusNoise, parts: Sequence[Atoms]) -> dict[sp.Expr, sp.Expr]:
    """The noise has full rank: only the kernel that the shape forces stays, 1 - 1/c at 0."""
    return excesses([(sp.S.Zero, 1 - 1 / operation.ratio)])


@rule.register
def _(operation: Reweighting, parts: Sequence[Atoms]) -> dict[sp.Expr, sp.Expr]:
    """p(x) μ(dx) has the atoms of μ, each p(x) times as heavy."""
    return gathered(
        (x, tidy(mass * sp.Add(*(value * x**k for k, value in enumerate(operation.weight)))))
        for x, mass in parts[0].items()
    )
