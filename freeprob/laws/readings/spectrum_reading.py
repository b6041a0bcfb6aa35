"""Where the spectrum of a law lives: atoms, cuts and edges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import sympy as sp

from freeprob.errors import (
    ConvergenceError,
    InvalidParameterError,
    NotALawError,
    UndefinedOperationError,
)
from freeprob.exact.systems.critical_equations import POINTS_BUDGET
from freeprob.exact.systems.system import System
from freeprob.law_symbols import ends_of, symbols_of, values_of
from freeprob.laws.description.described import Described
from freeprob.parameters import allowance, digits, expression, require

if TYPE_CHECKING:
    from freeprob.geometry.phases.phases import PhaseDiagram
    from freeprob.geometry.spectrum.edges import Edge
    from freeprob.laws.readings.sensitivity import Sensitivity


class SpectrumReading(Described):
    """What a law answers about the places of its spectrum: atoms, cuts, masses, edges."""

    # SymPy calls its method of this name with types: that meaning is kept
    def atoms(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, *types: Any, budget: int = POINTS_BUDGET
    ) -> Any:
        """Atoms and their masses, exact; with symbols a mass may be ``Max(0, ...)``.

        With ``types`` it is SymPy's method of this name: the subexpressions of these types.

        Masses of free sums, products, powers and compressions follow from those of their parts
        by the theorems of Bercovici and Voiculescu 1998 and Belinschi 2003; other laws are asked
        where G has poles on the physical branch.

        Parameters
        ----------
        *types
            None; with types it is SymPy's method of this name.
        budget
            Largest predicted number of machine-word operations, 10⁻⁷ s each, of elimination and
            of exact masses, where no theorem tells the atoms. Past it the branch is asked.

        Returns
        -------
        dict
            Mass by location, both exact.

        Raises
        ------
        NoClosedFormError
            If a mass is no formula in the parameters, or no exact number within the budget; the
            message says why.

        Examples
        --------
        >>> from freeprob import Atomic, boxplus
        >>> mu, nu = Atomic({0: "1/3", 1: "2/3"}), Atomic({0: "1/4", 1: "3/4"})
        >>> boxplus(mu, nu).atoms()
        {1: 1/12, 2: 5/12}
        """
        if types:
            return super().atoms(*types)
        from freeprob.geometry.spectrum.atoms import atoms
        from freeprob.laws.numbers.far_laws import near_law

        near = near_law(self)
        if near is not None:
            return {near.back(x, None): m for x, m in near.law.atoms(budget=budget).items()}
        return atoms(self.system, self._system_at, allowance(budget))

    def _system_at(self, values: dict[sp.Symbol, sp.Rational]) -> System | None:
        """The system at values of the parameters, or None where they are not seen to give a law."""
        try:
            return self.subs(values).system
        except (ConvergenceError, InvalidParameterError, NotALawError, UndefinedOperationError):
            return None

    def support(self, dps: int | None = None, budget: int = POINTS_BUDGET) -> list[tuple[Any, Any]]:
        """The cuts: the intervals (a, b) on which the density is positive, from left to right.

        Isolated atoms are no cuts; :meth:`atoms` lists them. A point inside a cut where the
        density vanishes, a cusp, does not split it.

        Parameters
        ----------
        dps
            Digits. By default the ends are exact real algebraic numbers, rational, in radicals
            or as ``CRootOf``.
        budget
            Largest predicted number of machine-word operations, 10⁻⁷ s each, of the exact way to
            the edges. Past it they are searched on the branch itself, and have digits only.

        Returns
        -------
        list of pairs
            Ends of the cuts, from left to right: exact, or mpf with ``dps``.

        Raises
        ------
        NoClosedFormError
            If parameters are symbols and the ends are no formulas in them, or no single ones.
        InvalidParameterError
            If digits are asked for and parameters are symbols.
        BudgetExceededError
            If parameters are symbols and elimination is past the budget.
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
        from freeprob.laws.numbers.far_laws import near_law

        near = near_law(self)
        if near is not None:
            cuts_there = near.law.support(dps, allowance(budget))
            return [(near.back(low, dps), near.back(high, dps)) for low, high in cuts_there]
        if dps is None:
            from freeprob.geometry.phases.formulas import exact_cuts

            return exact_cuts(self.system, self._system_at, allowance(budget), ends_of(self))
        from freeprob.geometry.spectrum.support import cuts

        return cuts(self.system, digits(dps), allowance(budget))

    def cut_masses(self, dps: int | None = None) -> list[Any]:
        """Mass of the density on each cut of :meth:`support`, from left to right.

        Parameters
        ----------
        dps
            Digits; by default the masses are exact.

        Returns
        -------
        list
            One mass for each cut, from left to right.

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
        from freeprob.geometry.spectrum.masses import masses
        from freeprob.laws.numbers.far_laws import near_law

        near = near_law(self)
        return masses((self if near is None else near.law).system, digits(dps))

    def edges(
        self,
        dps: int | None = None,
        budget: int = POINTS_BUDGET,
        at: Mapping[sp.Symbol, object] | None = None,
    ) -> list[Edge]:
        """Edges of the density, ρ(x) ~ constant · |x - location|^exponent, from left to right.

        Cusps and other points inside a cut where the density is not analytic come as two edges,
        one for each side.

        Parameters
        ----------
        dps
            Digits of location and constant; by default both are exact.
        budget
            Largest predicted number of machine-word operations, 10⁻⁷ s each, of exact edges and
            constants. Past it edges are searched on the branch itself, and have digits only.
        at
            Rational values of the parameters, ``{c: value}``: the edges there know how they move,
            ``edge.velocity(c)``.

        Returns
        -------
        list of Edge
            Each with ``location``, ``exponent`` (1/2, 1/3, -1/2, ...), ``constant`` and ``side``,
            "left" or "right", where the density lies.

        Raises
        ------
        InvalidParameterError
            If parameters are symbols that have no value.
        BudgetExceededError
            If exact constants are too long to be written: they have digits, with ``dps``.
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
        from freeprob.geometry.phases.moving_edges import moving_edges
        from freeprob.geometry.spectrum.edges import edges
        from freeprob.laws.numbers.far_laws import near_law

        near = near_law(self) if at is None else None
        if near is not None:
            return near.edges(near.law.edges(dps, allowance(budget)), dps)
        if at is None:
            return edges(self.system, digits(dps), allowance(budget))
        values = values_of(self, at)
        there = self.subs(values).system
        return moving_edges(self.system, values, there, digits(dps), allowance(budget))

    def edge_condition(
        self,
        x: object,
        parameters: sp.Symbol | Sequence[sp.Symbol] | None = None,
        budget: int = POINTS_BUDGET,
    ) -> sp.Poly:
        """The square-free polynomial that vanishes where the spectrum has an edge at x.

        Parameters
        ----------
        x
            A number or an expression in the parameters; or a symbol of its own, for the equation
            that the edges satisfy.
        parameters
            Variables of the polynomial; by default all parameters of the law. Others are in its
            coefficients.
        budget
            As in :meth:`edges`.

        Returns
        -------
        sympy.Poly
            In x, where that is a symbol, and the parameters. Its irreducible factors are the
            equations of critical values of z on the structured curve that hold an edge: of the
            support, decided with proof at sample values of the parameters. A factor that holds
            none at any of them is left out, and so are zeros outside the parameters' assumptions.

        Raises
        ------
        NoClosedFormError
            If x is an edge for a whole range of parameters, or irrational constants enter.
        NotAlgebraicError
            If the law has no polynomial equation.
        BudgetExceededError
            If elimination is past the budget.

        Notes
        -----
        Source: Silverstein-Choi 1995 (dz = 0). In the parameters it is the discriminant of the
        critical equation.

        Examples
        --------
        Where the lower edge of (1/m) J Jᵀ plus a Wigner matrix of variance 2ε reaches 0:

        >>> import sympy as sp
        >>> from freeprob import MarchenkoPastur, Semicircle, boxplus
        >>> e = sp.Symbol("epsilon", positive=True)
        >>> boxplus(MarchenkoPastur("1/2"), Semicircle(2 * e)).edge_condition(0)
        Poly(64*epsilon**2 + 88*epsilon - 1, epsilon, domain='ZZ')
        """
        from freeprob.geometry.phases.edge_conditions import edge_factors

        place = expression(x)
        own = [symbol for symbol in place.free_symbols if symbol not in self.free_symbols]
        require(
            not own or own == [place],
            f"an edge is asked for at a number, at an expression in the parameters, or at a symbol "
            f"of its own, not at {place}",
        )
        variables = [*own, *symbols_of(self, parameters)]
        require(
            bool(variables),
            "an edge condition needs a variable: this law has no parameters, so ask for x a symbol",
        )
        ring, factors = edge_factors(self.system, self._system_at, place, allowance(budget))
        condition = sp.Mul(*(ring.expression(factor) for factor in factors))
        return sp.Poly(condition, *variables)

    def phases(
        self,
        parameters: sp.Symbol | Sequence[sp.Symbol] | None = None,
        budget: int = POINTS_BUDGET,
    ) -> PhaseDiagram:
        """Cells of one or two parameters in which numbers of cuts and atoms stay the same.

        Parameters
        ----------
        parameters
            One symbol or two, the order of the axes; by default those of the law, which must have
            no others.
        budget
            As in :meth:`edges`.

        Returns
        -------
        PhaseDiagram
            ``walls``, irreducible polynomials in the parameters; ``cells``, each with a rational
            ``sample`` and the numbers of ``cuts`` and ``atoms`` proved there; ``plot(ax=None)``.

        Raises
        ------
        InvalidParameterError
            If the law has no parameters, more than two, or others than those asked for.
        NoClosedFormError
            If irrational constants enter the walls.
        BudgetExceededError
            If elimination is past the budget.

        Notes
        -----
        The numbers change only where two critical values of z on the structured curve meet or go
        to infinity, that is on the discriminants and resultants of their equations, where the mass
        of an atom vanishes, or where a parameter reaches an end of its range. A cylindrical
        decomposition between these curves is sampled; walls across which neither number changes
        are left out. Two parts of one cell that meet only outside the parameters' range are listed
        apart.

        Examples
        --------
        >>> import sympy as sp
        >>> from freeprob import Atomic, Semicircle, boxplus
        >>> s = sp.Symbol("s", positive=True)
        >>> diagram = boxplus(Atomic({-1: "1/2", 1: "1/2"}), Semicircle(s)).phases(s)
        >>> diagram.walls
        (Poly(s - 1, s, domain='ZZ'),)
        >>> [(cell.cuts, cell.atoms) for cell in diagram.cells]
        [(2, 0), (1, 0)]
        """
        from freeprob.geometry.phases.phases import phases

        symbols = symbols_of(self, parameters)
        require(
            set(symbols) == self.free_symbols and len(symbols) in (1, 2),
            f"phases are cells of one or two parameters that are all of the law's, which has "
            f"{len(self.free_symbols)}: give values to the others with law.subs({{...}})",
        )
        return phases(self.system, self._system_at, symbols, ends_of(self), allowance(budget))

    def sensitivity(self, parameter: sp.Symbol) -> Sensitivity:
        """The derivatives of the law's moments, Cauchy transform and density by a parameter.

        Parameters
        ----------
        parameter
            A symbol of the law. How its edges move tells :meth:`edges` with ``at=``.

        Returns
        -------
        Sensitivity
            ``moments(n)``, formulas; ``cauchy(z, at, dps=None)`` and ``density(x, at, dps=None)``,
            numbers at values ``at`` of the parameters.

        Raises
        ------
        InvalidParameterError
            If the symbol is no parameter of the law.

        Examples
        --------
        >>> import sympy as sp
        >>> from freeprob import MarchenkoPastur, Semicircle, boxplus
        >>> c, t = sp.symbols("c t", positive=True)
        >>> by_ratio = boxplus(MarchenkoPastur(c), Semicircle(t)).sensitivity(c)
        >>> print(by_ratio.density(1, {c: "1/2", t: 1}, dps=20))
        -0.071834159408958175088
        """
        from freeprob.laws.readings.sensitivity import Sensitivity

        (symbol,) = symbols_of(self, [parameter])
        return Sensitivity(self, symbol)
