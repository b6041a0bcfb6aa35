"""The symbols of a law: which it has, how they are named, and values that they may take."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from random import Random
from typing import Any

import sympy as sp

from freeprob.errors import FreeprobError, InvalidParameterError
from freeprob.parameters import exact, formula, many, mapping, require

_ATTEMPTS = 1000


def own_symbols(law: sp.Basic, *symbols: Any) -> None:
    """Require distinct symbols that are not parameters of the law."""
    distinct_symbols(symbols, "a variable of an equation must be a SymPy symbol for numbers")
    taken = [str(symbol) for symbol in symbols if symbol in law.free_symbols]
    require(
        not taken,
        f"{', '.join(taken)} is a parameter of this law; choose another symbol for the variable",
    )


def distinct_symbols(symbols: Sequence[Any], told: str) -> None:
    """Require variables that stand for numbers; ``told`` says of what."""
    for symbol in symbols:
        known = isinstance(symbol, sp.Symbol) and symbol.is_commutative
        require(known, f"{told}, got {symbol!r:.80}")
    require(len(set(symbols)) == len(symbols), f"{told}, all of them distinct")


def written_in(own: Sequence[sp.Symbol], value: Any, given: Sequence[Any], told: str) -> sp.Expr:
    """A formula in a user's variables, or a Lambda of as many, in our symbols for them.

    Raises
    ------
    InvalidParameterError
        For what is no formula, and for other variables; ``told`` says what is taken.
    """
    if isinstance(value, sp.Lambda) and all(symbol is None for symbol in given):
        value, given = value.expr, value.signature
        require(len(given) == len(own), f"{told}, got a function of {len(given)} variables")
    distinct_symbols(given, told)
    return formula(value, "a formula").xreplace(dict(zip(given, own, strict=True)))


def symbols_of(law: sp.Basic, wanted: object = None) -> list[sp.Symbol]:
    """Read parameters of a law: one symbol or several, all of them for None.

    Raises
    ------
    InvalidParameterError
        For others, and for one given twice.
    """
    if wanted is None:
        return sorted(law.free_symbols, key=sp.default_sort_key)
    symbols = [wanted] if isinstance(wanted, sp.Symbol) else many(wanted, "parameters")
    for symbol in symbols:
        require(
            isinstance(symbol, sp.Symbol) and symbol in law.free_symbols,
            f"{symbol!s:.80} is no parameter of this law: give the very symbol it was made with",
        )
    require(len(set(symbols)) == len(symbols), "the parameters must be distinct")
    return symbols


def ends_of(law: sp.Basic) -> list[sp.Expr]:
    """Expressions that vanish where parameters may reach an end of their range.

    Laws end where a weight, a rate or a variance is 0, a power or a fraction 1, or two of their
    arguments are equal.
    """
    ends: list[sp.Expr] = []
    for node in sp.preorder_traversal(law):
        arguments = [
            argument
            for argument in node.args
            if isinstance(argument, sp.Expr) and not isinstance(argument, sp.Lambda | sp.MatrixExpr)
        ]
        if not isinstance(node, sp.Expr):
            ends += [one - other for one, other in combinations(arguments, 2)]
            ends += [argument - end for argument in arguments for end in (0, 1)]
        if isinstance(node, sp.Dict):
            ends += [value for value in node.values() if isinstance(value, sp.Expr)]
    own = law.free_symbols
    return [end for end in dict.fromkeys(ends) if end.free_symbols and end.free_symbols <= own]


REPLACEMENTS = "subs takes a symbol and its value, a mapping {c: 1}, or pairs [(c, 1)] of the two"


def replacements(arguments: tuple[Any, ...]) -> list[tuple[Any, Any]]:
    """What a ``subs`` replaces by what, in any form that SymPy takes.

    Raises
    ------
    InvalidParameterError
        For anything else.
    """
    given: Any = [arguments] if len(arguments) == 2 else None
    if len(arguments) == 1:
        (given,) = arguments
    listed = given.items() if isinstance(given, Mapping | sp.Dict) else given
    if not isinstance(listed, Iterable) or isinstance(listed, str | bytes):
        raise InvalidParameterError(REPLACEMENTS)
    if not getattr(listed, "ndim", 1):  # NumPy calls a number iterable
        raise InvalidParameterError(REPLACEMENTS)
    pairs = []
    for entry in listed:
        if not isinstance(entry, Sequence | sp.Tuple) or isinstance(entry, str) or len(entry) != 2:
            raise InvalidParameterError(REPLACEMENTS)
        old, new = entry
        pairs.append((old, new))
    return pairs


def values_of(law: sp.Basic, at: object) -> dict[sp.Symbol, sp.Rational]:
    """Read rational values of parameters of a law, such as {c: "1/2"}.

    Raises
    ------
    InvalidParameterError
        For other symbols and for values that are not rational.
    """
    values = {
        symbol: exact(value, str(symbol))
        for symbol, value in mapping(at, "at", "{c: '1/2'}").items()
    }
    symbols_of(law, list(values))
    for symbol, value in values.items():
        require(
            value.is_Rational,
            f"the value of {symbol} must be rational for exact derivatives, got {value}",
        )
    return values


def way_out(law: sp.Basic) -> str:
    """What names stay without a value, and how they get one."""
    symbols = sorted(law.free_symbols, key=sp.default_sort_key)
    names = ", ".join(map(str, symbols))
    letters = [symbol for symbol in symbols if not symbol.is_Symbol]
    if letters:
        given = f"{{{letters[0]}: law}}"
        return f"{names} stay symbolic: give {letters[0]} a law by subs, as in law.subs({given})"
    return f"{names} stay symbolic: give them, as in law.subs({{{symbols[0]}: 1}})"


def admissible(
    law: sp.Basic, random: Random, first: sp.Expr | None = None
) -> dict[sp.Symbol, sp.Expr]:
    """Random rational values of the parameters that the law accepts; all ``first`` if it may be."""
    symbols = sorted(law.free_symbols, key=sp.default_sort_key)
    if not all(symbol.is_Symbol for symbol in symbols):
        raise InvalidParameterError(f"steps are verified with numbers, and {way_out(law)}")
    for attempt in range(_ATTEMPTS):
        values = {symbol: _drawn(symbol, random) for symbol in symbols}
        if first is not None and attempt == 0:
            values = dict.fromkeys(symbols, first)
        try:
            law.subs(values)
        except FreeprobError:
            continue
        return values
    raise InvalidParameterError(
        f"no admissible values were found for {', '.join(map(str, symbols))}; use law.subs first"
    )


def _drawn(symbol: sp.Symbol, random: Random) -> sp.Rational:
    """A rational below or above 1, negative for negative symbols."""
    size = sp.Rational(random.randint(3, 61), random.choice((64, 24)))
    whole = sp.Integer(1 + int(size * 3))
    value = whole if symbol.is_integer else size
    return -value if symbol.is_negative else value
