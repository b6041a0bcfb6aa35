"""Square models that contain a rectangular matrix of independent or rotated entries."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from freeprob.ensembles.classical import ginibre, haar
from freeprob.ensembles.model import Model, columns_for, require_positive
from freeprob.ensembles.selfadjoint import Gram, SelfAdjoint
from freeprob.errors import InvalidParameterError

_ROUNDING = 1e-10  # of the largest square: eigenvalues nearer to 0 are 0


@dataclass(frozen=True)
class CompoundWishart(Model):
    """X T X* / n with ``rate · n`` columns: limit law CompoundFreePoisson(rate, law of T).

    Parameters
    ----------
    jumps
        The model of T; it may take both signs.
    rate
        Columns over rows of X.

    Notes
    -----
    F. Hiai, D. Petz, The Semicircle Law, Free Random Variables and Entropy (2000), section 4.4.

    Examples
    --------
    >>> import numpy as np
    >>> from freeprob.ensembles import AtomicQuantile, Deterministic
    >>> jumps = Deterministic(AtomicQuantile((-1.0, 1.0), (0.5, 0.5)))
    >>> values = CompoundWishart(jumps, 2.0).spectrum(400, np.random.default_rng(0))
    >>> float(np.mean(values**2).round(1))
    2.0
    """

    jumps: Model
    rate: float

    def __post_init__(self) -> None:
        require_positive("rate", self.rate)

    @property
    def invariant(self) -> bool:
        """True: rotations leave Gaussian matrices as they are."""
        return True

    def draw(self, n: int, rng: np.random.Generator, beta: int = 1) -> SelfAdjoint:
        """One matrix; T is any matrix, for X is invariant on both sides."""
        columns = columns_for(n, 1 / self.rate, rng)
        jumps = self.jumps.draw(columns, rng, beta)
        return jumps.conjugated(ginibre(n, columns, rng, beta) / np.sqrt(n))


@dataclass(frozen=True)
class InformationPlusNoise(Model):
    """(A + σX)(A + σX)* / columns, A deterministic with A A* / columns of a given law.

    Parameters
    ----------
    signal
        The model of A A* / columns: positive semidefinite.
    ratio
        Rows over columns. Above 1 the law of the signal has an atom of at least 1 - 1/ratio
        at 0.
    variance
        σ², the variance of the noise entries.

    Notes
    -----
    R. B. Dozier, J. W. Silverstein, J. Multivariate Anal. 98 (2007) 678.

    Examples
    --------
    >>> import numpy as np
    >>> from freeprob.ensembles import AtomicQuantile, Deterministic
    >>> signal = Deterministic(AtomicQuantile((2.0,), (1.0,)))
    >>> model = InformationPlusNoise(signal, 0.5, 1.0)
    >>> float(model.spectrum(400, np.random.default_rng(0)).mean().round(1))
    3.0
    """

    signal: Model
    ratio: float
    variance: float = 1.0

    def __post_init__(self) -> None:
        require_positive("ratio", self.ratio)
        require_positive("variance", self.variance)

    @property
    def invariant(self) -> bool:
        """False: the signal fixes the basis."""
        return False

    def draw(self, n: int, rng: np.random.Generator, beta: int = 1) -> Gram:
        """One matrix, in the singular basis of the signal."""
        columns = columns_for(n, self.ratio, rng)
        factor = ginibre(n, columns, rng, beta) * np.sqrt(self.variance / columns)
        values = _singular_values(self.signal.spectrum(n, rng, beta), columns)
        index = np.arange(len(values))
        factor[index, index] += values
        return Gram(factor)


@dataclass(frozen=True)
class RectangularSum(Model):
    """(A + UBV*)(A + UBV*)* with Haar U and V: squares of the rectangular free convolution.

    Parameters
    ----------
    first, second
        The models of A A* and B B*, positive semidefinite.
    ratio
        Rows over columns of A and B. Above 1 both laws have an atom of at least 1 - 1/ratio
        at 0.

    Notes
    -----
    F. Benaych-Georges, Probab. Theory Related Fields 144 (2009) 471.

    Examples
    --------
    >>> import numpy as np
    >>> from freeprob.ensembles import AtomicQuantile, Deterministic
    >>> one = Deterministic(AtomicQuantile((1.0,), (1.0,)))
    >>> values = RectangularSum(one, one, 1.0).spectrum(400, np.random.default_rng(0))
    >>> float(values.mean().round(1))
    2.0
    """

    first: Model
    second: Model
    ratio: float

    def __post_init__(self) -> None:
        require_positive("ratio", self.ratio)

    @property
    def invariant(self) -> bool:
        """False: the first matrix fixes the basis."""
        return False

    def draw(self, n: int, rng: np.random.Generator, beta: int = 1) -> Gram:
        """One matrix, in the singular basis of the first."""
        columns = columns_for(n, self.ratio, rng)
        first = _singular_values(self.first.spectrum(n, rng, beta), columns)
        second = _singular_values(self.second.spectrum(n, rng, beta), columns)
        left, right = (haar(size, rng, len(second), beta) for size in (n, columns))
        factor = (left * second) @ right.conj().T
        index = np.arange(len(first))
        factor[index, index] += first
        return Gram(factor)


def _singular_values(squares: np.ndarray, columns: int) -> np.ndarray:
    """The at most ``columns`` largest singular values, given all squares in ascending order.

    Raises
    ------
    InvalidParameterError
        When a value is negative, or more of them are non-zero than there are columns.
    """
    tolerance = _ROUNDING * squares[-1] + 1e-300
    if squares[0] < -tolerance:
        raise InvalidParameterError(
            f"the law of A A* takes the value {squares[0]:.6g}: it must be supported on [0, ∞)"
        )
    rank = min(len(squares), columns)
    # a rounded number of columns may cut one value off
    if len(squares) > rank + 1 and squares[-rank - 2] > tolerance:
        raise InvalidParameterError(
            f"{len(squares)} rows and {columns} columns: the law of A A* must have an atom of at "
            "least 1 - 1/ratio at 0; lower the ratio"
        )
    return np.sqrt(np.maximum(squares[::-1][:rank], 0))
