"""Dimensions of a matrix expression: which symbols grow, and how fast its parts grow with them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise
from typing import Any

import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixSymbol

from freeprob.errors import InvalidParameterError
from freeprob.models.letters.gaussian_letters import Ginibre
from freeprob.models.letters.letters import (
    letters_of,
    matrix_expression,
    refuse_operation,
    refuse_unknown,
)
from freeprob.models.letters.random_matrix import RandomMatrix
from freeprob.models.letters.spectral_letters import SpectralLetter

Symbols = tuple[sp.Symbol, ...]


def growing(expr: sp.MatrixExpr) -> Symbols:
    """The symbols that grow to infinity together; all others are parameters.

    It is the smallest set of symbols in which every dimension is homogeneous of degree 1:
    {N} for N and N/c, {n0, n1, m} for three free dimensions, none for numbers.

    Parameters
    ----------
    expr
        A matrix expression in random letters.

    Returns
    -------
    tuple of Symbol
        In alphabetical order.

    Raises
    ------
    InvalidParameterError
        If there is no such set or more than one, if shapes do not fit together, or if the law of
        a letter changes with its dimension.

    Examples
    --------
    >>> import sympy as sp
    >>> from freeprob import GOE, Ginibre
    >>> N, c = sp.symbols("N c", positive=True)
    >>> X = Ginibre("X", N, N / c)
    >>> growing(X * X.T + GOE("H", N))
    (N,)
    """
    require_shapes(expr)
    letters = letters_of(expr)
    dimensions = dimensions_of(expr)
    symbols = sorted(set().union(*(size.free_symbols for size in dimensions)), key=str)
    if not symbols:
        return ()
    fixed = [size for size in dimensions if not size.free_symbols]
    if fixed:
        raise InvalidParameterError(
            f"the dimension {fixed[0]} stays fixed while {symbols[0]} grows: give every dimension "
            "as a number, or each as a multiple of symbols that grow"
        )
    found = _smallest(symbols, dimensions)
    for letter in letters:
        _require_constant_law(letter, found)
    return found


def unit_of(expr: sp.MatrixExpr) -> dict[sp.Expr, sp.Expr]:
    """The single growing dimension set to 1: everything of order 0 depends on ratios only."""
    large = growing(expr)
    return {large[0]: sp.S.One} if len(large) == 1 else {}


def _smallest(symbols: Sequence[sp.Symbol], dimensions: Sequence[sp.Expr]) -> Symbols:
    """The one smallest set in which all dimensions have degree 1."""
    certain = tuple(symbol for symbol in symbols if symbol in dimensions)
    others = [symbol for symbol in symbols if symbol not in certain]
    for size in range(len(others) + 1):
        candidates = [
            tuple(sorted((*certain, *chosen), key=str)) for chosen in combinations(others, size)
        ]
        found = [
            candidate
            for candidate in candidates
            if all(degree(dimension, candidate) == 1 for dimension in dimensions)
        ]
        if len(found) > 1:
            raise InvalidParameterError(
                f"either {' or '.join(_listed(candidate) for candidate in found)} may be what "
                f"grows in the dimension {dimensions[0]}: write one symbol for it"
            )
        if found:
            return found[0]
    written = ", ".join(map(str, dimensions))
    raise InvalidParameterError(
        f"the dimensions {written} do not grow in proportion: each must be homogeneous of degree "
        "1 in the symbols that grow, such as N, 2*N, N/c or n + m; lower orders do not enter, so "
        "write N for N - 1"
    )


def _require_constant_law(letter: RandomMatrix, symbols: Symbols) -> None:
    if letter.gaussian:
        return
    described = [argument for argument in letter.args if argument not in letter.shape]
    moving = [symbol for symbol in symbols if sp.Tuple(*described).has(symbol)]
    if moving:
        raise InvalidParameterError(
            f"the law of {letter} depends on {_listed(moving)}, which grows: a limit law has "
            "parameters that stay fixed"
        )


def dimensions_of(expr: sp.MatrixExpr) -> tuple[sp.Expr, ...]:
    """All different dimensions of letters, identities and zero blocks."""
    sizes = {size: None for leaf in _leaves(expr) for size in leaf.shape}
    return tuple(sorted(sizes, key=sp.default_sort_key))


def _leaves(expr: sp.MatrixExpr) -> Iterator[sp.MatrixExpr]:
    """Letters, identities and zero matrices."""
    operands = operands_of(expr)
    if not operands:
        yield expr
    for operand in operands:
        yield from _leaves(operand)


def operands_of(expr: sp.MatrixExpr) -> tuple[sp.MatrixExpr, ...]:
    """The matrices that an operation acts on, none for letters, identities and zero matrices.

    Raises
    ------
    InvalidParameterError
        For symbols without law and for what is no rational operation on matrices.
    """
    if isinstance(expr, RandomMatrix | sp.Identity | sp.ZeroMatrix):
        return ()
    if isinstance(expr, MatrixSymbol):
        refuse_unknown(expr)
    if isinstance(expr, sp.MatAdd):
        return expr.args
    if isinstance(expr, sp.MatMul):
        coefficient, matrices = expr.as_coeff_matrices()
        if coefficient.has(MatrixSymbol):
            raise InvalidParameterError(
                f"the factor {coefficient} depends on a random matrix: scalar factors are numbers "
                "and parameters; give a trace or an entry by its limit"
            )
        return tuple(matrices)
    if isinstance(expr, sp.MatPow):
        root = expr.exp.is_Rational and isinstance(expr.base, SpectralLetter)
        if not (expr.exp.is_Integer or root):
            raise InvalidParameterError(
                f"{expr}: powers of matrices need whole exponents, got {expr.exp}; those of a "
                "letter known by its spectrum, such as Deterministic, may be fractions"
            )
        return (expr.base,)
    if isinstance(expr, sp.Transpose | sp.Adjoint):
        return (expr.arg,)
    if isinstance(expr, sp.BlockMatrix):
        return tuple(expr.blocks)
    refuse_operation(expr)


def row_blocks(expr: sp.MatrixExpr, axis: int = 0) -> tuple[sp.Expr, ...]:
    """The dimensions whose sum is the number of rows (columns for axis 1)."""
    operands = operands_of(expr)
    if not operands:
        return (expr.shape[axis],)
    if isinstance(expr, sp.BlockMatrix):
        edge = expr.blocks[:, 0] if axis == 0 else expr.blocks[0, :]
        return tuple(size for block in edge for size in row_blocks(block, axis))
    if isinstance(expr, sp.MatAdd):
        return max((row_blocks(term, axis) for term in operands), key=len)
    if isinstance(expr, sp.Transpose | sp.Adjoint):
        return row_blocks(operands[0], 1 - axis)
    return row_blocks(operands[-axis], axis)


def require_shapes(expr: sp.MatrixExpr) -> None:
    """Refuse sums, products and powers whose shapes differ as expressions.

    SymPy compares the shapes of blocks, but in sums and products numbers only: N and 2 N pass.

    Raises
    ------
    InvalidParameterError
        Naming the two matrices and their shapes.
    """
    operands = operands_of(expr)
    for operand in operands:
        require_shapes(operand)
    if isinstance(expr, sp.MatAdd):
        for other in operands[1:]:
            _require_fit(operands[0], other, operands[0].shape, other.shape, "sum")
    elif isinstance(expr, sp.MatMul):
        for left, right in pairwise(operands):
            _require_fit(left, right, left.shape[1:], right.shape[:1], "product")
    elif isinstance(expr, sp.MatPow):
        base = operands[0]
        _require_fit(base, base, base.shape[:1], base.shape[1:], "power")


def _require_fit(
    left: sp.MatrixExpr,
    right: sp.MatrixExpr,
    mine: Sequence[sp.Expr],
    theirs: Sequence[sp.Expr],
    what: str,
) -> None:
    if all(_same(a, b) for a, b in zip(mine, theirs, strict=True)):
        return
    raise InvalidParameterError(
        f"shape mismatch: {left} is {_times(left)} and {right} is {_times(right)}, which is no "
        f"{what}: the dimensions must be equal as expressions"
    )


def _same(a: sp.Expr, b: sp.Expr) -> bool:
    return a == b or sp.cancel(a - b) == 0


def _times(matrix: sp.MatrixExpr) -> str:
    return " x ".join(map(str, matrix.shape))


def degree(scalar: sp.Expr, symbols: Sequence[sp.Symbol]) -> sp.Rational | None:
    """Degree d of a homogeneous function: scalar(s L) = s^d scalar(L); None if there is none.

    Examples
    --------
    >>> import sympy as sp
    >>> N, c = sp.symbols("N c", positive=True)
    >>> degree(sp.sqrt(c / N), (N,)), degree(N + 1, (N,))
    (-1/2, None)
    """
    if not scalar.has(*symbols):
        return sp.S.Zero
    if scalar.is_Symbol:
        return sp.S.One
    if scalar.is_Pow and not scalar.exp.has(*symbols):
        base = degree(scalar.base, symbols)
        power = None if base is None else base * scalar.exp
        return power if power is not None and power.is_Rational else None
    degrees = [degree(part, symbols) for part in scalar.args]
    if None in degrees:
        return None
    if scalar.is_Mul:
        return sp.Add(*degrees)
    if scalar.is_Add:
        return degrees[0] if len(set(degrees)) == 1 else None
    return sp.S.Zero if not any(degrees) else None


def order(expr: sp.MatrixExpr) -> sp.Rational | None:
    """The power of the dimensions with which the norm of an expression grows.

    Gaussian matrices of entries of variance v grow like the square root of v times their
    dimension, all other letters stay bounded, products add, inverses negate.

    Parameters
    ----------
    expr
        A matrix expression in random letters.

    Returns
    -------
    Rational
        The exponent; None for the zero matrix.

    Raises
    ------
    InvalidParameterError
        If the terms of a sum or the blocks of a matrix grow differently, so that one of them has
        no influence in the limit.

    Examples
    --------
    >>> import sympy as sp
    >>> from freeprob import Ginibre
    >>> N = sp.Symbol("N", positive=True)
    >>> X = Ginibre("X", N, 2 * N)
    >>> order(X), order(X * X.T / N)
    (1/2, 0)
    """
    return _order(expr, growing(expr))


def require_bounded(expr: sp.MatrixExpr) -> Symbols:
    """The symbols that grow, for an expression that has a limit law.

    Parameters
    ----------
    expr
        A matrix expression in random letters.

    Raises
    ------
    InvalidParameterError
        If the norm grows or vanishes with the dimensions.
    """
    symbols = growing(expr)
    found = _order(expr, symbols)
    if found:
        growth = _power(symbols, found)
        verb = "grows" if found > 0 else "vanishes"
        remedy = f"divide by {growth}" if found > 0 else f"multiply by {_power(symbols, -found)}"
        raise InvalidParameterError(f"{expr} {verb} like {growth}: {remedy}")
    return symbols


def require_square(expr: Any) -> sp.MatrixExpr:
    """A square matrix expression of order one, which has a normalised trace.

    Raises
    ------
    InvalidParameterError
        For anything else.
    """
    expr = matrix_expression(expr, "normalized_trace")
    require_bounded(expr)
    if not _same(*expr.shape):
        raise InvalidParameterError(f"{expr} is not square: it has no trace")
    return expr


def _order(expr: sp.MatrixExpr, symbols: Symbols) -> sp.Rational | None:
    if isinstance(expr, RandomMatrix):
        return _order_of_letter(expr, symbols)
    if isinstance(expr, sp.Identity):
        return sp.S.Zero
    operands = operands_of(expr)
    orders = [_order(operand, symbols) for operand in operands]
    if isinstance(expr, sp.MatAdd | sp.BlockMatrix):
        return _common(list(zip(operands, orders, strict=True)), symbols)
    known = [found for found in orders if found is not None]
    if not known or len(known) < len(orders):
        return None
    if isinstance(expr, sp.MatMul):
        return sp.Add(_order_of_scalar(expr.as_coeff_matrices()[0], symbols), *known)
    return known[0] * expr.exp if isinstance(expr, sp.MatPow) else known[0]


def _order_of_letter(letter: RandomMatrix, symbols: Symbols) -> sp.Rational:
    if not letter.gaussian:
        return sp.S.Zero
    entries = sp.S.One if isinstance(letter, Ginibre) and symbols else sp.S.Zero
    return (entries + _order_of_scalar(letter.variance, symbols)) / 2


def _order_of_scalar(scalar: sp.Expr, symbols: Symbols) -> sp.Rational:
    found = degree(scalar, symbols)
    if found is None:
        raise InvalidParameterError(
            f"the terms of the factor {scalar} grow differently with {_listed(symbols)}: only the "
            "leading one enters the limit, so write that one, N for N - 1"
        )
    return found


def _common(
    terms: Sequence[tuple[sp.MatrixExpr, sp.Rational | None]], symbols: Symbols
) -> sp.Rational | None:
    """The order that all terms but zeros share."""
    known = [(term, found) for term, found in terms if found is not None]
    if not known:
        return None
    (first, high), (last, low) = (choose(known, key=lambda pair: pair[1]) for choose in (max, min))
    if high != low:
        factor = _power(symbols, high - low)
        remedy = f"divide {first} by {factor}" if high > 0 else f"multiply {last} by {factor}"
        raise InvalidParameterError(
            f"{first} grows like {_power(symbols, high)} but {last} like {_power(symbols, low)}, "
            f"which leaves no trace in the limit: {remedy}"
        )
    return high


def _power(symbols: Symbols, exponent: sp.Rational) -> str:
    """A power of the dimensions, all of which grow in proportion."""
    return str(symbols[0] ** exponent)


def _listed(symbols: Sequence[sp.Symbol]) -> str:
    return ", ".join(map(str, symbols))
