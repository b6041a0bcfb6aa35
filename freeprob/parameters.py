"""Reading parameters: exact in, exact out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import combinations
from numbers import Integral, Rational, Real
from random import Random
from typing import TYPE_CHECKING, Any, TypeAlias, overload

import sympy as sp

from freeprob.enclosed_numbers import EnclosedNumber, Encloses
from freeprob.errors import FreeprobError, InvalidParameterError

if TYPE_CHECKING:
    import numpy as np

# what `exact` reads: wider than any type that SymPy, NumPy and the standard library share
Number: TypeAlias = Any


def exact(value: Number, name: str = "parameter") -> sp.Expr:
    """Read a parameter exactly: 0.1 and "0.1" are 1/10, as they print.

    What has a method ``enclose(bits)``, a ball of that many bits, is kept and asked for digits.

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
    if isinstance(value, Encloses) and not isinstance(value, sp.Basic):
        return EnclosedNumber(value)
    if isinstance(value, Real):
        value = _printed(value)
    if isinstance(value, str | Decimal):
        return _decimal(value, name)
    raise InvalidParameterError(
        f"{name} must be a number or a SymPy expression, got {type(value).__name__}"
    )


def _printed(value: Real) -> str:
    """A floating-point number of any precision in its own digits."""
    raw = getattr(value, "_mpf_", None)
    if raw is not None and raw[3] > _DOUBLE_BITS:
        # an mpf has no memory of its precision: its mantissa tells how many digits it holds
        return str(sp.Float(raw, precision=raw[3]).n(int(raw[3] * _DIGITS_PER_BIT)))
    # a short format has short digits: float32 prints 0.1 where its double is 0.10000000149
    return str(value) if hasattr(value, "dtype") else repr(float(value))


def _decimal(value: str | Decimal, name: str) -> sp.Rational:
    """A decimal or a quotient of integers, written out, as the rational it is."""
    try:
        number = Fraction(value)
    except (ValueError, OverflowError, ZeroDivisionError) as error:
        raise InvalidParameterError(
            f"{name} must be a finite number such as 0.25 or '1/4', got {value}"
        ) from error
    return sp.Rational(number.numerator, number.denominator)


@overload
def digits(value: None) -> None: ...
@overload
def digits(value: int) -> int: ...
@overload
def digits(value: object) -> int | None: ...
def digits(value: object) -> int | None:
    """Read a number of digits: a positive integer, or None for the default reading.

    Raises
    ------
    InvalidParameterError
        For anything else.
    """
    if value is None:
        return None
    return count(value, "dps", least=1, most=_MOST_DIGITS)


# a number of a million digits fills the memory before it fills a page
_MOST_DIGITS = 100_000


# exact terms grow with their order: a list of more is never what was meant
_MOST_TERMS = 10_000


def count(value: Number, name: str = "n", least: int = 0, most: int = _MOST_TERMS) -> int:
    """Read a whole number: of terms, draws, layers, units.

    Raises
    ------
    InvalidParameterError
        For anything else, and outside [least, most].
    """
    if isinstance(value, bool) or not isinstance(value, Integral | sp.Integer):
        raise InvalidParameterError(f"{name} must be a whole number ≥ {least}, got {value!r:.80}")
    if not least <= value <= most:
        raise InvalidParameterError(
            f"{name} must be a whole number, at least {least} and at most {most}, got {value!s:.80}"
        )
    return int(value)


def allowance(budget: object) -> int:
    """Read a budget: operations that may be predicted, 0 or more; 1e9 is as good as 10**9.

    Raises
    ------
    InvalidParameterError
        For anything else; a budget without end is a large number.
    """
    number = exact(budget, "budget")
    told = f"budget must be a number of operations, 0 or more, got {budget!s:.80}"
    require(bool(number.is_Rational and number >= 0), told)
    return int(number)


def finite(value: object, name: str) -> float:
    """Read a real number as a float, such as the size of a picture.

    Raises
    ------
    InvalidParameterError
        For symbols, complex and infinite numbers, and what :func:`exact` refuses.
    """
    read = exact(value, name)
    try:
        return float(read)
    except (TypeError, OverflowError) as error:
        raise InvalidParameterError(f"{name} must be a real number, got {value!r:.80}") from error


