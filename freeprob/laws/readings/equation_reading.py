"""The first reading of a law: exact equations and transforms."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import sympy as sp

from freeprob.errors import UndefinedOperationError
from freeprob.exact.algebra.costs import DEFAULT_BUDGET
from freeprob.exact.equations import transforms
from freeprob.exact.equations.derived import Name, derived_steps, labelled
from freeprob.exact.equations.elimination import polynomial as eliminate
from freeprob.exact.equations.steps import source_of
from freeprob.exact.systems.system import System
from freeprob.exact.systems.written import written_system
from freeprob.law_symbols import admissible, own_symbols
from freeprob.laws.description.deep_constants import written_out
from freeprob.laws.description.described import Described
from freeprob.laws.description.sentences import notation_of
from freeprob.parameters import allowance, expression
from freeprob.typesetting import Equality

if TYPE_CHECKING:
    from freeprob.derivation import Derivation


def point_of(G: object, z: object) -> tuple[sp.Expr, sp.Expr]:
    """The point of a curve as the caller names it."""
    pairs = (("G", G), ("z", z))
    return tuple(sp.Dummy(name) if x is None else expression(x, name) for name, x in pairs)


class EquationReading(Described):
    """What a law answers exactly: equations, transforms, derivations."""

    def polynomial(self, G: sp.Symbol, z: sp.Symbol, budget: int = DEFAULT_BUDGET) -> sp.Poly:
        """The minimal polynomial P with P(G(z), z) = 0: irreducible, primitive, integer.

        Parameters
        ----------
        G, z
            Symbols that are not parameters of the law.
        budget
            Elimination is refused when it is predicted to take more machine-word operations.

        Returns
        -------
        sympy.Poly

        Raises
        ------
        NotAlgebraicError
            If a part of the law satisfies no polynomial equation.
        BudgetExceededError
            If elimination is predicted to exceed the budget; the numeric reading still works.

        Notes
        -----
        Source: Rao-Edelman 2008 (the polynomial method), factors selected by the moment series.

        Examples
        --------
        >>> import sympy as sp
        >>> from freeprob import Semicircle
        >>> G, z = sp.symbols("G z")
        >>> Semicircle(2).polynomial(G, z)
        Poly(2*G**2 - G*z + 1, G, z, domain='ZZ')
        """
        own_symbols(self, G, z)
        return eliminate(self.system, allowance(budget)).poly(G, z)

    def equation(self, G: sp.Symbol, z: sp.Symbol, budget: int = DEFAULT_BUDGET) -> sp.Eq:
        """The equation P(G, z) = 0 of the Cauchy transform, collected in G.

        Parameters and errors are those of :meth:`polynomial`.

        Parameters
        ----------
        G, z
            The symbols to use.
        budget
            As in :meth:`polynomial`.

        Returns
        -------
        sympy.Eq

        Raises
        ------
        NotAlgebraicError
            If the law has no polynomial equation.
        BudgetExceededError
            If elimination is past the budget.

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
        found = eliminate(self.system, allowance(budget)).expression(G, z)
        return Equality.of(written_out(found), 0, G)

    def system_equations(
        self, G: sp.Expr | None = None, z: sp.Expr | None = None, names: object = None
    ) -> list[sp.Eq]:
        """The self-consistent equations before elimination.

        The law's point (z, G) as functions of the unknowns of its curve, and the relations among
        the unknowns (subordination functions, or the value of a transform). Unknowns are
        ``Dummy`` symbols, and so are z and G unless given.

        Parameters
        ----------
        G, z
            Symbols or expressions for the point.
        names
            For a free product S ⊠ B three symbols (f, h, k): the equations are then
            h = ∫ λ S(dλ)/(kλ - z), k = R_B(-h), which is c ∫ λ K(dλ)/(1 + hλ) for a compound free
            Poisson law B of rate c over K, and f = -G = ∫ S(dλ)/(kλ - z) (Pastur 2020). Laws
            without a value stay in the integrals.

        Returns
        -------
        list of sympy.Eq

        Raises
        ------
        UndefinedOperationError
            If names are given and the law is no free product.

        Examples
        --------
        >>> import sympy as sp
        >>> from freeprob import Atomic, Semicircle, boxplus
        >>> law = boxplus(Atomic({-1: "1/2", 1: "1/2"}), Semicircle(1))
        >>> law.system_equations(*sp.symbols("G z"))
        [Eq(z, _omega**3/((_omega - 1)*(_omega + 1))), Eq(G, _omega/((_omega - 1)*(_omega + 1)))]
        """
        value, z = point_of(G, z)
        if names is not None:
            return self._named_equations(None if G is None else value, z, names)
        return written_system(self.system, value, z)

    def _named_equations(self, G: sp.Expr | None, z: sp.Expr, names: object) -> list[sp.Eq]:
        """The equations in unknowns that papers name, for laws that have such."""
        raise UndefinedOperationError(
            f"names (f, h, k) are those of a free product, which {self} is not: ask boxtimes(S, "
            "CompoundFreePoisson(c, K)), or leave names out"
        )

    def derive(self, G: sp.Symbol, z: sp.Symbol, budget: int = DEFAULT_BUDGET) -> Derivation:
        """The derivation of the equation, recorded by the computation.

        It shows in a notebook; ``.latex()`` and ``.markdown()`` give documents, and ``.check()``
        verifies every step again with proved numbers at random points of the physical branch.
        Parameters and errors are those of :meth:`polynomial`; a law without polynomial equation
        ends with its self-consistent equations.

        Parameters
        ----------
        G, z
            The symbols to use.
        budget
            As in :meth:`polynomial`.

        Returns
        -------
        Derivation

        Raises
        ------
        InvalidParameterError
            If a symbol is a parameter of the law.
        BudgetExceededError
            If elimination is past the budget.

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
        from freeprob.derivation import BranchEvidence, Derivation

        own_symbols(self, G, z)
        root = labelled(self.system, z, G)
        steps = derived_steps(root, _names_of(self), allowance(budget))
        evidence = BranchEvidence(root, partial(admissible, self))
        return Derivation("Law", rf"\mu = {sp.latex(self)}", steps, evidence, notation_of(self))

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

        Returns
        -------
        sympy.Eq

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
        relation = transforms.transform_equation(self.system, name, allowance(budget))
        return Equality.of(written_out(relation.expression(value, argument)), 0, value)

    def R(self, w: sp.Expr) -> sp.Expr:
        """R(w) = G⁻¹(w) - 1/w = Σ κₙ wⁿ⁻¹ in closed form (Voiculescu 1986).

        Parameters
        ----------
        w
            A symbol or number where the transform is taken.

        Returns
        -------
        sympy.Expr

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
        return _transform_at(self.system, "R", w)

    def S(self, w: sp.Expr) -> sp.Expr:
        """S(w) = (1 + w)/(w z) where w = zG(z) - 1, in closed form (Voiculescu 1987).

        Parameters
        ----------
        w
            A symbol or number where the transform is taken.

        Returns
        -------
        sympy.Expr

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
        return _transform_at(self.system, "S", w)

    def psi(self, w: sp.Expr) -> sp.Expr:
        """ψ(w) = Σ mₖ wᵏ = G(1/w)/w - 1 in closed form; errors as :meth:`R`.

        Parameters
        ----------
        w
            A symbol or number where the transform is taken.

        Returns
        -------
        sympy.Expr

        Raises
        ------
        NoClosedFormError
            If the transform is no formula; its equation is :meth:`transform_equation`.

        Examples
        --------
        >>> import sympy as sp
        >>> from freeprob import PointMass
        >>> PointMass(2).psi(sp.Symbol("w"))
        -2*w/(2*w - 1)
        """
        return _transform_at(self.system, "psi", w)

    def eta(self, w: sp.Expr) -> sp.Expr:
        """η(w) = ψ(w)/(1 + ψ(w)) in closed form; errors as :meth:`R`.

        Parameters
        ----------
        w
            A symbol or number where the transform is taken.

        Returns
        -------
        sympy.Expr

        Raises
        ------
        NoClosedFormError
            If the transform is no formula; its equation is :meth:`transform_equation`.

        Examples
        --------
        >>> import sympy as sp
        >>> from freeprob import Semicircle
        >>> Semicircle(1).eta(sp.Symbol("w"))
        1/2 - sqrt(1 - 4*w**2)/2
        """
        return _transform_at(self.system, "eta", w)

    def explicit(self, z: sp.Expr) -> sp.Expr:
        """G(z) in closed form, right on the whole upper half plane; errors as :meth:`R`.

        Square roots of the discriminant are written as products of principal roots √(z - e) with
        real e, so no branch has to be chosen by the reader.

        Parameters
        ----------
        z
            A symbol or number.

        Returns
        -------
        sympy.Expr

        Raises
        ------
        NoClosedFormError
            If G is no formula.

        Examples
        --------
        >>> import sympy as sp
        >>> from freeprob import Semicircle
        >>> Semicircle(1).explicit(sp.Symbol("z"))
        z/2 - sqrt(z - 2)*sqrt(z + 2)/2
        """
        return _transform_at(self.system, "G", z)


def _transform_at(system: System, name: str, argument: object) -> sp.Expr:
    """A transform in closed form; where a factor of it is infinite, its limit."""
    place = expression(argument)
    found = written_out(transforms.closed_form(system, name, place))
    if not found.has(sp.nan, sp.zoo):
        return found
    w = sp.Dummy("w")
    limit = sp.limit(written_out(transforms.closed_form(system, name, w)), w, place)
    if limit.is_finite is False or limit.has(sp.nan, sp.Limit):
        raise UndefinedOperationError(f"{name} has no value at {place}, where it is infinite")
    return limit


def _names_of(law: Described) -> dict[System, Name]:
    """Names of the law and of all laws inside it, by their systems."""
    return {
        part.system: Name(sp.latex(part), source_of(type(part)))
        for part in sp.preorder_traversal(law)
        if isinstance(part, Described)
    }
