"""Reading parameters: exact in, exact out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from decimal import Decimal
from fractions import Fraction
from math import isfinite
from numbers import Integral, Rational, Real
from typing import TYPE_CHECKING, Any, TypeAlias, overload

import sympy as sp
from sympy.logic.boolalg import BooleanFalse, BooleanTrue

from freeprob.array_reader import array_of
from freeprob.behaviour import does
from freeprob.enclosed_numbers import EnclosedNumber, Encloses
from freeprob.errors import FreeprobError, InvalidParameterError
from freeprob.finite_expressions import settled
from freeprob.number_sizes import DIGITS_PER_BIT, require_rational, require_size

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
        For NaN, infinities, complex numbers, text that is no number, rationals of more than
        4,300 digits or of sizes beyond 1e±1000, expressions that are no numbers, and other types.
    """
    if isinstance(value, sp.Float):
        value = Decimal(str(value))
    if isinstance(value, sp.Expr):
        return _expression(value, name)
    if isinstance(value, bool):
        raise InvalidParameterError(f"{name} must be a real number or symbol, got {value}")
    if isinstance(value, Rational):  # integers, too
        return _short(int(value.numerator), int(value.denominator), name)
    if does(value, Encloses) and not isinstance(value, sp.Basic):
        return EnclosedNumber(value)
    if isinstance(value, Real):
        value = _printed(value, name)
    if isinstance(value, str | Decimal):
        return _decimal(value, name)
    raise InvalidParameterError(
        f"{name} must be a number or a SymPy expression, got {type(value).__name__}"
    )


def _printed(value: Real, name: str) -> str:
    """A floating-point number of any precision in its own digits."""
    raw = getattr(value, "_mpf_", None)
    if raw is not None and raw[1] and (raw[3] > _DOUBLE_BITS or abs(raw[2] + raw[3]) > _FLOATS):
        # an mpf has no memory of its precision: its mantissa tells how many digits it holds
        bits = max(raw[3], _DOUBLE_BITS)
        return str(sp.Float(raw, precision=bits).n(int(bits * DIGITS_PER_BIT)))
    # a short format has short digits: float32 prints 0.1 where its double is 0.10000000149
    if hasattr(value, "dtype"):
        return str(value)
    try:
        return repr(float(value))
    except (TypeError, ValueError) as error:  # an interval is among mpmath's real numbers
        raise InvalidParameterError(f"{name} must be one number, got {value!s:.80}") from error


def _decimal(value: str | Decimal, name: str) -> sp.Rational:
    """A decimal or a quotient of integers, written out, as the rational it is."""
    try:
        if isinstance(value, Decimal) or "/" not in value:
            # before a power of ten is written out that fills the memory
            require_size(Decimal(value).adjusted(), name)
        number = Fraction(value)
    except (ValueError, ArithmeticError) as error:
        if isinstance(error, FreeprobError):
            raise
        raise InvalidParameterError(
            f"{name} must be a finite number such as 0.25 or '1/4', got {value!r:.80}"
        ) from error
    return _short(number.numerator, number.denominator, name)


def _short(numerator: int, denominator: int, name: str) -> sp.Rational:
    """A rational of few digits and a size that is met."""
    require_rational(numerator, denominator, name)
    return sp.Integer(numerator) if denominator == 1 else sp.Rational(numerator, denominator)


def _expression(value: sp.Expr, name: str) -> sp.Expr:
    """An expression that is a real number, or may be one."""
    found = settled(value)
    # of an element of an array SymPy knows no symbols of its own
    if found is None or found.is_extended_real is False or found.has(sp.Indexed):
        raise InvalidParameterError(f"{name} must be a real number or symbol, got {value!s:.80}")
    return _with_exact_numbers(found, name)


def _with_exact_numbers(value: sp.Expr, name: str) -> sp.Expr:
    """Floats as the decimals that they print, rationals of few digits."""
    numbers = value.atoms(sp.Number)
    for number in numbers:
        if number.is_Rational:
            _short(number.p, number.q, name)
    return value.xreplace({n: exact(n, name) for n in numbers if n.is_Float})


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
    number = _rounded(value, name)
    if not isfinite(number):
        raise InvalidParameterError(f"{name} must be in the range of floats, got {value!r:.80}")
    return number


