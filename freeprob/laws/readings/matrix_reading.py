"""The third reading of a law: simulated matrices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from freeprob.errors import InvalidParameterError
from freeprob.laws.readings.described import Described

if TYPE_CHECKING:
    from concurrent.futures import Executor

    import numpy as np

    from freeprob.ensembles import Comparison, Model


class MatrixReading(Described):
    """What a law answers by matrices: a model, a sample, a comparison with the theory."""

    def matrix_model(self) -> Model:
        """Random matrices of every size whose spectra tend to this law.

        Laws that come from matrices, and operations on laws, answer with the ensemble or the
        operation on matrices; others with a diagonal matrix of their quantiles.

        Raises
        ------
        InvalidParameterError
            If parameters are still symbols.

        Examples
        --------
        >>> from freeprob import MarchenkoPastur
        >>> MarchenkoPastur("1/2").matrix_model()
        Affine(model=Wishart(ratio=0.5), scale=1.0, shift=0.0)
        """
        if self.parameters:
            names = ", ".join(map(str, self.parameters))
            raise InvalidParameterError(
                f"matrices need numbers and {names} stay symbolic: give values, as in "
                f"law.subs({{{self.parameters[0]}: 1}})"
            )
        return self._matrix_model()

    def _matrix_model(self) -> Model:
        """The model of a law without symbols; laws that have a better one say so."""
        from freeprob.ensembles import Deterministic
        from freeprob.laws.readings.simulation import LawQuantile

        return Deterministic(LawQuantile(self))

    def sample(
        self, n: int, rng: int | np.random.Generator | None = None, *, beta: int = 1
    ) -> np.ndarray:
        """Eigenvalues of one random ``n × n`` matrix that has this limit law, ascending.

        Parameters
        ----------
        n
            Size of the matrix.
        rng
            Seed or generator.
        beta
            1 for a real, 2 for a complex matrix.

        Raises
        ------
        InvalidParameterError
            If parameters are still symbols.

        Examples
        --------
        >>> from freeprob import Semicircle
        >>> Semicircle(1).sample(1000, rng=0).shape
        (1000,)
        """
        from freeprob.ensembles import spectra

        return spectra(self.matrix_model(), n, 1, rng, beta=beta)[0]

    def check(
        self,
        n: int = 1000,
        draws: int = 8,
        rng: int | np.random.Generator | None = 0,
        *,
        beta: int = 1,
        executor: Executor | None = None,
        progress: bool = False,
    ) -> Comparison:
        """Compare the law with matrices that have it as limit law.

        Moments, values of G, the distribution function, atoms and edges are each compared on
        the scale on which they fluctuate at this size: a wrong law fails.

        Parameters
        ----------
        n, draws
            Size and number of the matrices.
        rng
            Seed or generator; the result does not depend on the number of workers.
        beta
            1 for real, 2 for complex matrices.
        executor
            Any :class:`concurrent.futures.Executor` over which to spread the draws.
        progress
            Whether to show a progress bar.

        Raises
        ------
        InvalidParameterError
            If parameters are still symbols.

        Examples
        --------
        >>> from freeprob import Semicircle
        >>> Semicircle(1).check(n=200, draws=4).passed
        True
        """
        from freeprob.laws.readings.simulation import check

        return check(self, n, draws, rng, beta=beta, executor=executor, progress=progress)