def reals(value: object, name: str) -> np.ndarray:
    """Read real numbers as a float64 array of the same shape; NaN and infinite floats are kept.

    Raises
    ------
    InvalidParameterError
        For entries that are no floats and that :func:`finite` refuses, and ragged rows.
    """
    import numpy as np

    try:
        array = np.asarray(value)
    except (TypeError, ValueError, ArithmeticError, RecursionError) as error:
        raise InvalidParameterError(f"{name} must be real numbers: {error!s:.120}") from error
    if array.dtype.kind not in "biuf":
        entries = [finite(entry, f"an entry of {name}") for entry in array.flat]
        return np.array(entries, dtype=float).reshape(array.shape)
    with np.errstate(over="ignore"):
        return array.astype(float)


def finite_reals(value: object, name: str) -> np.ndarray:
    """Read real numbers as :func:`reals` does, and refuse NaN and infinity, too."""
    array = reals(value, name)
    if not abs(array).max(initial=0.0) < float("inf"):
        raise InvalidParameterError(f"{name} must be finite: an entry is NaN or infinite")
    return array


def mapping(value: Any, name: str, example: str) -> dict[Any, Any]:
    """Read a mapping; None is an empty one.

    Raises
    ------
    InvalidParameterError
        For anything else.
    """
    if value is None:
        return {}
    if not isinstance(value, Mapping | sp.Dict):
        raise InvalidParameterError(
            f"{name} must be a mapping such as {example}, got {type(value).__name__}"
        )
    return dict(value.items())


def names_of(value: Any, example: str, known: Collection[Any], kind: str) -> dict[Any, Any]:
    """Read symbols by parts of one kind, such as letters; None is an empty mapping.

    Raises
    ------
    InvalidParameterError
        For what is no mapping, and for parts that are not known.
    """
    given = mapping(value, "names", example)
    unknown = [str(name) for name in given if name not in known]
    if unknown:
        raise InvalidParameterError(
            f"names are given for {kind}, and {', '.join(unknown)} is none; the {kind} are "
            f"{', '.join(map(str, known))}"
        )
    return given


def many(value: Any, name: str) -> list[Any]:
    """Read a finite sequence of things.

    Raises
    ------
    InvalidParameterError
        For text, numbers and other single things.
    """
    if isinstance(value, Sequence | sp.Tuple) and not isinstance(value, str | bytes):
        return list(value)
    if getattr(value, "ndim", None) == 1:  # a NumPy array, which this module need not import
        return list(value)
    raise InvalidParameterError(f"{name} must be a list, got {type(value).__name__}")


def one_of(value: object, name: str, options: Sequence[str | int]) -> Any:
    """Read one of a few words or numbers, as it stands among them: 1.0 is 1.

    Raises
    ------
    InvalidParameterError
        For anything else, things that cannot be compared included.
    """
    known = isinstance(value, str | Real) and not isinstance(value, bool)
    if not known or value not in options:
        told = ", ".join(map(repr, options[:-1])) + f" or {options[-1]!r}"
        raise InvalidParameterError(f"{name} is {told}, got {value!r:.80}")
    return next(option for option in options if option == value)


def require(condition: object, message: str) -> None:
    """Refuse a parameter whose condition is decidedly false; symbols stay allowed."""
    if condition is False or condition == sp.false:
        raise InvalidParameterError(message)


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


def bound(name: str, index: int = 0) -> sp.Dummy:
    """A bound variable, the same one everywhere: laws with equal formulas compare equal."""
    return sp.Dummy(name, dummy_index=_BOUND + index)


_DOUBLE_BITS = 53
_DIGITS_PER_BIT = 0.30103  # the logarithm of 2
_BOUND = 7_302_018_644


def expression(value: object) -> sp.Expr:
    """Read the argument of a transform: a finite expression or number, never text."""
    try:
        read = sp.sympify(value, strict=True)
    except (sp.SympifyError, TypeError) as error:
        raise InvalidParameterError(
            f"the argument must be a number or a SymPy expression, got {type(value).__name__}"
        ) from error
    if (
        not isinstance(read, sp.Expr)
        or not read.is_commutative
        or read.has(sp.nan, sp.zoo, sp.oo, -sp.oo)
    ):
        raise InvalidParameterError(
            f"the argument must be a finite number or a SymPy expression, got {value}"
        )
    return read


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


_ATTEMPTS = 1000


def _drawn(symbol: sp.Symbol, random: Random) -> sp.Rational:
    """A rational below or above 1, negative for negative symbols."""
    size = sp.Rational(random.randint(3, 61), random.choice((64, 24)))
    whole = sp.Integer(1 + int(size * 3))
    value = whole if symbol.is_integer else size
    return -value if symbol.is_negative else value
