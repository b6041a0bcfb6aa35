"""Reading laws, and what is decided about them before an operation is allowed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

import sympy as sp

from freeprob.errors import InvalidParameterError
from freeprob.exact.systems.system import Node, Operation, System
from freeprob.finite_expressions import told
from freeprob.laws.base import Law
from freeprob.parameters import exact, require

Thing = TypeVar("Thing")


def the_law(value: Any, operation: str) -> Law:
    """The argument, refused if it is no law."""
    if not isinstance(value, Law):
        raise InvalidParameterError(
            f"{operation} takes laws, got {type(value).__name__}; a constant a is PointMass(a), "
            "and values of equal weight are Atomic([1, 2, 3])"
        )
    return value


def the_laws(values: Sequence[Any], operation: str) -> tuple[Law, ...]:
    """At least one law."""
    if not values:
        raise InvalidParameterError(f"{operation} needs at least one law")
    return tuple(the_law(value, operation) for value in values)


def gathered(laws: Sequence[Law], power: Callable[[sp.Expr], Operation]) -> tuple[System, ...]:
    """Systems of the laws, n equal ones as one power: they share one subordination function."""
    counted = Counter(laws)
    return tuple(
        law.system if count == 1 else Node(power(sp.Integer(count)), (law.system,))
        for law, count in counted.items()
    )


def weighted(items: Any) -> list[tuple]:
    """Pairs (thing, weight) from a mapping, from pairs, or from things of equal weight."""
    if (
        isinstance(items, str | Law)
        or not isinstance(items, Iterable | sp.Tuple)
        or (getattr(items, "ndim", 1) == 0)
    ):
        raise InvalidParameterError(_WEIGHTS)
    entries: list[Any] = list(items.items() if isinstance(items, Mapping | sp.Dict) else items)
    if entries and not any(_is_pair(entry) for entry in entries):
        return [(thing, sp.Rational(1, len(entries))) for thing in entries]
    if not all(_is_pair(entry) for entry in entries):
        raise InvalidParameterError(_WEIGHTS)
    return [(thing, exact(weight, "weight")) for thing, weight in entries]


_WEIGHTS = (
    "expected a mapping {place or law: weight}, pairs of the two, or a list of places or laws that "
    "have equal weights"
)


def _is_pair(entry: Any) -> bool:
    return isinstance(entry, Sequence | sp.Tuple) and not isinstance(entry, str) and len(entry) == 2


_ROUNDING = sp.Rational(1, 10**12)
"""Masses typed as floats sum to 1 up to their last digits; a wrong mass is farther away."""


def normalised(weights: Mapping[Thing, sp.Expr]) -> dict[Thing, sp.Expr]:
    """Positive weights divided by a sum within 10⁻¹² of 1; undecided symbols stay allowed."""
    for thing, weight in weights.items():
        require(weight > 0, f"the mass at {thing} must be positive, got {weight}")
    total = sp.simplify(sp.Add(*weights.values()))
    if total.is_Rational and 0 < abs(total - 1) <= _ROUNDING:
        return {thing: weight / total for thing, weight in weights.items()}
    require(total.equals(1), f"the masses must sum to 1, they sum to {told(total)}")
    return dict(weights)