def _rounded(value: object, name: str) -> float:
    """A real number as a float; beyond their range it is infinite."""
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
        For entries that are no floats and that :func:`finite` refuses, or masked, and ragged rows.
    """
    import numpy as np

    array = array_of(value, name)
    if array.dtype.kind not in "biuf":
        entries = [_rounded(entry, f"an entry of {name}") for entry in array.flat]
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


_TEXTS = str | bytes | bytearray | memoryview


def many(value: Any, name: str) -> list[Any]:
    """Read a finite sequence of things.

    Raises
    ------
    InvalidParameterError
        For text, numbers and other single things.
    """
    if isinstance(value, Sequence | sp.Tuple) and not isinstance(value, _TEXTS):
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


def flag(value: Any, name: str) -> bool:
    """Read a truth value: Python's, NumPy's or SymPy's.

    Raises
    ------
    InvalidParameterError
        For anything else.
    """
    kind = getattr(value, "dtype", None)  # of NumPy, which this module need not import
    known = isinstance(value, bool | BooleanTrue | BooleanFalse)
    if not (known or (getattr(kind, "kind", "") == "b" and not value.ndim)):
        raise InvalidParameterError(f"{name} must be True or False, got {value!s:.80}")
    return bool(value)


def generator(rng: int | np.random.Generator | None) -> np.random.Generator:
    """The generator of a seed.

    Raises
    ------
    InvalidParameterError
        For what is no seed: text, fractions, negative numbers.
    """
    import numpy as np

    try:
        numbers = rng if isinstance(rng, list | tuple) else []
        if isinstance(rng, bool | str | bytes | np.random.RandomState) or not all(
            isinstance(n, Integral) for n in numbers
        ):
            raise TypeError("text and truth values seed nothing, old generators have no children")
        return np.random.default_rng(rng)
    except (TypeError, ValueError, OverflowError) as error:
        raise InvalidParameterError(
            f"rng = {rng!r:.80}: give a seed, which is an integer ≥ 0, or a numpy.random.Generator"
        ) from error


def mapper(executor: object) -> Callable[..., Iterable[Any]]:
    """The map of an executor, or Python's own without one.

    Raises
    ------
    InvalidParameterError
        For anything else.
    """
    if executor is None:
        return map
    if not isinstance(executor, Executor):
        raise InvalidParameterError(
            f"executor = {executor!r:.80}: give a concurrent.futures.Executor, such as "
            "ProcessPoolExecutor(2), or leave it out"
        )
    return executor.map


def require(condition: object, message: str) -> None:
    """Refuse a parameter whose condition is decidedly false; symbols stay allowed."""
    if condition is False or condition == sp.false:
        raise InvalidParameterError(message)


def bound(name: str, index: int = 0) -> sp.Dummy:
    """A bound variable, the same one everywhere: laws with equal formulas compare equal."""
    return sp.Dummy(name, dummy_index=_BOUND + index)


_DOUBLE_BITS = 53
_FLOATS = 1_000  # binary orders up to which floats have all their bits
_BOUND = 7_302_018_644


def expression(value: object, name: str = "the argument") -> sp.Expr:
    """Read a finite expression or number, complex ones too; text is never evaluated.

    Raises
    ------
    InvalidParameterError
        For anything else.
    """
    told = f"{name} must be a finite number or a SymPy expression"
    try:
        read = sp.sympify(value, strict=True)
    except (sp.SympifyError, TypeError, ValueError, ArithmeticError, RecursionError) as error:
        kind = type(value).__name__
        raise InvalidParameterError(f"{told}, text is never evaluated; got {kind}") from error
    found = settled(read) if isinstance(read, sp.Expr) else None
    if found is None:
        raise InvalidParameterError(f"{told}, got {value!s:.80}")
    if isinstance(value, Decimal):  # of a size that no other kind of number reaches
        require_size(value.adjusted(), name)
    return found


def formula(value: object, name: str) -> sp.Expr:
    """Read an expression as :func:`expression` does, its numbers as :func:`exact` does."""
    return _with_exact_numbers(expression(value, name), name)
