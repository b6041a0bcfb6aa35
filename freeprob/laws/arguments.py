"""Reading laws, and what is decided about them before an operation is allowed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

import sympy as sp

from freeprob.errors import InvalidParameterError
from freeprob.exact.systems.system import Node, Operation, System
from freeprob.laws.base import Law
from freeprob.parameters import exact, require


def the_law(value: object, operation: str) -> Law:
    """The argument, refused if it is no law."""
    if not isinstance(value, Law):
        raise InvalidParameterError(
            f"{operation} takes laws, got {type(value).__name__}; a constant a is PointMass(a)"
        )
    return value


def the_laws(values: Sequence[object], operation: str) -> tuple[Law, ...]:
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


def weighted(items: Mapping[object, object] | Iterable[Sequence[object]]) -> list[tuple]:
    """Pairs (thing, weight) from a mapping or from pairs."""
    pairs = items.items() if isinstance(items, Mapping | sp.Dict) else items
    try:
        return [(thing, exact(weight, "weight")) for thing, weight in pairs]
    except (TypeError, ValueError) as error:
        if isinstance(error, InvalidParameterError):
            raise
        raise InvalidParameterError(
            "expected a mapping {place or law: weight}, or pairs of the two"
        ) from error


def require_weights(weights: Iterable[tuple[object, sp.Expr]]) -> None:
    """Positive weights that sum to 1; undecided symbols stay allowed."""
    total = sp.S.Zero
    for thing, weight in weights:
        require(weight > 0, f"the mass at {thing} must be positive, got {weight}")
        total += weight
    total = sp.simplify(total)
    require(total.equals(1), f"the masses must sum to 1, they sum to {total}")
