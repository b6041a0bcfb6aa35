"""The second reading of a law: numbers in float64 or to any number of digits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

from freeprob.laws.description.described import Described
from freeprob.parameters import count, digits, finite

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal
    from fractions import Fraction
    from typing import Protocol, TypeAlias

    import mpmath
    import numpy as np
    import sympy as sp
    from numpy.typing import NDArray
    from scipy.stats._distn_infrastructure import rv_continuous_frozen

    class Symbolic(Protocol):
        """A SymPy expression, by what numbers ask of it."""

        def evalf(self, *arguments: Any, **named: Any) -> Any:
            """Its digits."""
            ...

    class Letter(Symbolic, Protocol):
        """A SymPy symbol."""

        @property
        def assumptions0(self) -> dict[str, Any]:
            """What is assumed of it."""
            ...

    Real: TypeAlias = (
        float | str | Fraction | Decimal | Symbolic | np.integer[Any] | np.floating[Any]
    )
    Complex: TypeAlias = Real | complex | np.complexfloating[Any, Any]
    Many: TypeAlias = NDArray[Any] | Sequence[Any]

_ORDERS = 100  # derivatives of G beyond need a Cauchy integral rather than a series


class NumberReading(Described):
    """What a law answers in numbers: transform, density, distribution function, quantiles."""

    @overload
    def cauchy(self, z: Complex, dps: None = None, *, derivative: int = 0) -> complex: ...
    @overload
    def cauchy(
        self, z: Many, dps: None = None, *, derivative: int = 0
    ) -> NDArray[np.complex128]: ...
    @overload
    def cauchy(self, z: Complex, dps: int, *, derivative: int = 0) -> mpmath.mpc: ...
    @overload
    def cauchy(self, z: Many, dps: int, *, derivative: int = 0) -> NDArray[np.object_]: ...
    def cauchy(self, z: Any, dps: int | None = None, *, derivative: int = 0) -> Any:
        """Cauchy transform G(z) = ∫ μ(dx)/(z - x) on the physical branch, or a derivative of it.

        Parameters
        ----------
        z
            A number or an array of numbers; real z means the limit z + i0.
        dps
            Digits. By default numbers are float64.
        derivative
            Order k of the derivative, G⁽ᵏ⁾(z) = (-1)ᵏ k! ∫ μ(dx)/(z - x)ᵏ⁺¹; on the support that
            of the continuation from above. It is exact: the Taylor series on the curve.

        Returns
        -------
        complex, ndarray or mpc
            A number for a number, an array of the same shape for an array (of ``mpc`` objects
            with ``dps``). Each part of an ``mpc`` has ``dps`` right digits; a part below
            10^(-2 dps)|G| is given as 0.

        Raises
        ------
        InvalidParameterError
            If parameters are symbols, a point is no finite number, or G is infinite there.
        ConvergenceError
            If the branch could not be decided at a point, or there is no derivative, as at edges.

        Notes
        -----
        The branch is continued from G ~ 1/z at i∞ through the upper half plane, where all
        subordination functions are analytic (Biane 1998; Belinschi-Bercovici 2007).

        Examples
        --------
        >>> from freeprob import Semicircle
        >>> round(Semicircle(1).cauchy(2j).imag, 12)
        -0.414213562373
        >>> print(Semicircle(1).cauchy(3, dps=30))
        (0.381966011250105151795413165634 + 0.0j)
        >>> Semicircle(1).cauchy(3, derivative=1).real
        -0.1708203932499369
        """
        from freeprob.laws.numbers import spectrum_for_numbers

        return spectrum_for_numbers.cauchy(
            self, z, digits(dps), count(derivative, "derivative", most=_ORDERS)
        )

    @overload
    def second_sheet(self, z: Complex, through: Real | None = None) -> complex: ...
    @overload
    def second_sheet(self, z: Many, through: Real | None = None) -> NDArray[np.complex128]: ...
    def second_sheet(self, z: Any, through: Any = None) -> Any:
        """Cauchy transform continued through a cut: what stands behind G(z) on the second sheet.

        From G(x + i0) inside the cut the continuation goes straight down to z, and its mirror
        image straight up. Inside the cut it meets G from the other side. It has poles and branch
        points where G has none: those near the axis are the bumps of the density.

        Parameters
        ----------
        z
            A number or an array of numbers, none of them real.
        through
            The place x inside the cut to go through; by default the middle of the widest cut.

        Returns
        -------
        complex or ndarray
            A number for a number, an array of the same shape for an array; float64.

        Raises
        ------
        InvalidParameterError
            If parameters are symbols, ``through`` lies in no cut, or a point is real.
        UndefinedOperationError
            If there is no cut, or the transform has functions with branches of their own.
        ConvergenceError
            If a path meets a branch point.

        Examples
        --------
        >>> from freeprob import Semicircle
        >>> law = Semicircle(1)
        >>> round(law.second_sheet(2j).imag, 12), round((1 / law.cauchy(2j)).imag, 12)
        (2.414213562373, 2.414213562373)
        """
        from freeprob.laws.numbers import spectrum_for_numbers

        place = None if through is None else finite(through, "through")
        return spectrum_for_numbers.second_sheet(self, z, place)

    @overload
    def density(  # pyright: ignore[reportOverlappingOverload]
        self, x: Letter, dps: None = None
    ) -> sp.Expr: ...
    @overload
    def density(self, x: Real, dps: None = None) -> float: ...
    @overload
    def density(self, x: Many, dps: None = None) -> NDArray[np.float64]: ...
    @overload
    def density(self, x: Real, dps: int) -> mpmath.mpf: ...
    @overload
    def density(self, x: Many, dps: int) -> NDArray[np.object_]: ...
    def density(self, x: Any, dps: int | None = None) -> Any:
        """Density -Im G(x + i0)/π of the part of the law without atoms.

        Parameters
        ----------
        x
            A number or an array of numbers, or a symbol for the formula. Floats are read as binary
            numbers by default, and as the decimals they print with ``dps``.
        dps
            Digits. By default numbers are float64, right to about 1e-13 of the density; with
            ``dps`` all digits are right.

        Returns
        -------
        float, ndarray or mpf
            A number for a number, an array of the same shape for an array. Exactly 0 outside the
            support and at edges where the density vanishes, ∞ where it is infinite. For a
            symbol a ``Piecewise``: the formula inside the cuts, where the equation of G has
            degree 4 at most, and 0 elsewhere; uniform, normal and given densities themselves, and
            sums of these for mixtures.

        Raises
        ------
        InvalidParameterError
            If parameters are symbols or a point is NaN.
        NoClosedFormError
            For a symbol, if there is no formula.
        ConvergenceError
            If the branch could not be decided at a point.

        Examples
        --------
        >>> from freeprob import MarchenkoPastur, Semicircle, boxplus
        >>> print(MarchenkoPastur("1/4").density(1, dps=40))
        0.6164044440614998055649690943434775450012
        >>> boxplus(Semicircle(1), Semicircle(1)).density([-3, 0, 3])
        array([0.        , 0.22507908, 0.        ])
        >>> from sympy import Symbol
        >>> Semicircle(1).density(Symbol("x"))
        Piecewise((sqrt((2 - x)*(x + 2))/(2*pi), (x > -2) & (x < 2)), (0, True))
        """
        from freeprob.laws.numbers import spectrum_for_numbers

        return spectrum_for_numbers.density(self, x, digits(dps))

    @overload
    def cdf(self, x: Real, dps: None = None) -> float: ...
    @overload
    def cdf(self, x: Many, dps: None = None) -> NDArray[np.float64]: ...
    @overload
    def cdf(self, x: Real, dps: int) -> mpmath.mpf: ...
    @overload
    def cdf(self, x: Many, dps: int) -> NDArray[np.object_]: ...
    def cdf(self, x: Any, dps: int | None = None) -> Any:
        """Distribution function μ(-∞, x], atoms included.

        Parameters
        ----------
        x
            A number or an array of numbers.
        dps
            Decimal places. By default numbers are float64.

        Returns
        -------
        float, or array of the shape of ``x``; mpf with ``dps``

        Raises
        ------
        InvalidParameterError
            If parameters are symbols or a point is NaN.
        ConvergenceError
            If cuts and atoms do not carry mass 1 together.

        Examples
        --------
        >>> from freeprob import MarchenkoPastur
        >>> MarchenkoPastur(2).cdf([-1, 0, 6])
        array([0. , 0.5, 1. ])
        """
        from freeprob.laws.numbers import probabilities

        return probabilities.cdf(self, x, digits(dps))

    @overload
    def quantile(self, p: Real, dps: None = None) -> float: ...
    @overload
    def quantile(self, p: Many, dps: None = None) -> NDArray[np.float64]: ...
    @overload
    def quantile(self, p: Real, dps: int) -> mpmath.mpf: ...
    @overload
    def quantile(self, p: Many, dps: int) -> NDArray[np.object_]: ...
    def quantile(self, p: Any, dps: int | None = None) -> Any:
        """The smallest x with μ(-∞, x] ≥ p; the ends of the support for p = 0 and 1.

        Parameters
        ----------
        p
            A probability or an array of probabilities.
        dps
            Digits. By default numbers are float64.

        Returns
        -------
        float, or array of the shape of ``p``; mpf with ``dps``

        Raises
        ------
        InvalidParameterError
            If parameters are symbols or a probability is outside [0, 1].
        ConvergenceError
            If cuts and atoms do not carry mass 1 together.

        Examples
        --------
        >>> from freeprob import Semicircle
        >>> Semicircle(1).quantile([0, 1])
        array([-2.,  2.])
        """
        from freeprob.laws.numbers import probabilities

        return probabilities.quantile(self, p, digits(dps))

    def to_scipy(self) -> rv_continuous_frozen:
        """The law as a frozen distribution of ``scipy.stats``.

        Its ``pdf`` is the density of the part without atoms. All other methods hold the atoms:
        ``cdf``, ``sf``, ``ppf``, ``isf``, ``rvs``, ``expect``, ``moment``, ``stats``. Moments that
        do not exist are infinite or NaN, as in SciPy.

        Returns
        -------
        scipy.stats.rv_frozen

        Raises
        ------
        InvalidParameterError
            If parameters are symbols.
        ConvergenceError
            If cuts and atoms do not carry mass 1 together.
        UndefinedOperationError
            By ``entropy`` of a law with atoms, which has none.

        Examples
        --------
        >>> from freeprob import MarchenkoPastur
        >>> frozen = MarchenkoPastur(2).to_scipy()
        >>> float(frozen.cdf(0)), float(frozen.std())
        (0.5, 1.4142135623730951)
        >>> round(frozen.expect(lambda x: 1 / (1 + x)), 12)
        0.707106781187
        """
        from freeprob.laws.numbers import probabilities

        return probabilities.scipy_distribution(self)
