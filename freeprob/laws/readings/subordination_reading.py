"""Where the parts of a law stand, and what finitely many moved eigenvalues do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from freeprob.law_symbols import own_symbols
from freeprob.laws.description.described import Described
from freeprob.parameters import digits

if TYPE_CHECKING:
    from collections.abc import Mapping

    import sympy as sp

    from freeprob.laws.subordination.outliers import Outliers


class SubordinationReading(Described):
    """What a law says of its parts: subordination functions, preimages, outliers."""

    def subordination(self, z: Any, dps: int | None = None) -> dict[Any, Any]:
        """Subordination functions of the parts: {part: ω(z)}.

        On the part's curve ω is the point that belongs to z: G_part(ω) = G(z) for free sums and
        their powers, tG(z) for compressions, ω G_part(ω) = z G(z) for free products and their
        powers, (1 - s²c G(z)) G_H(ω) = G(z) for information plus noise of variance s² and ratio c.
        For a rectangular sum of ratio λ, T(y)/z² is the same for the law and each part at its ω,
        y = zG - 1 and T(y) = (λy + 1)(y + 1).

        Parameters
        ----------
        z
            A number or an array; real z means z + i0, also outside the support, where ω is real
            or, for rectangular sums, imaginary.
        dps
            Digits. By default numbers are float64.

        Returns
        -------
        dict
            Values by the laws this one is made of; a part that occurs twice has one function.

        Raises
        ------
        InvalidParameterError
            If parameters are symbols or a point is no finite number.
        UndefinedOperationError
            If the law is not made of parts by such an operation.
        ConvergenceError
            At edges, atoms and poles.

        Notes
        -----
        Sources: Voiculescu 1993; Biane 1998; Benaych-Georges 2009; Dozier-Silverstein 2007.

        Examples
        --------
        >>> from freeprob import Atomic, Semicircle, boxplus
        >>> sign, noise = Atomic({-1: "1/2", 1: "1/2"}), Semicircle(1)
        >>> law = boxplus(sign, noise)
        >>> omega = law.subordination(4)[sign]
        >>> abs(sign.cauchy(omega) - law.cauchy(4)) < 1e-15
        True
        >>> print(law.subordination(4, dps=25)[sign])
        (3.709275359436922839229132 + 0.0j)
        """
        from freeprob.laws.subordination import subordination_values

        return subordination_values.subordination(self, z, digits(dps))

    def subordination_equations(
        self, G: sp.Symbol, z: sp.Symbol, names: Mapping[Any, sp.Symbol] | None = None
    ) -> list[sp.Eq]:
        """Equations of the parts at their subordination functions, then the one that ties them.

        Parameters
        ----------
        G, z
            Symbols that are not parameters of the law.
        names
            Symbols for ω by part, ``{mu: omega_1}``; otherwise they are ``Dummy`` symbols, as are
            values of transforms at ω that are no functions of G, z and ω.

        Returns
        -------
        list of sympy.Eq

        Raises
        ------
        UndefinedOperationError
            If the law is not made of parts by such an operation.

        Examples
        --------
        >>> import sympy as sp
        >>> from freeprob import Atomic, Semicircle, boxplus
        >>> G, z, u, v = sp.symbols("G z u v")
        >>> sign, noise = Atomic({-1: "1/2", 1: "1/2"}), Semicircle(1)
        >>> equations = boxplus(sign, noise).subordination_equations(G, z, {sign: u, noise: v})
        >>> for equation in equations:
        ...     print(equation)
        Eq(G*u**2 - G - u, 0)
        Eq(G**2 - G*v + 1, 0)
        Eq(z, u + v - 1/G)
        """
        from freeprob.laws.subordination import subordination_values

        own_symbols(self, G, z)
        return subordination_values.equations(self, G, z, names)

    def preimages(self, part: Any, value: Any, dps: int | None = None) -> list[Any]:
        """All real z outside the support where the part's subordination function has a value.

        ω maps the upper half plane into itself, so it rises along each gap of the support, from
        pole to pole, and a gap holds two such points at most (Belinschi et al. 2017).

        Parameters
        ----------
        part
            A law this one is made of, also several operations down, or a letter with that law.
        value
            A real number.
        dps
            Digits. By default numbers are float64.

        Returns
        -------
        list
            From left to right; empty where the value is not taken.

        Raises
        ------
        InvalidParameterError
            If parameters are symbols or ``part`` is no part of the law.

        Examples
        --------
        >>> from freeprob import Atomic, PointMass, boxplus
        >>> sign, zero = Atomic({-1: "1/2", 1: "1/2"}), PointMass(3)
        >>> boxplus(sign, zero).preimages(zero, 4.5)
        [2.5, 5.0]
        """
        from freeprob.laws.subordination import subordination_values

        return subordination_values.preimages(self, _law_of(part), value, digits(dps))

    def outliers(
        self,
        spikes: Any,
        part: Any = None,
        kind: str = "additive",
        ratio: Any = None,
        dps: int | None = None,
    ) -> Outliers:
        """Outliers of a matrix with this limit law, finitely many eigenvalues of it moved.

        Parameters
        ----------
        spikes
            A list of real numbers, or one.
        part
            The law whose matrix has the spikes as eigenvalues off its support, among those that
            this one is made of (also several operations down), or a letter with that law. Without
            it the matrix has this law and is perturbed: ``"additive"`` X + Σ θ v vᵀ,
            ``"multiplicative"`` A^½ X A^½ where A is the identity but for eigenvalues θ,
            ``"rectangular"`` X + Σ θ u vᵀ.
        kind
            ``"additive"``: a spike is an eigenvalue of ``part`` in a free sum, power, compression
            or (of AAᵀ) in information plus noise; of the zero matrix without ``part``.
            ``"multiplicative"``: an eigenvalue of the population ``part`` in a free product, such
            as :func:`freeprob.sample_covariance`; of the identity without it. ``"rectangular"``:
            a singular value, and so are the locations; the law is symmetric, or that of X Xᵀ.
        ratio
            Rows over columns, for ``"rectangular"`` without ``part``.
        dps
            Digits. By default numbers are float64.

        Returns
        -------
        Outliers
            A tuple of ``Outlier(spike, location, overlap)`` by location, in every gap of the
            support. ``overlap`` is the limit of the squared scalar product of the two unit
            eigenvectors; rectangular outliers have it for left singular vectors, and
            ``right_overlap``. ``deviation`` is √n times the standard deviation of the
            location in real matrices, without ``part`` and for perturbations in general position.
            ``thresholds`` lists which spikes make an outlier in which gap; ``reason`` says why
            there is none.

        Raises
        ------
        InvalidParameterError
            If parameters are symbols, ``part`` is no part of the law, the kind does not fit it, or
            a spike of a positive matrix is not positive.
        UndefinedOperationError
            If a population is not seen to be positive.

        Notes
        -----
        Outside the support (z - M)⁻¹ ≈ κ(z)(ω(z) - A)⁻¹, so an outlier solves ω(z) = θ and has
        the overlap κ/ω'(z): κ = 1 for sums, ω/z for products. Without ``part``, 1/G(z) = θ and
        overlap -1/(θ²G'(z)) for the additive kind (Benaych-Georges-Nadakuditi 2011).
        Sources: Baik, Ben Arous, Péché 2005; Benaych-Georges-Nadakuditi 2011, 2012; Belinschi,
        Bercovici, Capitaine, Février 2017.

        Examples
        --------
        >>> from freeprob import Atomic, MarchenkoPastur, Semicircle
        >>> for outlier in Atomic({-1: "1/2", 1: "1/2"}).outliers([1.5]):
        ...     print(outlier.location, outlier.overlap)
        -0.5 0.2
        2.0 0.8
        >>> (outlier,) = MarchenkoPastur("1/2").outliers([3], kind="multiplicative", dps=20)
        >>> print(outlier.location, outlier.overlap)
        3.75 0.7
        >>> print(Semicircle(1).outliers([0.7]).reason)
        a spike makes an outlier if it lies in (-inf, -1) or (1, inf), and 0.7 does not
        """
        from freeprob.laws.subordination import outliers as spiked

        return spiked.outliers(self, spikes, _law_of(part), kind, ratio, digits(dps))


def _law_of(part: Any) -> Any:
    """A letter of a matrix expression stands for the law of its eigenvalues."""
    return part if isinstance(part, Described) else getattr(part, "law", part)
