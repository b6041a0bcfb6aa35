"""One draw of all letters of an expression, and the expression evaluated with it."""

from __future__ import annotations

from functools import reduce
from itertools import pairwise
from typing import NoReturn, final

import numpy as np
import sympy as sp

from freeprob.ensembles import AtomicQuantile
from freeprob.ensembles.classical import gaussian, ginibre, haar
from freeprob.errors import InvalidParameterError, UndefinedOperationError
from freeprob.memory import require_memory
from freeprob.models.letters.gaussian_letters import Ginibre
from freeprob.models.letters.haar_letters import HaarLetter
from freeprob.models.letters.letters import letters_of
from freeprob.models.letters.random_matrix import RandomMatrix
from freeprob.models.letters.shapes import operands_of
from freeprob.models.letters.spectral_letters import (
    JointlyDiagonal,
    SpectralLetter,
)
from freeprob.models.letters.spikes import FixedRank, RectangularSpike, Spike
from freeprob.models.letters.values import Values, number, sizes_of, stream

# condition number in the 1-norm beyond which an inverse has no right digit
_SINGULAR = 1e14


@final
class Drawing:
    """The letters of an expression, drawn once; subexpressions are evaluated once.

    Parameters
    ----------
    expr
        A matrix expression in random letters.
    values
        A number for each of its symbols.
    rows
        Number of rows of the expression, if the rounding of dimensions must not change it.
    rng
        One number of it seeds all letters, each by its name.
    """

    def __init__(
        self,
        expr: sp.MatrixExpr,
        values: Values,
        rng: np.random.Generator,
        rows: int | None = None,
    ) -> None:
        self._values = values
        self._seed = int(rng.integers(2**63))
        self._sizes = sizes_of(expr, values, self._seed, rows)
        self._known: dict[sp.MatrixExpr, np.ndarray] = {}
        self._fixed_basis = min(filter(None, map(_basis, letters_of(expr))), default="")
        self._bases: dict[str, np.ndarray] = {}

    def matrix(self, expr: sp.MatrixExpr) -> np.ndarray:
        """The value of the expression or of a part of it."""
        if expr not in self._known:
            # a product of long thin matrices may be a wide one
            known = [self._sizes[size] for size in expr.shape if size in self._sizes]
            require_memory(known, f"{expr!s:.80}")
            self._known[expr] = self._evaluated(expr)
        return self._known[expr]

    def number(self, scalar: sp.Expr) -> complex:
        """The value of a scalar factor."""
        return number(scalar, self._values)

    def _evaluated(self, expr: sp.MatrixExpr) -> np.ndarray:
        if isinstance(expr, RandomMatrix):
            return self._letter(expr)
        if isinstance(expr, sp.Identity):
            return np.eye(self._sizes[expr.shape[0]])
        if isinstance(expr, sp.ZeroMatrix):
            return np.zeros([self._sizes[size] for size in expr.shape])
        operands = [self.matrix(operand) for operand in operands_of(expr)]
        if isinstance(expr, sp.MatPow):
            return _power(expr, operands[0])
        if isinstance(expr, sp.Transpose):
            return operands[0].T
        if isinstance(expr, sp.Adjoint):
            return operands[0].conj().T
        if isinstance(expr, sp.MatMul):
            return self._product(expr, operands)
        if isinstance(expr, sp.BlockMatrix):
            return _blocks(expr, operands)
        _require_equal(expr, {operand.shape for operand in operands})
        return reduce(np.add, operands)

    def _product(self, expr: sp.MatMul, factors: list[np.ndarray]) -> np.ndarray:
        """The product in the order of fewest operations."""
        for left, right in pairwise(factors):
            _require_equal(expr, {left.shape[1], right.shape[0]})
        product = np.linalg.multi_dot(factors) if len(factors) > 1 else factors[0]
        scale = self.number(expr.as_coeff_matrices()[0])
        return product if scale == 1 else scale * product

    def _letter(self, letter: RandomMatrix) -> np.ndarray:
        """The draw of a letter, from a generator that belongs to its name."""
        rows, columns = (self._sizes[size] for size in letter.shape)
        beta = 2 if letter.complex_entries else 1
        rng = stream(self._seed, f"letter {letter.name}")
        if isinstance(letter, Ginibre):
            return np.sqrt(self._variance(letter)) * ginibre(rows, columns, rng, beta)
        if letter.gaussian:
            return gaussian(rows, rng, self._variance(letter), beta)
        if isinstance(letter, HaarLetter):
            return haar(rows, rng, beta=beta)
        if isinstance(letter, RectangularSpike):
            left, right = (_frame(size, letter, rng) for size in (rows, columns))
            return (left * self._values_of(letter)) @ right.T
        return self._rotated(self._eigenvalues(letter, rows), _basis(letter))

    def _variance(self, letter: RandomMatrix) -> float:
        variance = self.number(letter.variance)
        if isinstance(variance, complex) or variance <= 0:
            raise InvalidParameterError(
                f"the variance of {letter} must be positive, got {variance}"
            )
        return variance

    def _eigenvalues(self, letter: RandomMatrix, size: int) -> np.ndarray:
        """Quantiles of the letter's law; of joint laws, in the common order of the family."""
        levels = (np.arange(size) + 0.5) / size
        if isinstance(letter, Spike):
            return self._spiked(letter, size)
        if not isinstance(letter, JointlyDiagonal):
            return np.asarray(letter.law.subs(self._values).quantile(levels), dtype=float)
        places, weights = zip(*letter.spectrum, strict=True)
        masses = [float(self.number(weight).real) for weight in weights]
        quantile = AtomicQuantile(tuple(map(float, range(len(masses)))), tuple(masses))
        values = np.array([self.number(place[letter.position]) for place in places])
        return values[quantile(levels).astype(int)]

    def _spiked(self, letter: Spike, size: int) -> np.ndarray:
        """The eigenvalues of a spike, the others 0."""
        _require_rank(letter, size)
        return np.concatenate([self._values_of(letter), np.zeros(size - len(letter.values))])

    def _values_of(self, letter: FixedRank) -> np.ndarray:
        return np.array([self.number(value).real for value in letter.values])

    def _rotated(self, eigenvalues: np.ndarray, basis: str) -> np.ndarray:
        """The matrix with these eigenvalues in a random basis, the first basis being fixed."""
        if basis == self._fixed_basis:
            return np.diag(eigenvalues)
        if basis not in self._bases:
            self._bases[basis] = haar(len(eigenvalues), stream(self._seed, f"basis {basis}"))
        vectors = self._bases[basis]
        return (vectors * eigenvalues) @ vectors.T


