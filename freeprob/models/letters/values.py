"""Numbers for the symbols of a matrix expression: parameters and dimensions."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from numbers import Complex, Integral, Real

import numpy as np
import sympy as sp

from freeprob.ensembles.spectra import LARGEST_SIZE
from freeprob.errors import FreeprobError, InvalidParameterError
from freeprob.law_symbols import replacements
from freeprob.models.letters.letters import letters_of
from freeprob.models.letters.shapes import dimensions_of, growing, row_blocks
from freeprob.parameters import Number, exact, expression, mapping, require

_SIZE = 1000

Values = Mapping[sp.Symbol, sp.Expr]


def sized(expr: sp.MatrixExpr, values: Mapping[sp.Symbol, object] | None, N: object) -> Values:
    """Numbers for all symbols, the growing ones equal to N or as given.

    Raises
    ------
    InvalidParameterError
        If a symbol has no number, or N and the values contradict each other.
    """
    known = _read(values)
    symbols = growing(expr)
    if N is not None:
        size = _size(N, "N")
        if len(symbols) != 1:
            grow = f"{', '.join(map(str, symbols))} grow" if symbols else "no symbol grows"
            raise InvalidParameterError(
                f"N = {size} is the size of the one symbol that grows, but here {grow}: "
                "give dimensions in values"
            )
        if known.get(symbols[0], size) != size:
            raise InvalidParameterError(
                f"N = {size}, but values say {symbols[0]} = {known[symbols[0]]}: give one of them"
            )
        known[symbols[0]] = size
    elif len(symbols) == 1:
        known.setdefault(symbols[0], sp.Integer(_SIZE))
    for symbol in symbols:
        _size(known.get(symbol, _SIZE), str(symbol))
    return _complete(expr, known)


def scaled(
    expr: sp.MatrixExpr, values: Mapping[sp.Symbol, object] | None, n: object
) -> tuple[Values, int]:
    """Numbers for all symbols, the growing ones scaled such that the matrix has n rows; and n.

    Without n, dimensions in the values are sizes; without them the matrix has 1000 rows.

    Raises
    ------
    InvalidParameterError
        If a symbol has no number, or the number of rows is fixed and not n.
    """
    known = _read(values)
    symbols = growing(expr)
    given = all(symbol in known for symbol in symbols)
    if len(symbols) == 1:
        known.setdefault(symbols[0], sp.S.One)
    known = dict(_complete(expr, known))
    for symbol in symbols:
        require(known[symbol] > 0, f"{symbol} must be positive, got {known[symbol]}")
    rows = sp.sympify(expr.shape[0]).subs(known)
    wanted = _wanted(n, rows if given else sp.Integer(_SIZE))
    if not symbols and wanted != rows:
        raise InvalidParameterError(
            f"the matrix has {rows} rows, which no symbol lets grow to {wanted}: leave n out"
        )
    factor = wanted / rows
    known |= {symbol: known[symbol] * factor for symbol in symbols}
    return known, int(wanted)


def specialised(expr: sp.MatrixExpr, values: Values) -> sp.MatrixExpr:
    """The expression with numbers for its parameters and one growing symbol at most.

    Several growing symbols become multiples of the first.
    """
    first, *others = growing(expr) or [sp.Dummy()]
    multiples = {symbol: values[symbol] / values[first] * first for symbol in others}
    return expr.xreplace({s: v for s, v in values.items() if s != first} | multiples)


def _wanted(n: object, usual: sp.Expr) -> sp.Integer:
    """The number of rows, given or the usual one."""
    return _size(n, "n") if n is not None else sp.Integer(max(1, round(usual)))


def _read(values: Mapping[sp.Symbol, object] | None) -> dict[sp.Symbol, sp.Expr]:
    """The given numbers, exact."""
    known = {}
    for symbol, value in mapping(values, "values", "{c: 1}").items():
        if not isinstance(symbol, sp.Symbol):
            raise InvalidParameterError(
                f"values maps SymPy symbols to numbers, got the key {symbol!r}"
            )
        known[symbol] = _number(value, str(symbol))
    return known


def read_values(given: tuple[object, ...]) -> dict[sp.Symbol, sp.Expr]:
    """Arguments of a ``subs``, in any form that SymPy takes: exact, complex numbers allowed.

    Raises
    ------
    InvalidParameterError
        If a key is no symbol or a value no number or expression.
    """
    known = {}
    for symbol, value in replacements(given):
        if not isinstance(symbol, sp.Symbol):
            raise InvalidParameterError(f"values replace SymPy symbols, got the key {symbol!r:.80}")
        known[symbol] = _complex(value, str(symbol))
    return known


def read_replacements(given: tuple[object, ...]) -> dict[sp.Basic, sp.Basic]:
    """The same where letters may be replaced by matrix expressions, too.

    Raises
    ------
    InvalidParameterError
        If a key is no symbol or letter, or a value is of another kind than its key.
    """
    pairs = list(replacements(given))
    letters = {
        old: new
        for old, new in pairs
        if isinstance(old, sp.MatrixSymbol) and isinstance(new, sp.MatrixExpr)
    }
    known: dict[sp.Basic, sp.Basic] = {**letters}
    known |= read_values(([(old, new) for old, new in pairs if old not in letters],))
    return known


def replaced(expr: sp.MatrixExpr, values: Mapping[sp.Symbol, sp.Expr]) -> sp.MatrixExpr:
    """An expression with values for its symbols.

    Raises
    ------
    InvalidParameterError
        If a matrix would have no size, as a negative one.
    """
    try:
        return expr.xreplace(values)
    except FreeprobError:
        raise
    except (TypeError, ValueError) as error:  # SymPy's own matrices say so
        raise InvalidParameterError(f"{values} fits no matrix of {expr}: {error}") from error


def _complex(value: Number, name: str) -> sp.Expr:
    """A number or an expression, exact."""
    if isinstance(value, sp.Expr) and value.free_symbols:
        return exact(value, name)
    return _number(value, name)


def _number(value: Number, name: str) -> sp.Expr:
    """A finite number, complex ones allowed."""
    if isinstance(value, sp.Expr):
        parts = expression(value, name).as_real_imag()
    elif isinstance(value, Complex) and not isinstance(value, Real):
        parts = value.real, value.imag
    else:
        parts = value, 0
    real, imaginary = (exact(part, name) for part in parts)
    found = real + sp.I * imaginary
    if found.free_symbols:
        raise InvalidParameterError(f"{name} needs a number, got {value}")
    return found


def _size(value: object, name: str) -> sp.Integer:
    if isinstance(value, bool) or not isinstance(value, Integral) or value < 1:
        raise InvalidParameterError(f"{name} is a size, a whole number ≥ 1, got {value}")
    return sp.Integer(int(value))


def _complete(expr: sp.MatrixExpr, known: Values) -> Values:
    """The numbers, if no symbol of the expression is without one."""
    letters = letters_of(expr)
    inside = set().union(*(argument.free_symbols for letter in letters for argument in letter.args))
    missing = sorted((expr.free_symbols - set(letters) | inside) - set(known), key=str)
    if missing:
        alike = {str(symbol) for symbol in known} & {str(symbol) for symbol in missing}
        hint = (
            f"; the {min(alike)} in values has other assumptions than the one in the expression"
            if alike
            else f", as in {{{missing[0]}: 1}}"
        )
        raise InvalidParameterError(
            f"matrices need numbers and {', '.join(map(str, missing))} stay symbolic: give "
            f"values{hint}"
        )
    return known


def sizes_of(
    expr: sp.MatrixExpr, values: Values, seed: int, rows: int | None = None
) -> dict[sp.Expr, int]:
    """All dimensions as whole numbers, those of the rows of sum ``rows`` if it is given.

    Fractions are rounded at random with the right mean: rounding always the same way would be a
    bias that no number of draws reveals.

    Raises
    ------
    InvalidParameterError
        If a dimension is not positive or above 10⁷, or the blocks cannot have ``rows`` rows in all.
    """
    found = {size: _whole(size, values, seed) for size in dimensions_of(expr)}
    if rows is not None:
        _adjust(found, Counter(row_blocks(expr)), values, rows)
    for size in found:
        if size.is_Add and all(part in found for part in size.args):
            found[size] = sum(found[part] for part in size.args)
    return found


def _whole(size: sp.Expr, values: Values, seed: int) -> int:
    value = size.subs(values)
    if not value.is_real or value <= 0:
        raise InvalidParameterError(f"the dimension {size} = {value} must be positive")
    if value > LARGEST_SIZE:
        raise InvalidParameterError(
            f"the dimension {size} is larger than {LARGEST_SIZE}: take smaller matrices"
        )
    if value.is_integer:
        return int(value)
    return max(1, int(float(value) + stream(seed, f"dimension {size}").random()))


def _adjust(found: dict[sp.Expr, int], blocks: Counter, values: Values, rows: int) -> None:
    """Let the largest rounded dimension take up what is left."""
    gap = rows - sum(found[size] * count for size, count in blocks.items())
    if gap == 0:
        return
    rounded = [
        size
        for size, count in blocks.items()
        if gap % count == 0 and not size.subs(values).is_integer
    ]
    if not rounded:
        raise InvalidParameterError(
            f"{rows} rows cannot be divided among the blocks "
            f"{' + '.join(f'{count}*({size})' for size, count in blocks.items())}: choose n such "
            "that they are whole numbers"
        )
    largest = max(rounded, key=lambda size: found[size])
    found[largest] += gap // blocks[largest]


def stream(seed: int, name: str) -> np.random.Generator:
    """A generator of its own for each name, the same in every expression."""
    digest = hashlib.blake2b(name.encode(), digest_size=16).digest()
    return np.random.default_rng([seed, int.from_bytes(digest, "big")])


def number(scalar: sp.Expr, values: Values) -> complex:
    """A scalar factor as a floating-point number, real where it is real.

    Raises
    ------
    InvalidParameterError
        If it is infinite or undefined.
    """
    value = complex(sp.sympify(scalar).subs(values).evalf(20))
    if not np.isfinite(value):
        raise InvalidParameterError(f"the factor {scalar} is infinite at the given values")
    return value if value.imag else value.real
