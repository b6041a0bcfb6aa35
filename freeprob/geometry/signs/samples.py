"""Sample values of symbolic parameters, in keeping with their assumptions."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterator, Sequence

import sympy as sp

from freeprob.exact.systems.system import System

Values = dict[sp.Symbol, sp.Rational]
Instance = Callable[[Values], System | None]

_ATTEMPTS = 400
_ASSUMED = (
    *("positive", "negative", "nonnegative", "nonpositive", "zero"),
    *("even", "odd", "integer", "noninteger"),
)


def samples(
    parameters: Sequence[sp.Symbol],
    instance: Instance,
    count: int,
    whole: Collection[sp.Symbol] = (),
) -> Iterator[tuple[Values, System]]:
    """Admissible values with the system they give, spread over several orders of magnitude.

    Symbols in ``whole`` get integers, as exponents do, whose denominators are roots to be taken.
    """
    generator = random.Random(20260101)
    found = 0
    for _ in range(_ATTEMPTS):
        values = {symbol: _value(symbol, generator, symbol in whole) for symbol in parameters}
        system = instance(values)
        if system is not None:
            found += 1
            yield values, system
        if found == count:
            return


def _value(symbol: sp.Symbol, generator: random.Random, whole: bool) -> sp.Rational:
    """A random rational that satisfies the symbol's assumptions."""
    while True:
        if whole or symbol.is_integer:
            value = sp.Integer(generator.randint(-3, 9))
        else:
            size = sp.Rational(generator.randint(1, 40), generator.choice((1, 3, 7, 11, 16)))
            value = size if symbol.is_nonnegative else size * generator.choice((-1, 1))
        if suits(symbol, value):
            return value


def suits(symbol: sp.Symbol, value: sp.Rational) -> bool:
    """Whether a value satisfies what a symbol is assumed to be."""
    return all(
        getattr(value, f"is_{name}") == wanted
        for name, wanted in symbol.assumptions0.items()
        if name in _ASSUMED
    )