def _require_rank(letter: FixedRank, size: int) -> None:
    rank = len(letter.values)
    if rank > size:
        raise InvalidParameterError(
            f"{letter} has the rank {rank} and {size} rows or columns: choose a larger size"
        )


def _frame(size: int, letter: FixedRank, rng: np.random.Generator) -> np.ndarray:
    """Orthonormal vectors in general position, one for each value."""
    _require_rank(letter, size)
    return np.linalg.qr(rng.standard_normal((size, len(letter.values))))[0]


def _basis(letter: RandomMatrix) -> str:
    """The name of the eigenvectors of a letter known by its spectrum."""
    if isinstance(letter, JointlyDiagonal):
        return " ".join(letter.family)
    return letter.name if isinstance(letter, SpectralLetter) else ""


def _power(expr: sp.MatPow, base: np.ndarray) -> np.ndarray:
    """A power, checked for a base without inverse, or without root."""
    if not expr.exp.is_Integer:
        return _root(expr, base)
    if expr.exp >= 0:
        return np.linalg.matrix_power(base, int(expr.exp))
    try:
        inverse = np.linalg.inv(base)
    except np.linalg.LinAlgError:
        _refuse_singular(expr)
    if np.linalg.norm(base, 1) * np.linalg.norm(inverse, 1) > _SINGULAR:
        _refuse_singular(expr)
    return np.linalg.matrix_power(inverse, -int(expr.exp))


def _root(expr: sp.MatPow, base: np.ndarray) -> np.ndarray:
    """A power of the eigenvalues of a self-adjoint matrix that has no negative ones."""
    values, vectors = np.linalg.eigh(base)
    rounding = len(values) * np.finfo(float).eps * np.abs(values).max(initial=0.0)
    if values.min(initial=0.0) < -rounding:
        raise UndefinedOperationError(
            f"{expr} needs a matrix without negative eigenvalues, and the least one is "
            f"{values.min():.6g}"
        )
    if expr.exp < 0 and values.min(initial=np.inf) <= rounding:
        _refuse_singular(expr)
    return (vectors * np.maximum(values, 0.0) ** float(expr.exp)) @ vectors.conj().T


def _refuse_singular(expr: sp.MatPow) -> NoReturn:
    raise UndefinedOperationError(
        f"{expr.base} is singular at this size, so {expr} does not exist: add a multiple of the "
        "Identity, or check which of its dimensions is smaller"
    )


def _blocks(expr: sp.BlockMatrix, blocks: list[np.ndarray]) -> np.ndarray:
    """The blocks put together."""
    columns = expr.blockshape[1]
    rows = [blocks[first : first + columns] for first in range(0, len(blocks), columns)]
    for line in rows:
        _require_equal(expr, {block.shape[0] for block in line})
    for line in zip(*rows, strict=True):
        _require_equal(expr, {block.shape[1] for block in line})
    return np.block(rows)


def _require_equal(expr: sp.MatrixExpr, sizes: set) -> None:
    """Dimensions that are equal as expressions may differ after rounding."""
    if len(sizes) > 1:
        raise InvalidParameterError(
            f"the rounded dimensions {' and '.join(map(str, sorted(sizes)))} in {expr} do not fit: "
            "choose a size for which all dimensions are whole numbers"
        )
