"""The third reading of a law: simulated matrices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from freeprob.errors import InvalidParameterError
from freeprob.law_symbols import way_out
from freeprob.laws.description.described import Described

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from concurrent.futures import Executor

    import numpy as np
    import sympy as sp

    from freeprob.ensembles import Comparison, Model
    from freeprob.laws.matrices.fitting import Fit


class MatrixReading(Described):
    """What a law answers by matrices: a model, a sample, a comparison with the theory."""

    def matrix_model(self) -> Model:
        """Random matrices of every size whose spectra tend to this law.

        Laws that come from matrices, and operations on laws, answer with the ensemble or the
        operation on matrices; others with a diagonal matrix of their quantiles.

        Returns
        -------
        Model

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
            raise InvalidParameterError(f"matrices need numbers and {way_out(self)}")
        return self._matrix_model()

    def _matrix_model(self) -> Model:
        """The model of a law without symbols; laws that have a better one say so."""
        from freeprob.ensembles import Deterministic
        from freeprob.laws.matrices.simulation import LawQuantile

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

        Returns
        -------
        array of shape (n,)

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

        Returns
        -------
        Comparison

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
        from freeprob.laws.matrices.simulation import check

        return check(self, n, draws, rng, beta=beta, executor=executor, progress=progress)

    def compare_to(self, eigenvalues: object, independent: int = 0) -> Comparison:
        """Compare the law with eigenvalues that one holds.

        Moments, values of G, the distribution function, atoms and edges are each compared on the
        scale on which eigenvalues of one real matrix, or of several, fluctuate at this size.

        Parameters
        ----------
        eigenvalues
            All eigenvalues of one matrix, as a list, array or Series; or an array with one row for
            each of several matrices of the same kind, which sharpens the scales.
        independent
            How many diagonal matrices of independent random entries these matrices contain, as
            Jacobians of networks contain the slopes of each layer: numbers of eigenvalues then
            fluctuate like √n, where those of fixed spectra in random bases are rigid.

        Returns
        -------
        Comparison

        Raises
        ------
        InvalidParameterError
            If parameters are still symbols, the eigenvalues are no finite real numbers, or
            ``independent`` is no number of matrices.

        Notes
        -----
        Source: Lytova-Pastur 2009 (linear statistics). See :func:`freeprob.ensembles.compare`.

        Examples
        --------
        >>> from freeprob import MarchenkoPastur
        >>> eigenvalues = MarchenkoPastur("1/2").sample(400, rng=1)
        >>> MarchenkoPastur("1/2").compare_to(eigenvalues).passed
        True
        >>> MarchenkoPastur("3/5").compare_to(eigenvalues).passed
        False
        """
        from freeprob.laws.matrices.fitting import compared

        return compared(self, eigenvalues, independent)

    def fit(
        self,
        eigenvalues: object,
        parameters: Sequence[sp.Symbol],
        start: Mapping[sp.Symbol, object] | None = None,
    ) -> Fit:
        """Estimate the law's parameters from eigenvalues.

        Values of G at points above the spectrum are matched by weighted least squares. Their
        covariance, and the O(1/n) by which their means are off in real matrices, are taken from
        matrices of the law at a first estimate; half an eigenvalue counts as unknown, as masses
        are whole numbers of eigenvalues.

        Parameters
        ----------
        eigenvalues
            As for :meth:`compare_to`.
        parameters
            The law's symbols, all of them; those that are known get values by ``subs`` before.
        start
            Values by symbol from which to search; by default those that match moments best.

        Returns
        -------
        Fit
            With ``law``, ``values``, standard ``errors``, ``comparison`` and ``summary()``.

        Raises
        ------
        InvalidParameterError
            If ``parameters`` are not the law's symbols, or the eigenvalues too few.
        ConvergenceError
            If the search ends at no fit, or where the values give no law.

        Notes
        -----
        Source: El Karoui 2008; Rao, Mingo, Speicher, Edelman 2008 (spectra from linear statistics);
        Bai-Silverstein 2004 (their fluctuations).

        Examples
        --------
        >>> import sympy as sp
        >>> from freeprob import MarchenkoPastur
        >>> c = sp.Symbol("c", positive=True)
        >>> eigenvalues = MarchenkoPastur("1/2").sample(400, rng=1)
        >>> fit = MarchenkoPastur(c).fit(eigenvalues, [c])
        >>> abs(fit.values[c] - 0.5) < 4 * fit.errors[c] < 0.05
        True
        """
        from freeprob.laws.matrices.fitting import fitted

        return fitted(self, eigenvalues, parameters, start)
