"""Functions of parameters, such as √c, as symbols of their own while equations are made.

Rings know symbols and numbers. Powers c^(p/q) of one parameter are powers of its root t = c^(1/q),
and c is t^q; the value of any other function of parameters is a symbol by itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from math import lcm

import sympy as sp

from freeprob.exact.algebra.door import functions
from freeprob.exact.systems.leading_terms import LeadingTerms
from freeprob.exact.systems.system import Node, System, specialised

Names = dict[sp.Expr, sp.Expr]


@lru_cache(maxsize=512)
def with_symbols(system: System) -> tuple[System, Names]:
    """The system with symbols for functions of its parameters, and what each symbol stands for."""
    parameters = system.parameters
    values = [f for f in functions(_expressions(system)) if f.free_symbols <= parameters]
    replaced: Names = {}
    meant: Names = {}
    for base, powers in _by_base(values).items():
        order = lcm(*(int(power.as_base_exp()[1].q) for power in powers))
        root = sp.Dummy(str(base), positive=True)
        replaced.update({power: root ** (power.as_base_exp()[1] * order) for power in powers})
        meant[root] = base ** sp.Rational(1, order)
        if base.is_Symbol:
            replaced[base] = root**order
    for value in values:
        if value not in replaced:
            replaced[value] = sp.Dummy(str(value))
            meant[replaced[value]] = value
    return (specialised(system, replaced), meant) if replaced else (system, {})


def _by_base(values: Iterable[sp.Expr]) -> dict[sp.Expr, list[sp.Expr]]:
    """Powers with rational exponents, those of one base together."""
    found: dict[sp.Expr, list[sp.Expr]] = {}
    for value in values:
        base, exponent = value.as_base_exp()
        if value.is_Pow and exponent.is_Rational:
            found.setdefault(base, []).append(value)
    return found


def _expressions(system: System) -> list[sp.Expr]:
    """All expressions of a tree."""
    if isinstance(system, Node):
        return [
            *system.operation.coefficients,
            *(expression for part in system.parts for expression in _expressions(part)),
        ]
    sides = [side for relation in system.relations for side in relation]
    terms = system.at_infinity.terms if isinstance(system.at_infinity, LeadingTerms) else ()
    return [system.z, system.G, *sides, *terms]
