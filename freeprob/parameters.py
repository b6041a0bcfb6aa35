"""Reading parameters: exact in, exact out."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from numbers import Integral, Rational, Real
from random import Random

import sympy as sp

from freeprob.errors import FreeprobError, InvalidParameterError


def exact(value: object, name: str = "parameter") -> sp.Expr:
    """Read a parameter exactly: 0.1 and "0.1" are 1/10, as they print.

    Raises
    ------
    InvalidParameterError
        For NaN, infinities, complex numbers, text that is no number, and other types.
    """
    if isinstance(value, sp.Float):
        value = Decimal(str(value))
    if isinstance(value, sp.Expr):
        if value.has(sp.nan, sp.zoo, sp.oo, -sp.oo) or value.is_extended_real is False:
            raise InvalidParameterError(f"{name} must be a real number or symbol, got {value}")
        floats = value.atoms(sp.Float)
        return value.xreplace({number: exact(number, name) for number in floats})
    if isinstance(value, bool):
        raise InvalidParameterError(f"{name} must be a real number or symbol, got {value}")
    if isinstance(value, Integral):
        return sp.Integer(int(value))
    if isinstance(value, Fraction | Rational):
        return sp.Rational(int(value.numerator), int(value.denominator))
    if isinstance(value, Real):
        value = Decimal(repr(float(value)))
    if isinstance(value, str | Decimal):
        return _decimal(value, name)
    raise InvalidParameterError(
        f"{name} must be a number or a SymPy expression, got {type(value).__name__}"
    )


def _decimal(value: str | Decimal, name: str) -> sp.Rational:
    """A decimal or a quotient of integers, written out, as the rational it is."""
    try:
        number = Fraction(value)
    except (ValueError, OverflowError, ZeroDivisionError) as error:
        raise InvalidParameterError(
            f"{name} must be a finite number such as 0.25 or '1/4', got {value}"
        ) from error
    return sp.Rational(number.numerator, number.denominator)


def digits(value: object) -> int | None:
    """Read a number of digits: a positive integer, or None for the default reading.

    Raises
    ------
    InvalidParameterError
        For anything else.
    """
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, Integral) or value < 1:
        raise InvalidParameterError(f"dps, the number of digits, is an integer ≥ 1, got {value!r}")
    return int(value)


def require(condition: object, message: str) -> None:
    """Refuse a parameter whose condition is decidedly false; symbols stay allowed."""
    if condition is False or condition == sp.false:
        raise InvalidParameterError(message)


def count(value: object) -> int:
    """Read a number of terms: an integer that is at least 0.

    Raises
    ------
    InvalidParameterError
        For anything else.
    """
    if isinstance(value, bool) or not isinstance(value, Integral) or value < 0:
        raise InvalidParameterError(f"expected an integer n ≥ 0 as number of terms, got {value!r}")
    return int(value)


def own_symbols(law: sp.Basic, *symbols: object) -> None:
    """Require distinct symbols that are not parameters of the law."""
    for symbol in symbols:
        require(
            isinstance(symbol, sp.Symbol),
            f"a variable of an equation must be a SymPy symbol, got {symbol!r}",
        )
    require(len(set(symbols)) == len(symbols), "the variables of an equation must be distinct")
    taken = [str(symbol) for symbol in symbols if symbol in law.free_symbols]
    require(
        not taken,
        f"{', '.join(taken)} is a parameter of this law; choose another symbol for the variable",
    )


def bound(name: str, index: int = 0) -> sp.Dummy:
    """A bound variable, the same one everywhere: laws with equal formulas compare equal."""
    return sp.Dummy(name, dummy_index=_BOUND + index)


_BOUND = 7_302_018_644


def expression(value: object) -> sp.Expr:
    """Read the argument of a transform: a finite expression or number, never text."""
    try:
        read = sp.sympify(value, strict=True)
    except sp.SympifyError as error:
        raise InvalidParameterError(
            f"the argument must be a number or a SymPy expression, got {type(value).__name__}"
        ) from error
    if not isinstance(read, sp.Expr) or read.has(sp.nan, sp.zoo, sp.oo, -sp.oo):
        raise InvalidParameterError(
            f"the argument must be a finite number or a SymPy expression, got {value}"
        )
    return read


def admissible(law: sp.Basic, random: Random) -> dict[sp.Symbol, sp.Expr]:
    """Random rational values of the parameters that the law accepts."""
    symbols = sorted(law.free_symbols, key=sp.default_sort_key)
    for _ in range(_ATTEMPTS):
        values = {symbol: _drawn(symbol, random) for symbol in symbols}
        try:
            law.subs(values)
        except FreeprobError:
            continue
        return values
    raise InvalidParameterError(
        f"no admissible values were found for {', '.join(map(str, symbols))}; use law.subs first"
    )


_ATTEMPTS = 1000


def _drawn(symbol: sp.Symbol, random: Random) -> sp.Rational:
    """A rational below or above 1, negative for negative symbols."""
    size = sp.Rational(random.randint(3, 61), random.choice((64, 24)))
    whole = sp.Integer(1 + int(size * 3))
    value = whole if symbol.is_integer else size
    return -value if symbol.is_negative else value
