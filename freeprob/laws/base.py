"""The base of the tree of laws: a probability measure on the real line, as a SymPy ``Basic``."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, NoReturn

import sympy as sp
from sympy.core.logic import fuzzy_and

from freeprob.errors import FreeprobError, InvalidParameterError
from freeprob.exact import charts
from freeprob.exact import moments as exact_moments
from freeprob.exact.derived import derived_steps, labelled
from freeprob.exact.elimination import polynomial as eliminate
from freeprob.exact.polynomials import DEFAULT_BUDGET
from freeprob.exact.system import System
from freeprob.exact.written import written_system
from freeprob.laws.parameters import admissible, count, digits, exact, expression, own_symbols

if TYPE_CHECKING:
    from concurrent.futures import Executor

    import mpmath
    import numpy as np
    from scipy.stats import rv_continuous
    from sympy.printing.latex import LatexPrinter

    from freeprob.derivation import Derivation
    from freeprob.ensembles import Comparison, Model
    from freeprob.geometry.edges import Edge


class Law(sp.Basic):
    """A probability measure on ℝ, described once and read as equation, number or matrix.

    Arguments are parameters or laws, and ``law.func(*law.args) == law``. Final subclasses describe
    themselves by :meth:`_system`; the methods here only ask the rooms that know the answer.
    """

    @abstractmethod
    def _system(self) -> System:
        """The structured system of this law."""

    @property
    def system(self) -> System:
        """The structured system: curve, gluings and asymptotics, computed once."""
        return _cached_system(self)

    @property
    def parameters(self) -> tuple[sp.Symbol, ...]:
        """Free symbols, in a fixed order."""
        return tuple(sorted(self.free_symbols, key=sp.default_sort_key))

    def moments(self, n: int) -> list[sp.Expr]:
        """Exact moments m₁, …, mₙ, where mₖ is the k-th entry counted from 1.

        Parameters
        ----------
        n
            How many, at least 0.

        Raises
        ------
        UndefinedOperationError
            If the law has no moments of that order, such as a Cauchy law.

        Examples
        --------
        >>> from freeprob import Semicircle
        >>> Semicircle(1).moments(8)
        [0, 1, 0, 2, 0, 5, 0, 14]
        """
        return exact_moments.moments(self.system, count(n))

    def free_cumulants(self, n: int) -> list[sp.Expr]:
        """Exact free cumulants κ₁, …, κₙ: R(w) = Σ κₖ wᵏ⁻¹ (Voiculescu 1986, Speicher 1994).

        Raises
        ------
        UndefinedOperationError
            If the law has no moments of that order.

        Examples
        --------
        >>> from freeprob import MarchenkoPastur
        >>> MarchenkoPastur(2).free_cumulants(4)
        [1, 2, 4, 8]
        """
        return exact_moments.free_cumulants(self.system, count(n))

    def boolean_cumulants(self, n: int) -> list[sp.Expr]:
        """Exact Boolean cumulants b₁, …, bₙ: z - 1/G(z) = Σ bₖ z¹⁻ᵏ (Speicher-Woroudi 1997).

        Raises
        ------
        UndefinedOperationError
            If the law has no moments of that order.

        Examples
        --------
        >>> from freeprob import Semicircle
        >>> Semicircle(1).boolean_cumulants(6)
        [0, 1, 0, 1, 0, 2]
        """
        return exact_moments.boolean_cumulants(self.system, count(n))

    def classical_cumulants(self, n: int) -> list[sp.Expr]:
        """Exact classical cumulants k₁, …, kₙ: log E exp(tX) = Σ kₙ tⁿ/n!.

        Raises
        ------
        UndefinedOperationError
            If the law has no moments of that order.

        Examples
        --------
        >>> from freeprob import Semicircle
        >>> Semicircle(1).classical_cumulants(4)
        [0, 1, 0, -1]
        """
        return exact_moments.classical_cumulants(self.system, count(n))

    def polynomial(self, G: sp.Symbol, z: sp.Symbol, budget: int = DEFAULT_BUDGET) -> sp.Poly:
        """The minimal polynomial P with P(G(z), z) = 0: irreducible, primitive, integer.

        Parameters
        ----------
        G, z
            Symbols that are not parameters of the law.
        budget
            Elimination is refused when it is predicted to take more machine-word operations.

        Raises
        ------
        NotAlgebraicError
            If a part of the law satisfies no polynomial equation.
        BudgetExceededError
            If elimination is predicted to exceed the budget; the numeric reading still works.

        Notes
        -----
        Source: the polynomial method of Rao-Edelman 2008, factors selected by the moment series.

        Examples
        --------
        >>> import sympy as sp
        >>> from freeprob import Semicircle
        >>> G, z = sp.symbols("G z")
        >>> Semicircle(2).polynomial(G, z)
        Poly(2*G**2 - G*z + 1, G, z, domain='ZZ')
        """
        own_symbols(self, G, z)
        return eliminate(self.system, budget).poly(G, z)

    def equation(self, G: sp.Symbol, z: sp.Symbol, budget: int = DEFAULT_BUDGET) -> sp.Eq:
        """The equation P(G, z) = 0 of the Cauchy transform, collected in G.

        Parameters and errors are those of :meth:`polynomial`.

        Examples
        --------
        >>> import sympy as sp
        >>> from freeprob import MarchenkoPastur, Semicircle, boxplus
        >>> c, t = sp.symbols("c t", positive=True)
        >>> G, z = sp.symbols("G z")
        >>> boxplus(MarchenkoPastur(c), Semicircle(t)).equation(G, z)
        Eq(G**3*c*t - G**2*(c*z + t) + G*(c + z - 1) - 1, 0)
        """
        own_symbols(self, G, z)
        return sp.Eq(eliminate(self.system, budget).expression(G, z), 0, evaluate=False)

    def system_equations(self, G: sp.Expr | None = None, z: sp.Expr | None = None) -> list[sp.Eq]:
        """The self-consistent equations before elimination.

        The law's point (z, G) as functions of the unknowns of its curve, and the relations among
        the unknowns (subordination functions, or the value of a transform). Unknowns are
        ``Dummy`` symbols, and so are z and G unless given.

        Examples
        --------
        >>> import sympy as sp
        >>> from freeprob import Atomic, Semicircle, boxplus
        >>> law = boxplus(Atomic({-1: "1/2", 1: "1/2"}), Semicircle(1))
        >>> law.system_equations(*sp.symbols("G z"))
        [Eq(z, _omega**3/((_omega - 1)*(_omega + 1))), Eq(G, _omega/((_omega - 1)*(_omega + 1)))]
        """
        return written_system(self.system, G or sp.Dummy("G"), z or sp.Dummy("z"))

    def derive(self, G: sp.Symbol, z: sp.Symbol, budget: int = DEFAULT_BUDGET) -> Derivation:
        """The derivation of the equation, recorded by the computation.

        It shows in a notebook; ``.latex()`` and ``.markdown()`` give documents, and ``.check()``
        verifies every step again with proved numbers at random points of the physical branch.
        Parameters and errors are those of :meth:`polynomial`; a law without polynomial equation
        ends with its self-consistent equations.

        Examples
        --------
        >>> import sympy as sp
        >>> from freeprob import MarchenkoPastur, Semicircle, boxplus
        >>> derivation = boxplus(MarchenkoPastur("1/2"), Semicircle(1)).derive(*sp.symbols("G z"))
        >>> derivation.result
        Eq(G**3 - G**2*(z + 2) + G*(2*z - 1) - 2, 0)
        >>> derivation.check().passed
        True
        """
        from freeprob.derivation import Derivation
        from freeprob.laws.notation import names_of

        own_symbols(self, G, z)
        root = labelled(self.system, z, G)
        steps = derived_steps(root, names_of(self), budget)
        return Derivation(sp.latex(self), steps, root, lambda random: admissible(self, random))

    def transform_equation(
        self, name: str, value: sp.Symbol, argument: sp.Symbol, budget: int = DEFAULT_BUDGET
    ) -> sp.Eq:
        """The polynomial equation of a transform, irreducible, collected in its value.

        Parameters
        ----------
        name
            ``"G"`` or ``"F"`` = 1/G at z; ``"R"`` = z - 1/w at w = G; ``"S"`` = (1 + y)/(y z) at
            y = zG - 1; ``"psi"`` = y or ``"eta"`` = y/(1 + y) at 1/z.
        value, argument
            Symbols that are not parameters of the law.
        budget
            As in :meth:`polynomial`.

        Raises
        ------
        UndefinedOperationError
            For S of a law with mean zero.
        NotAlgebraicError, BudgetExceededError
            As :meth:`polynomial`.

        Examples
        --------
        >>> import sympy as sp
        >>> from freeprob import Atomic
        >>> r, w = sp.symbols("r w")
        >>> Atomic({-1: "1/2", 1: "1/2"}).transform_equation("R", r, w)
        Eq(r**2*w + r - w, 0)
        """
        own_symbols(self, value, argument)
        relation = charts.transform_equation(self.system, name, budget)
        return sp.Eq(relation.expression(value, argument), 0, evaluate=False)

    def R(self, w: sp.Expr) -> sp.Expr:
        """R(w) = G⁻¹(w) - 1/w = Σ κₙ wⁿ⁻¹ in closed form (Voiculescu 1986).

        Raises
        ------
        NoClosedFormError
            If the equation of R has degree 3 or more in R; :meth:`transform_equation` gives it.

        Examples
        --------
        >>> import sympy as sp
        >>> from freeprob import Atomic, MarchenkoPastur, Semicircle, boxplus
        >>> w = sp.Symbol("w")
        >>> boxplus(MarchenkoPastur("1/2"), Semicircle(3)).R(w)
        3*w + 1/(1 - w/2)
        >>> Atomic({-1: "1/2", 1: "1/2"}).R(w)
        (sqrt(4*w**2 + 1) - 1)/(2*w)
        """
        return charts.closed_form(self.system, "R", expression(w))

    def S(self, w: sp.Expr) -> sp.Expr:
        """S(w) = (1 + w)/(w z) where w = zG(z) - 1, in closed form (Voiculescu 1987).

        Raises
        ------
        UndefinedOperationError
            If the mean is zero.
        NoClosedFormError
            As :meth:`R`.

        Examples
        --------
        >>> import sympy as sp
        >>> from freeprob import MarchenkoPastur
        >>> c, w = sp.symbols("c w", positive=True)
        >>> MarchenkoPastur(c).S(w)
        1/(c*w + 1)
        """
        return charts.closed_form(self.system, "S", expression(w))

    def psi(self, w: sp.Expr) -> sp.Expr:
        """ψ(w) = Σ mₖ wᵏ = G(1/w)/w - 1 in closed form; errors as :meth:`R`.

        Examples
        --------
        >>> import sympy as sp
        >>> from freeprob import PointMass
        >>> PointMass(2).psi(sp.Symbol("w"))
        -2*w/(2*w - 1)
        """
        return charts.closed_form(self.system, "psi", expression(w))

    def eta(self, w: sp.Expr) -> sp.Expr:
        """η(w) = ψ(w)/(1 + ψ(w)) in closed form; errors as :meth:`R`.

        Examples
        --------
        >>> import sympy as sp
        >>> from freeprob import Semicircle
        >>> Semicircle(1).eta(sp.Symbol("w"))
        1/2 - sqrt(1 - 4*w**2)/2
        """
        return charts.closed_form(self.system, "eta", expression(w))

    def explicit(self, z: sp.Expr) -> sp.Expr:
        """G(z) in closed form, right on the whole upper half plane; errors as :meth:`R`.

        Square roots of the discriminant are written as products of principal roots √(z - e) with
        real e, so no branch has to be chosen by the reader.

        Examples
        --------
        >>> import sympy as sp
        >>> from freeprob import Semicircle
        >>> Semicircle(1).explicit(sp.Symbol("z"))
        z/2 - sqrt(z - 2)*sqrt(z + 2)/2
        """
        return charts.closed_form(self.system, "G", expression(z))

    @property
    def mean(self) -> sp.Expr:
        """The first moment."""
        return self.moments(1)[0]

    @property
    def variance(self) -> sp.Expr:
        """The second cumulant, m₂ - m₁²."""
        return self.free_cumulants(2)[1]

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
        from freeprob.laws.simulation import LawQuantile

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

    def atoms(self) -> dict[sp.Expr, sp.Expr]:
        """Atoms and their masses, exact; with symbols a mass may be ``Max(0, ...)``.

        Masses of free sums, products, powers and compressions follow from those of their parts
        by the theorems of Bercovici and Voiculescu 1998 and Belinschi 2003; other laws are asked
        where G has poles on the physical branch.

        Raises
        ------
        NoClosedFormError
            If a mass is no formula in the parameters.

        Examples
        --------
        >>> from freeprob import Atomic, boxplus
        >>> mu, nu = Atomic({0: "1/3", 1: "2/3"}), Atomic({0: "1/4", 1: "3/4"})
        >>> boxplus(mu, nu).atoms()
        {1: 1/12, 2: 5/12}
        """
        from freeprob.geometry.atoms import atoms

        return atoms(self.system, self._system_at)

    def _system_at(self, values: dict[sp.Symbol, sp.Rational]) -> System | None:
        """The system at values of the parameters, or None where they give no law."""
        try:
            return self.subs(values).system
        except InvalidParameterError:
            return None

    def support(
        self, dps: int | None = None
    ) -> list[tuple[sp.Expr, sp.Expr]] | list[tuple[mpmath.mpf, mpmath.mpf]]:
        """The cuts: the intervals (a, b) on which the density is positive, from left to right.

        Isolated atoms are no cuts; :meth:`atoms` lists them. A point inside a cut where the
        density vanishes, a cusp, does not split it.

        Parameters
        ----------
        dps
            Digits. By default the ends are exact real algebraic numbers, rational, in radicals
            or as ``CRootOf``.

        Raises
        ------
        NoClosedFormError
            If parameters are symbols and the ends are no formulas in them, or no single ones.
        InvalidParameterError
            If digits are asked for and parameters are symbols.
        ConvergenceError
            If an interval between two candidates for edges could not be decided.

        Notes
        -----
        Candidates are the critical values of z on the structured curve; a sign proved by interval
        Newton on the physical branch decides each interval between them.

        Examples
        --------
        >>> from freeprob import MarchenkoPastur
        >>> MarchenkoPastur("1/4").support()
        [(1/4, 9/4)]
        >>> from sympy import Symbol
        >>> MarchenkoPastur(Symbol("c", positive=True)).support()
        [((sqrt(c) - 1)**2, (sqrt(c) + 1)**2)]
        """
        if dps is None:
            from freeprob.geometry.formulas import exact_cuts

            return exact_cuts(self.system, self._system_at)
        from freeprob.geometry.support import cuts

        return cuts(self.system, digits(dps))

    def cut_masses(self, dps: int | None = None) -> list[sp.Expr] | list[mpmath.mpf]:
        """Mass of the density on each cut of :meth:`support`, from left to right.

        Parameters
        ----------
        dps
            Digits; by default the masses are exact.

        Raises
        ------
        InvalidParameterError
            If parameters are symbols.
        NoClosedFormError
            If exact masses are not known; their digits still are.

        Examples
        --------
        >>> from freeprob import MarchenkoPastur, Semicircle, boxplus
        >>> boxplus(MarchenkoPastur(4), Semicircle("1/20")).cut_masses()
        [3/4, 1/4]
        """
        from freeprob.geometry.masses import masses

        return masses(self.system, digits(dps))

    def edges(self, dps: int | None = None) -> list[Edge]:
        """Edges of the density, ρ(x) ~ constant · |x - location|^exponent, from left to right.

        Cusps and other points inside a cut where the density is not analytic come as two edges,
        one for each side.

        Parameters
        ----------
        dps
            Digits of location and constant; by default both are exact.

        Returns
        -------
        list of Edge
            Each with ``location``, ``exponent`` (1/2, 1/3, -1/2, ...), ``constant`` and ``side``,
            "left" or "right", where the density lies.

        Raises
        ------
        InvalidParameterError
            If parameters are symbols.
        CertificationError
            If the local behaviour at an edge could not be recognised.

        Examples
        --------
        >>> from freeprob import MarchenkoPastur
        >>> for edge in MarchenkoPastur(1).edges():
        ...     print(edge.location, edge.exponent, edge.constant)
        0 -1/2 1/pi
        4 1/2 1/(4*pi)
        """
        from freeprob.geometry.edges import edges

        return edges(self.system, digits(dps))

    def cauchy(self, z: object, dps: int | None = None) -> object:
        """Cauchy transform G(z) = ∫ μ(dx)/(z - x) on the physical branch.

        Parameters
        ----------
        z
            A number or an array of numbers; real z means the limit z + i0.
        dps
            Digits. By default numbers are float64.

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
            If the branch could not be decided at a point.

        Notes
        -----
        The branch is continued from G ~ 1/z at i∞ through the upper half plane, where all
        subordination functions are analytic (Biane 1998; Belinschi-Bercovici 2007).

        Examples
        --------
        >>> from freeprob import Semicircle
        >>> Semicircle(1).cauchy(2j)
        -0.41421356237309...j
        >>> print(Semicircle(1).cauchy(3, dps=30))
        (0.381966011250105151795413165634 + 0.0j)
        """
        from freeprob.laws import numbers

        return numbers.cauchy(self, z, digits(dps))

    def density(self, x: object, dps: int | None = None) -> object:
        """Density -Im G(x + i0)/π of the part of the law without atoms.

        Parameters
        ----------
        x
            A number or an array of numbers. Floats are read as binary numbers by default, and as
            the decimals they print with ``dps``.
        dps
            Digits. By default numbers are float64, right to about 1e-13 of the density; with
            ``dps`` all digits are right.

        Returns
        -------
        float, ndarray or mpf
            A number for a number, an array of the same shape for an array. Exactly 0 outside the
            support and at edges where the density vanishes, ∞ where it is infinite.

        Raises
        ------
        InvalidParameterError
            If parameters are symbols or a point is NaN.
        ConvergenceError
            If the branch could not be decided at a point.

        Examples
        --------
        >>> from freeprob import MarchenkoPastur, Semicircle, boxplus
        >>> print(MarchenkoPastur("1/4").density(1, dps=40))
        0.6164044440614998055649690943434775450012
        >>> boxplus(Semicircle(1), Semicircle(1)).density([-3, 0, 3])
        array([0.        , 0.22507908, 0.        ])
        """
        from freeprob.laws import numbers

        return numbers.density(self, x, digits(dps))

    def cdf(self, x: object, dps: int | None = None) -> object:
        """Distribution function μ(-∞, x], atoms included.

        Parameters
        ----------
        x
            A number or an array of numbers.
        dps
            Decimal places. By default numbers are float64.

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
        from freeprob.laws import numbers

        return numbers.cdf(self, x, digits(dps))

    def quantile(self, p: object, dps: int | None = None) -> object:
        """The smallest x with μ(-∞, x] ≥ p; the ends of the support for p = 0 and 1.

        Parameters
        ----------
        p
            A probability or an array of probabilities.
        dps
            Digits. By default numbers are float64.

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
        from freeprob.laws import numbers

        return numbers.quantile(self, p, digits(dps))

    def to_scipy(self) -> rv_continuous:
        """The law as a continuous distribution of ``scipy.stats``.

        Its ``pdf`` leaves atoms out, ``cdf``, ``ppf`` and ``rvs`` hold them.

        Examples
        --------
        >>> from freeprob import Semicircle
        >>> float(Semicircle(1).to_scipy().std())
        1.0
        """
        from freeprob.laws import numbers

        return numbers.scipy_distribution(self)

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
        from freeprob.laws.simulation import check

        return check(self, n, draws, rng, beta=beta, executor=executor, progress=progress)

    def dilate(self, factor: object) -> Law:
        """Law of aX, a real.

        Examples
        --------
        >>> from freeprob import Semicircle
        >>> Semicircle(1).dilate(3).moments(4)
        [0, 9, 0, 162]
        """
        from freeprob.laws.atomic import PointMass
        from freeprob.laws.maps import Dilate

        value = exact(factor, "factor")
        if value.is_zero:
            return PointMass(0)
        if value == 1:
            return self
        return self._image(lambda x: value * x) or Dilate(self, value)

    def shift(self, amount: object) -> Law:
        """Law of X + a, a real.

        Examples
        --------
        >>> from freeprob import Semicircle
        >>> Semicircle(1).shift(1).moments(3)
        [1, 2, 4]
        """
        from freeprob.laws.maps import Shift

        value = exact(amount, "amount")
        if value.is_zero:
            return self
        return self._image(lambda x: x + value) or Shift(self, value)

    def inverse(self) -> Law:
        """Law of 1/X, for a law without atom at 0: G(z) = 1/z - G_X(1/z)/z².

        Examples
        --------
        >>> from freeprob import MarchenkoPastur
        >>> MarchenkoPastur("1/2").inverse().moments(3)
        [2, 8, 48]
        """
        from freeprob.laws.maps import mobius

        return mobius(self, 0, 1, 1, 0)

    def square(self) -> Law:
        """Law of X²: G(ω²) = (G_X(ω) - G_X(-ω))/(2ω).

        Examples
        --------
        >>> from freeprob import Semicircle
        >>> Semicircle(1).square().moments(4)
        [1, 2, 5, 14]
        """
        from freeprob.laws.square import Square

        return self._image(lambda x: x**2) or Square(self)

    def _image(self, change: Callable[[sp.Expr], sp.Expr]) -> Law | None:
        """The law of change(X), for laws that know it outright."""
        return None

    @property
    def on_half_line(self) -> bool | None:
        """Whether all mass lies on [0, ∞); None when that is not decided, as with free symbols."""
        return _half_line(self)

    def _on_half_line(self) -> bool | None:
        """What the construction says about the half line; None when it does not say."""
        return None

    def _latex(self, printer: LatexPrinter) -> str:
        """As papers write it."""
        from freeprob.laws.notation import latex_of

        return latex_of(self, printer.doprint)

    def _pretty(self, printer: object) -> object:
        """One line, convolutions as infix signs."""
        from freeprob.laws.notation import pretty_of

        return pretty_of(self)

    def _sympystr(self, printer: object) -> str:
        """As one types it; SymPy's printer knows other things by some of these names."""
        inside = ", ".join(printer._print(argument) for argument in self.args)
        return f"{type(self).__name__}({inside})"

    def _refuse(self, sign: str) -> NoReturn:
        raise TypeError(
            f"'{sign}' between laws is ambiguous: use boxplus(mu, nu) for the free sum, "
            "mixture({mu: p, nu: q}) for the weighted average, mu.dilate(a) for the law of aX, "
            "boxtimes(mu, nu) for the free product"
        )

    def __add__(self, other: object) -> NoReturn:
        self._refuse("+")

    def __radd__(self, other: object) -> NoReturn:
        self._refuse("+")

    def __sub__(self, other: object) -> NoReturn:
        self._refuse("-")

    def __rsub__(self, other: object) -> NoReturn:
        self._refuse("-")

    def __mul__(self, other: object) -> NoReturn:
        self._refuse("*")

    def __rmul__(self, other: object) -> NoReturn:
        self._refuse("*")

    def __matmul__(self, other: object) -> NoReturn:
        self._refuse("@")

    def __truediv__(self, other: object) -> NoReturn:
        self._refuse("/")

    def __pow__(self, other: object) -> NoReturn:
        self._refuse("**")


@lru_cache(maxsize=1024)
def _cached_system(law: Law) -> System:
    return law._system()


@lru_cache(maxsize=1024)
def _half_line(law: Law) -> bool | None:
    known = law._on_half_line()
    if known is not None or law.parameters:
        return known
    try:
        moments = law.moments(7)
        # Stieltjes: no law on [0, ∞) has a negative determinant of shifted moments
        for size in range(1, 5):
            if sp.Matrix(size, size, lambda i, j: moments[i + j]).det().is_negative:
                return False
        places = [place for cut in law.support() for place in cut] + list(law.atoms())
    except FreeprobError:
        return None
    return fuzzy_and(place.is_nonnegative for place in places)
