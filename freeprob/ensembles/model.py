"""What a matrix model is, and the models that are not built from others."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from freeprob.behaviour import function_of
from freeprob.ensembles.classical import gaussian, ginibre
from freeprob.ensembles.selfadjoint import Dense, Diagonal, Gram, SelfAdjoint
from freeprob.errors import InvalidParameterError

_ROUNDING = 1e-12  # of a sum of weights that were rounded one by one


class Model(ABC):
    """Self-adjoint random matrices of every size with one limit law.

    Models are frozen dataclasses: values that can be compared, pickled and sent to workers.
    """

    @property
    @abstractmethod
    def invariant(self) -> bool:
        """Whether the matrix has the same distribution in every orthonormal basis."""

    @abstractmethod
    def draw(self, n: int, rng: np.random.Generator, beta: int = 1) -> SelfAdjoint:
        """One matrix of size ``n``; ``beta`` is 1 for real, 2 for complex matrices."""

    def matrix(self, n: int, rng: np.random.Generator, beta: int = 1) -> np.ndarray:
        """The array of one draw."""
        return self.draw(n, rng, beta).matrix()

    def spectrum(self, n: int, rng: np.random.Generator, beta: int = 1) -> np.ndarray:
        """The ascending eigenvalues of one draw."""
        return self.draw(n, rng, beta).eigenvalues()


def columns_for(n: int, ratio: float, rng: np.random.Generator) -> int:
    """A number of columns whose mean gives n rows the ratio rows / columns; at least 1.

    A fraction of a column is rounded at random: always rounding the same way would be a bias
    that no number of draws reveals.
    """
    return max(1, int(n / ratio + rng.random()))


def require_positive(name: str, value: float) -> None:
    """Refuse parameters that are not positive finite numbers."""
    if not 0 < value < np.inf:
        raise InvalidParameterError(f"{name} = {value}: it must be positive and finite")


@dataclass(frozen=True)
class Gaussian(Model):
    """GOE or GUE: limit law Semicircle(variance).

    Parameters
    ----------
    variance
        Variance of the limit law.

    Examples
    --------
    >>> import numpy as np
    >>> Gaussian(1.0).spectrum(200, np.random.default_rng(0))[-1].round(1)
    np.float64(2.0)
    """

    variance: float = 1.0

    def __post_init__(self) -> None:
        require_positive("variance", self.variance)

    @property
    def invariant(self) -> bool:
        """True: rotations leave Gaussian matrices as they are."""
        return True

    def draw(self, n: int, rng: np.random.Generator, beta: int = 1) -> Dense:
        """One matrix of the ensemble."""
        return Dense(gaussian(n, rng, self.variance, beta))


@dataclass(frozen=True)
class Wishart(Model):
    """X X* / columns with n / ratio columns on average: limit law MarchenkoPastur(ratio).

    Parameters
    ----------
    ratio
        Rows over columns of X.

    Examples
    --------
    >>> import numpy as np
    >>> values = Wishart(2.0).spectrum(200, np.random.default_rng(0))
    >>> int(np.count_nonzero(values == 0))
    100
    """

    ratio: float

    def __post_init__(self) -> None:
        require_positive("ratio", self.ratio)

    @property
    def invariant(self) -> bool:
        """True: rotations leave Gaussian matrices as they are."""
        return True

    def draw(self, n: int, rng: np.random.Generator, beta: int = 1) -> Gram:
        """One matrix of the ensemble."""
        columns = columns_for(n, self.ratio, rng)
        factor = ginibre(n, columns, rng, beta)
        factor /= np.sqrt(columns)
        return Gram(factor)


@dataclass(frozen=True)
class Deterministic(Model):
    """Diagonal matrix of the quantiles at (i - 1/2)/n, i = 1 … n, of a law.

    No n points come closer to the law: the distance of the two distribution functions is
    1/(2n) at points of continuity.

    Parameters
    ----------
    quantile
        Picklable function from probabilities to locations, on arrays.

    Examples
    --------
    >>> import numpy as np
    >>> Deterministic(np.sqrt).spectrum(2, np.random.default_rng(0)).round(4).tolist()
    [0.5, 0.866]
    """

    quantile: Callable[[np.ndarray], np.ndarray]

    def __post_init__(self) -> None:
        function_of(self.quantile, "quantile", "p")

    @property
    def invariant(self) -> bool:
        """False: the basis is fixed."""
        return False

    def draw(self, n: int, rng: np.random.Generator, beta: int = 1) -> Diagonal:
        """The same matrix for every state of the generator."""
        return Diagonal(np.asarray(self.quantile((np.arange(n) + 0.5) / n), dtype=float))


@dataclass(frozen=True)
class AtomicQuantile:
    """Quantile function of Σ weights[i] δ(locations[i]), for :class:`Deterministic`.

    Parameters
    ----------
    locations
        Where the atoms are.
    weights
        Their masses: non-negative, of sum 1.

    Examples
    --------
    >>> AtomicQuantile((1.0, -1.0), (0.25, 0.75))([0.7, 0.8]).tolist()
    [-1.0, 1.0]
    """

    locations: tuple[float, ...]
    weights: tuple[float, ...]

    def __post_init__(self) -> None:
        weights = np.asarray(self.weights, dtype=float)
        if len(weights) != len(self.locations):
            raise InvalidParameterError(
                f"{len(self.locations)} locations with {len(weights)} weights: give one weight "
                "for every location"
            )
        if not (np.all(weights >= 0) and abs(weights.sum() - 1) < _ROUNDING):
            raise InvalidParameterError(
                f"weights {self.weights}: they must be non-negative and sum to 1; divide them by "
                "their sum"
            )

    def __call__(self, probability: np.ndarray) -> np.ndarray:
        """Locations at the given probabilities."""
        order = np.argsort(self.locations)
        steps = np.cumsum(np.asarray(self.weights)[order])
        index = np.searchsorted(steps[:-1], probability, side="left")
        return np.asarray(self.locations, dtype=float)[order][index]
