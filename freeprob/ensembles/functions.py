"""Functions of one matrix, and block diagonal matrices of several."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from freeprob.behaviour import function_of
from freeprob.ensembles.model import Model
from freeprob.ensembles.selfadjoint import Diagonal, SelfAdjoint
from freeprob.errors import InvalidParameterError


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

    def __post_init__(self) -> None:
        function_of(self.function, "function", "x")

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


@dataclass(frozen=True)
class Rational:
    """A rational function, for :class:`Mapped`.

    Parameters
    ----------
    top, bottom
        Coefficients of numerator and denominator, from the constant terms upwards.

    Examples
    --------
    >>> float(Rational((0.0, 0.0, 1.0), (1.0, 1.0))(3.0))
    2.25
    """

    top: tuple[float, ...]
    bottom: tuple[float, ...]

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """The image of every entry."""
        return np.polyval(self.top[::-1], x) / np.polyval(self.bottom[::-1], x)


@dataclass(frozen=True)
class Chiral(Model):
    """[[0, A], [A*, 0]] for a square A: eigenvalues ±√x for the eigenvalues x of A A*.

    In odd dimension one of the two eigenvalues next to 0 is left out.

    Parameters
    ----------
    squares
        The model of A A*, positive semidefinite.

    Examples
    --------
    >>> import numpy as np
    >>> from freeprob.ensembles import Wishart
    >>> values = Chiral(Wishart(1.0)).spectrum(100, np.random.default_rng(0))
    >>> bool(np.array_equal(values, -values[::-1]))
    True
    """

    squares: Model

    @property
    def invariant(self) -> bool:
        """False: the matrix is drawn in its eigenbasis."""
        return False

    def draw(self, n: int, rng: np.random.Generator, beta: int = 1) -> Diagonal:
        """Both signs of the singular values of one draw."""
        half = (n + 1) // 2
        values = Diagonal(self.squares.spectrum(half, rng, beta)).roots()
        return Diagonal(np.concatenate([-values, values[n % 2 :]]))


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
class Companion(Model):
    """AᵀA from the eigenvalues of AAᵀ, A of size p x n: zeros are left out or added.

    Parameters
    ----------
    gram
        The model of AAᵀ, positive semidefinite.
    ratio
        p/n.

    Examples
    --------
    >>> import numpy as np
    >>> from freeprob.ensembles import Wishart
    >>> values = Companion(Wishart(2.0), 2.0).spectrum(100, np.random.default_rng(0))
    >>> int(np.count_nonzero(values < 1e-9)) <= 1
    True
    """

    gram: Model
    ratio: float

    @property
    def invariant(self) -> bool:
        """False: the matrix is drawn in its eigenbasis."""
        return False

    def draw(self, n: int, rng: np.random.Generator, beta: int = 1) -> Diagonal:
        """The eigenvalues of one draw of size n · ratio, the smallest left out."""
        size = max(1, round(n * self.ratio))
        values = self.gram.spectrum(size, rng, beta)
        if size < n:
            return Diagonal(np.concatenate([np.zeros(n - size), values]))
        return Diagonal(values[size - n :])
