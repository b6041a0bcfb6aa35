"""Free products, kept as products of rectangular matrices."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from freeprob.ensembles.classical import haar
from freeprob.ensembles.model import Model
from freeprob.ensembles.selfadjoint import Dense, Diagonal, Gram, SelfAdjoint
from freeprob.errors import BudgetExceededError, InvalidParameterError

_MOST_FACTORS = 1000


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

    def __post_init__(self) -> None:
        if not self.factors:
            raise InvalidParameterError(
                "a product of no matrices has no size; give at least one factor"
            )

    @classmethod
    def of_equal(cls, factor: Model, count: int) -> FreeProduct:
        """That many independent factors of one model; refused if nobody draws so many.

        Raises
        ------
        BudgetExceededError
            For more than a thousand.
        """
        if count > _MOST_FACTORS:
            raise BudgetExceededError(
                f"a product of {count} matrices is not drawn, at most of {_MOST_FACTORS}: pass a "
                "matrix of your own to check(), or lower the exponent"
            )
        return cls((factor,) * count)

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
    rank = int(np.count_nonzero(roots))
    return roots[-rank:, None] * haar(len(roots), rng, rank, beta).conj().T


def _rank(left: np.ndarray) -> int:
    """How many rows of an action do not vanish."""
    return int(np.count_nonzero(left.any(axis=1) if left.ndim == 2 else left))


def _padded(drawn: SelfAdjoint, n: int) -> SelfAdjoint:
    """The draw as the upper left block of an n × n matrix."""
    if isinstance(drawn, Gram):
        return Gram(np.pad(drawn.factor, ((0, n - len(drawn.factor)), (0, 0))))
    return Dense(np.pad(drawn.matrix(), (0, n - len(drawn.matrix()))))
