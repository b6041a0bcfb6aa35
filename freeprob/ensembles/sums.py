"""Free sums, corners, and the free powers made of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from freeprob.ensembles.classical import haar
from freeprob.ensembles.functions import Affine
from freeprob.ensembles.model import Model
from freeprob.ensembles.selfadjoint import Dense, SelfAdjoint
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

    def __post_init__(self) -> None:
        if not self.terms:
            raise InvalidParameterError("a sum of no matrices has no size; give at least one term")

    @property
    def invariant(self) -> bool:
        """Whether every term is."""
        return all(term.invariant for term in self.terms)

    def draw(self, n: int, rng: np.random.Generator, beta: int = 1) -> SelfAdjoint:
        """The sum of one draw of each term."""
        drawn = [(term.draw(n, rng, beta), term.invariant) for term in self.terms]
        total, invariant = drawn[0]
        for summand, unbiased in drawn[1:]:
            if not (invariant or unbiased):
                summand = summand.conjugated(haar(n, rng, beta=beta))
            total = Dense(total.matrix() + summand.matrix())
            invariant = invariant and unbiased
        return total


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
class FreePower(Model):
    """Sum of t/s free copies of s times a corner of fraction 1/s: limit law μ^{⊞t}.

    The number of copies is the smallest for which the corner is at least half of its matrix, so
    that no matrix of more than 2n rows is drawn.

    Parameters
    ----------
    model
        The model of μ.
    exponent
        t, at least 1.

    Notes
    -----
    A. Nica, R. Speicher, Amer. J. Math. 118 (1996) 799.

    Examples
    --------
    >>> import numpy as np
    >>> from freeprob.ensembles import Wishart
    >>> model = FreePower(Wishart(1.0), 2.5)
    >>> float(model.spectrum(400, np.random.default_rng(0)).mean().round(1))
    2.5
    """

    model: Model
    exponent: float

    def __post_init__(self) -> None:
        if not 1 <= self.exponent < np.inf:
            raise InvalidParameterError(
                f"exponent = {self.exponent}: a free power of a matrix needs an exponent of at "
                "least 1"
            )

    @property
    def invariant(self) -> bool:
        """True: corners are."""
        return True

    def draw(self, n: int, rng: np.random.Generator, beta: int = 1) -> SelfAdjoint:
        """The sum of one draw of each corner."""
        copies = max(1, int(np.ceil(self.exponent / 2)))
        stretch = self.exponent / copies
        corner = Affine(Corner(self.model, 1 / stretch), stretch)
        return FreeSum((corner,) * copies).draw(n, rng, beta)
