"""Functionals of a law in numbers: its logarithmic potential, entropies and information."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

from freeprob.laws.description.described import Described
from freeprob.parameters import digits

if TYPE_CHECKING:
    import mpmath
    import numpy as np
    from numpy.typing import NDArray

    from freeprob.laws.functionals.fluctuations import Fluctuation
    from freeprob.laws.readings.number_reading import Complex, Many, Real


class FunctionalReading(Described):
    """What a law answers in integrals against it."""

    def expect(self, f: Any, x: Any = None, dps: int | None = None) -> Any:
        """E f(X), atoms counted: a formula where there is one, else a number.

        Parameters
        ----------
        f
            A SymPy expression in ``x``, an ``Activation``, or a Python function of one number.
        x
            The variable of an expression; it may be left out where there is no other symbol.
        dps
            Digits. By default float64 where there is no formula.

        Returns
        -------
        sympy.Expr, float or mpf
            An exact expression without ``dps`` for polynomials (moments), for all functions of
            laws that are sums of atoms, and for log(ax + b) of laws with rational curves and
            explicit G: semicircle, Marchenko-Pastur, arcsine. With parameters the formula holds
            where ax + b > 0 on the support. Else a float, and an mpf with ``dps``, of which a value
            below 10^(-2 dps) is given as 0. It is ±∞ where the expectation is.

        Raises
        ------
        InvalidParameterError
            If ``f`` is no such function, or its variable is not clear.
        NoClosedFormError
            If symbols are left and there is no formula.
        UndefinedOperationError
            If f is not real on the support, or the expectation is infinite with both signs.
        ConvergenceError
            If the quadrature does not settle.

        Notes
        -----
        Each half of a cut is integrated in the root of the distance to its end in which the
        density is analytic; panels that do not agree with their halves are cut in two. Logarithms
        of linear functions are potentials, see :meth:`log_potential`.

        Examples
        --------
        >>> import sympy as sp
        >>> from freeprob import MarchenkoPastur, Semicircle
        >>> x = sp.Symbol("x")
        >>> Semicircle(1).expect(x**4, x)
        2
        >>> round(MarchenkoPastur("1/2").expect(sp.exp(-x), x), 12)
        0.452510166119
        >>> MarchenkoPastur(1).expect(1 / x, x)
        inf
        """
        from freeprob.laws.functionals import expectations

        return expectations.expect(self, f, x, digits(dps))

    def fluctuation(
        self,
        f: Any,
        x: Any = None,
        g: Any = None,
        beta: int = 1,
        dps: int | None = None,
        *,
        fourth_cumulant: object = 0,
    ) -> Fluctuation:
        """Fluctuations of Σ f(λ) over the eigenvalues of one of the law's matrices, n → ∞.

        The sum is Gaussian in the limit, with a variance of order 1. The law's tree is the model:
        Semicircle is a Wigner matrix (GOE, GUE), MarchenkoPastur and FreePoisson are Wishart
        matrices, laws of values and densities are deterministic, sums and products are of
        independently rotated matrices, free powers are sums of ⌈t/2⌉ corners, as in
        :meth:`sample`.

        Parameters
        ----------
        f
            A SymPy expression in ``x``, an ``Activation``, or a Python function of one number;
            smooth on the support.
        x
            The variable of an expression; it may be left out where there is no other symbol.
        g
            A second function; f by default.
        beta
            1 for real, 2 for complex matrices.
        dps
            Digits. By default float64 where there is no formula.
        fourth_cumulant
            κ = E|w|⁴ - 3 (real) or E|w|⁴ - 2 (complex) of the entries w of variance 1 of a Wigner
            or sample covariance matrix; 0 for Gaussian ones. Diagonal entries of Wigner matrices
            have the variance of Gaussian ones.

        Returns
        -------
        Fluctuation
            ``mean_shift``, the limit of E Σ f(λ) - n ∫ f dμ, with the law of the deterministic
            parts' own eigenvalues in μ, and ``covariance`` of Σ f(λ) and Σ g(λ). Exact for
            polynomials; formulas for logarithms where G has one; else numbers.

        Raises
        ------
        InvalidParameterError
            If β is not 1 or 2.
        UndefinedOperationError
            If the law is made by an operation whose fluctuations are not known, or is unbounded.
        NoClosedFormError
            If parameters are symbols and there is no formula.
        ConvergenceError
            If a function is not smooth on the support, or cuts nearly touch.

        Notes
        -----
        Source: Jonsson 1982; Johansson 1998; Bai-Silverstein 2004; Collins, Mingo, Śniady, Speicher
        2007 (free sums); Lytova-Pastur 2009; Bai-Yao 2005 (fourth cumulants).

        Examples
        --------
        >>> import sympy as sp
        >>> from freeprob import MarchenkoPastur, Semicircle, boxplus
        >>> x, c = sp.symbols("x c", positive=True)
        >>> MarchenkoPastur(c).fluctuation(x**2, x)
        Fluctuation(mean_shift=c, covariance=4*c*(c + 2)*(2*c + 1))
        >>> MarchenkoPastur("1/2").fluctuation(sp.log(x), x).covariance
        2*log(2)
        >>> law = boxplus(MarchenkoPastur(1), Semicircle(1))
        >>> round(law.fluctuation(sp.cos(x), x).covariance, 9)
        0.781387998
        """
        from freeprob.laws.functionals import fluctuations

        return fluctuations.fluctuation(self, f, x, g, beta, digits(dps), fourth_cumulant)

    @overload
    def free_entropy(self, dps: None = None) -> float: ...
    @overload
    def free_entropy(self, dps: int) -> mpmath.mpf: ...
    def free_entropy(self, dps: int | None = None) -> Any:
        """Voiculescu's free entropy χ(μ) = ∬ log|x - y| μ(dx) μ(dy) + 3/4 + log(2π)/2.

        Parameters
        ----------
        dps
            Digits. By default float64.

        Returns
        -------
        float or mpf
            -∞ for a law with an atom; log(2πev)/2, its maximum, for a semicircle of variance v.

        Raises
        ------
        InvalidParameterError
            If parameters are symbols.
        ConvergenceError
            If the integral does not settle: digits where the density jumps are not found.

        Notes
        -----
        Source: Voiculescu 1993.

        Examples
        --------
        >>> from freeprob import MarchenkoPastur
        >>> round(MarchenkoPastur("1/2").free_entropy(), 12)
        0.975791352645
        """
        from freeprob.laws.functionals import functionals_for_numbers

        return functionals_for_numbers.free_entropy(self, digits(dps))

    @overload
    def fisher_information(self, dps: None = None) -> float: ...
    @overload
    def fisher_information(self, dps: int) -> mpmath.mpf: ...
    def fisher_information(self, dps: int | None = None) -> Any:
        """Voiculescu's free Fisher information Φ(μ) = (4π²/3) ∫ ρ(x)³ dx, at least 1/variance.

        Parameters
        ----------
        dps
            Digits. By default float64.

        Returns
        -------
        float or mpf
            ∞ for a law with an atom, or with an edge at which ρ³ is not integrable.

        Raises
        ------
        InvalidParameterError
            If parameters are symbols.
        ConvergenceError
            If the integral does not settle.

        Notes
        -----
        It is the derivative of the free entropy along the semicircular flow:
        dχ(μ ⊞ Semicircle(t))/dt = Φ(μ ⊞ Semicircle(t))/2. Source: Voiculescu 1993.

        Examples
        --------
        >>> from freeprob import Semicircle
        >>> round(Semicircle(2).fisher_information(), 12)
        0.5
        """
        from freeprob.laws.functionals import functionals_for_numbers

        return functionals_for_numbers.fisher_information(self, digits(dps))

    @overload
    def log_potential(self, z: Complex, dps: None = None) -> float: ...
    @overload
    def log_potential(self, z: Many, dps: None = None) -> NDArray[np.float64]: ...
    @overload
    def log_potential(self, z: Complex, dps: int) -> mpmath.mpf: ...
    @overload
    def log_potential(self, z: Many, dps: int) -> NDArray[np.object_]: ...
    def log_potential(self, z: Any, dps: int | None = None) -> Any:
        """Logarithmic potential U(z) = ∫ log|z - x| μ(dx), inside and outside the support.

        It is the limit of (1/N) log|det(z - X)| for matrices X with this limit law; its derivative
        along the real axis is Re G.

        Parameters
        ----------
        z
            A number or an array of numbers, real or complex.
        dps
            Digits. By default numbers are float64, right to about 1e-13.

        Returns
        -------
        float, ndarray or mpf
            A number for a number, an array of the same shape for an array; -∞ at atoms.

        Raises
        ------
        InvalidParameterError
            If parameters are symbols or a point is no finite number.
        ConvergenceError
            If cuts and atoms do not carry mass 1 together, or the integral does not settle.

        Notes
        -----
        Operations have one rule each, as U = U₁(ω₁) + U₂(ω₂) + log|G| of a free sum: its right
        side has the derivative Re G, because ω₁ + ω₂ = z + 1/G. With primitives of G dz for the
        parts it takes one point of the branch, and no cuts; matrix polynomials have the variational
        formula of their Dyson equation. Boolean and monotone sums have no such rule. Elsewhere the
        density's piecewise polynomials are integrated with nodes that crowd at z, or, with
        ``dps``, G along the half line above z, in which dU(z + is)/ds = -Im G(z + is).
        Source: Saff and Totik 1997, chapter I.

        Examples
        --------
        >>> from freeprob import MarchenkoPastur, Semicircle, boxplus
        >>> law = boxplus(Semicircle(1), MarchenkoPastur("1/2"))
        >>> round(law.log_potential(6), 12)
        1.576542749864
        >>> print(Semicircle(1).log_potential(0, dps=30))
        -0.5
        """
        from freeprob.laws.functionals import functionals_for_numbers

        return functionals_for_numbers.log_potential(self, z, digits(dps))

    @overload
    def shannon(self, gamma: Real, dps: None = None) -> float: ...
    @overload
    def shannon(self, gamma: Many, dps: None = None) -> NDArray[np.float64]: ...
    @overload
    def shannon(self, gamma: Real, dps: int) -> mpmath.mpf: ...
    @overload
    def shannon(self, gamma: Many, dps: int) -> NDArray[np.object_]: ...
    def shannon(self, gamma: Any, dps: int | None = None) -> Any:
        """Shannon transform V(γ) = ∫ log(1 + γx) μ(dx), in nats.

        It is the limit of (1/N) log det(1 + γX): for X = HHᵀ the capacity of a channel H at the
        signal-to-noise ratio γ, for each receiver.

        Parameters
        ----------
        gamma
            A real number or an array of them, 1 + γx ≥ 0 on the support.
        dps
            Digits. By default numbers are float64.

        Returns
        -------
        float, ndarray or mpf
            A number for a number, an array of the same shape for an array; -∞ where 1 + γx = 0
            at an atom.

        Raises
        ------
        InvalidParameterError
            If parameters are symbols or γ is no finite real number.
        UndefinedOperationError
            If 1 + γx < 0 somewhere on the support.
        ConvergenceError
            As by :meth:`log_potential`.

        Notes
        -----
        V(γ) = log|γ| + U(-1/γ). Source: Tulino and Verdú 2004, section 2.3.

        Examples
        --------
        >>> from freeprob import MarchenkoPastur
        >>> round(MarchenkoPastur(1).shannon(1), 12)
        0.580457638869
        """
        from freeprob.laws.functionals import functionals_for_numbers

        return functionals_for_numbers.shannon(self, gamma, digits(dps))
