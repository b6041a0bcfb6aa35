"""Models built from models: free sums and products, corners, blocks, functions of a matrix."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from freeprob.ensembles.classical import haar
from freeprob.ensembles.model import Model
from freeprob.ensembles.selfadjoint import Dense, Diagonal, Gram, SelfAdjoint
from freeprob.errors import InvalidParameterError


@dataclass(frozen=True)
class FreeSum(Model):
    """A₁ + U₂A₂U₂* + … with independent Haar matrices: limit law μ₁ ⊞ μ₂ ⊞ ….

    A term is rotated only when neither it nor the sum before it is invariant under rotations.

    Parameters
    ----------
    terms
        The models of the summands.

    Notes
    -----
    D. Voiculescu, Invent. Math. 104 (1991) 201.

    Examples
    --------
    >>> import numpy as np
    >>> from freeprob.ensembles import AtomicQuantile, Deterministic
    >>> sign = Deterministic(AtomicQuantile((-1.0, 1.0), (0.5, 0.5)))
    >>> values = FreeSum((sign, sign)).spectrum(400, np.random.default_rng(0))
    >>> float(np.mean(values**2).round(1))                        # arcsine law on [-2, 2]
    2.0
    """

    terms: tuple[Model, ...]

    @property
    def invariant(self) -> bool:
        """Whether every term is."""
        return all(term.invariant for term in self.terms)

    def draw(self, n: int, rng: np.random.Generator, beta: int = 1) -> Dense:
        """The sum of one draw of each term."""
        total = np.zeros((n, n))
        invariant = True
        for term in self.terms:
            drawn = term.draw(n, rng, beta)
            if not (invariant or term.invariant):
                drawn = drawn.conjugated(haar(n, rng, beta=beta))
            total = total + drawn.matrix()
            invariant = invariant and term.invariant
        return Dense(total)


@dataclass(frozen=True)
class FreeProduct(Model):
    """A^(1/2) U B U* A^(1/2) …, one Haar matrix per factor: limit law μ₁ ⊠ μ₂ ⊠ ….

    Only the spectrum is that of the formula, not the basis: positive factors L*L act as
    M ↦ L M L*, so that a product of positive factors stays a product of rectangular matrices
    and keeps its smallest eigenvalues, and no square root of a matrix is computed.

    Parameters
    ----------
    factors
        The models of the factors. At most one may take negative values.

    Notes
    -----
    D. Voiculescu, J. Operator Theory 18 (1987) 223.

    Examples
    --------
    >>> import numpy as np
    >>> from freeprob.ensembles import Wishart
    >>> product = FreeProduct((Wishart(1.0), Wishart(1.0)))
    >>> values = product.spectrum(400, np.random.default_rng(0))
    >>> float(np.mean(values**2).round(0))                        # Fuss-Catalan number
    3.0
    """

    factors: tuple[Model, ...]

    @property
    def invariant(self) -> bool:
        """False: triangular factors prefer a basis."""
        return False

    def draw(self, n: int, rng: np.random.Generator, beta: int = 1) -> SelfAdjoint:
        """The product of one draw of each factor.

        Raises
        ------
        UndefinedOperationError
            When two factors have negative eigenvalues.
        """
        pairs = [(factor.draw(n, rng, beta), factor.invariant) for factor in self.factors]
        product, invariant = pairs.pop(_innermost([drawn for drawn, _ in pairs]))
        actions = []
        for drawn, unbiased in pairs:
            actions.append(_action(drawn, invariant, unbiased, rng, beta))
            invariant = False
        # long actions first: every later one can only lower the rank
        for left in sorted(actions, key=_rank, reverse=True):
            product = product.scaled(left) if left.ndim == 1 else product.conjugated(left)
            product = _padded(product, n)
        return product


def _innermost(draws: list[SelfAdjoint]) -> int:
    """Which factor to put inside: one that may be indefinite, else the widest rectangle."""

    def width(index: int) -> float:
        drawn = draws[index]
        if isinstance(drawn, Gram):
            return drawn.factor.shape[1]
        return 0.0 if isinstance(drawn, Diagonal) and drawn.values.min() >= 0 else np.inf

    return max(range(len(draws)), key=width)


def _action(
    drawn: SelfAdjoint, free: bool, unbiased: bool, rng: np.random.Generator, beta: int
) -> np.ndarray:
    """L with L*L unitarily equivalent to the draw, in general position to what it acts on.

    ``free`` tells that anything is in general position to that, ``unbiased`` that the draw is in
    general position to anything. A vector stands for a diagonal matrix.
    """
    if isinstance(drawn, Gram):
        left = drawn.coroot()
        return left if free or unbiased else left @ haar(left.shape[1], rng, beta=beta)
    roots = Diagonal(drawn.eigenvalues()).roots()
    if free:
        return roots
    rank = np.count_nonzero(roots)
    return roots[-rank:, None] * haar(len(roots), rng, rank, beta).conj().T


def _rank(left: np.ndarray) -> int:
    """How many rows of an action do not vanish."""
    return int(np.count_nonzero(left.any(axis=1) if left.ndim == 2 else left))


def _padded(drawn: SelfAdjoint, n: int) -> SelfAdjoint:
    """The draw as the upper left block of an n × n matrix."""
    if isinstance(drawn, Gram):
        return Gram(np.pad(drawn.factor, ((0, n - len(drawn.factor)), (0, 0))))
    return Dense(np.pad(drawn.matrix(), (0, n - len(drawn.matrix()))))


@dataclass(frozen=True)
class Corner(Model):
    """The corner of ``n`` rows and columns of a larger matrix of size ``n / fraction``.

    Parameters
    ----------
    model
        The model of the larger matrix.
    fraction
        Size of the corner over size of the matrix, in (0, 1].

    Notes
    -----
    A. Nica, R. Speicher, Lectures on the Combinatorics of Free Probability (2006), lecture 14.

    Examples
    --------
    >>> import numpy as np
    >>> from freeprob.ensembles import Gaussian
    >>> values = Corner(Gaussian(1.0), 0.5).spectrum(400, np.random.default_rng(0))
    >>> float(np.mean(values**2).round(1))
    0.5
    """

    model: Model
    fraction: float

    def __post_init__(self) -> None:
        if not 0 < self.fraction <= 1:
            raise InvalidParameterError(
                f"fraction = {self.fraction}: a corner takes a fraction in (0, 1] of the rows"
            )

    @property
    def invariant(self) -> bool:
        """True: the frame that cuts the corner is uniformly distributed."""
        return True

    def draw(self, n: int, rng: np.random.Generator, beta: int = 1) -> SelfAdjoint:
        """The compression of one draw to a uniformly distributed subspace."""
        size = max(n, round(n / self.fraction))
        drawn = self.model.draw(size, rng, beta)
        if self.model.invariant:
            return drawn.corner(n)
        return drawn.conjugated(haar(size, rng, n, beta).conj().T)


@dataclass(frozen=True)
class Blocks(Model):
    """Block diagonal matrix with blocks of given relative size: limit law Σ weights[i] μᵢ.

    Parameters
    ----------
    models
        The models of the blocks.
    weights
        Their relative sizes: non-negative, of sum 1.

    Examples
    --------
    >>> import numpy as np
    >>> from freeprob.ensembles import Gaussian, Wishart
    >>> half = Blocks((Gaussian(1.0), Wishart(0.5)), (0.5, 0.5))
    >>> float(half.spectrum(400, np.random.default_rng(0)).mean().round(1))
    0.5
    """

    models: tuple[Model, ...]
    weights: tuple[float, ...]

    @property
    def invariant(self) -> bool:
        """False: the matrix is drawn in its eigenbasis."""
        return False

    def draw(self, n: int, rng: np.random.Generator, beta: int = 1) -> Diagonal:
        """The eigenvalues of one draw of each block."""
        ends = np.rint(np.cumsum(self.weights) * n).astype(int)
        sizes = np.diff(ends, prepend=0)
        if np.any(sizes < 0) or ends[-1] != n:
            raise InvalidParameterError(
                f"weights {self.weights}: they must be non-negative and sum to 1; divide them by "
                "their sum"
            )
        blocks = zip(self.models, sizes.tolist(), strict=True)
        return Diagonal(
            np.concatenate([model.spectrum(size, rng, beta) for model, size in blocks if size])
        )


@dataclass(frozen=True)
class Affine(Model):
    """scale · A + shift.

    Parameters
    ----------
    model
        The model of A.
    scale, shift
        Real numbers.
    """

    model: Model
    scale: float = 1.0
    shift: float = 0.0

    @property
    def invariant(self) -> bool:
        """As the matrix itself."""
        return self.model.invariant

    def draw(self, n: int, rng: np.random.Generator, beta: int = 1) -> SelfAdjoint:
        """The map of one draw."""
        return self.model.draw(n, rng, beta).affine(self.scale, self.shift)


@dataclass(frozen=True)
class Mapped(Model):
    """f(A), with f acting on the eigenvalues.

    Parameters
    ----------
    model
        The model of A.
    function
        Picklable function of an array, such as ``numpy.square`` or :class:`Mobius`.

    Examples
    --------
    >>> import numpy as np
    >>> from freeprob.ensembles import Wishart
    >>> inverse = Mapped(Wishart(0.5), np.reciprocal)
    >>> float(inverse.spectrum(400, np.random.default_rng(0)).mean().round(1))
    2.0
    """

    model: Model
    function: Callable[[np.ndarray], np.ndarray]

    @property
    def invariant(self) -> bool:
        """False: the matrix is drawn in its eigenbasis."""
        return False

    def draw(self, n: int, rng: np.random.Generator, beta: int = 1) -> Diagonal:
        """The map of the eigenvalues of one draw."""
        return Diagonal(self.function(self.model.spectrum(n, rng, beta)))


@dataclass(frozen=True)
class Mobius:
    """The function x ↦ (a x + b) / (c x + d), for :class:`Mapped`.

    Parameters
    ----------
    a, b, c, d
        Coefficients with a d ≠ b c.

    Examples
    --------
    >>> Mobius(1.0, 0.0, 1.0, 1.0)(3.0)
    0.75
    """

    a: float
    b: float
    c: float
    d: float

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """The image of every entry."""
        return (self.a * x + self.b) / (self.c * x + self.d)
