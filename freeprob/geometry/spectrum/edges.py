"""Edges of the spectrum: location, exponent and constant of the density."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol, final

import sympy as sp

from freeprob.errors import (
    BudgetExceededError,
    CertificationError,
    InvalidParameterError,
    NotAlgebraicError,
    UndefinedOperationError,
)
from freeprob.exact.algebra.costs import Meter
from freeprob.exact.algebra.door import to_rational
from freeprob.exact.operations.maps import EvenSquare
from freeprob.exact.systems.critical_equations import POINTS_BUDGET
from freeprob.exact.systems.system import Node, System
from freeprob.geometry.candidates.local_terms import LocalTerm
from freeprob.geometry.outlines.outlines import beside, composes
from freeprob.geometry.outlines.shares import Part, compare, has_digits_only
from freeprob.geometry.signs.rounding import constant_ball
from freeprob.geometry.signs.sides import RealNumber
from freeprob.geometry.spectrum.matching import local_terms
from freeprob.geometry.spectrum.support import (
    Boundary,
    composed_outline,
    exact_place,
    outline_of,
    support,
)
from freeprob.numeric.precision import context, rounded, to_mpf
from freeprob.parameters import digits
from freeprob.routes import remembered
from freeprob.tables import html_table


class LocalBehaviour(NamedTuple):
    """How the density goes on one side of a boundary."""

    boundary: Boundary
    density: LocalTerm


class Moves(Protocol):
    """How an edge follows the parameters of its law."""

    def velocity(self, parameter: sp.Symbol, dps: int | None) -> Any:
        """de/dc, exact or with ``dps`` right digits."""
        ...


@final
@dataclass(frozen=True)
class Edge:
    """A point where the density is not analytic: ρ(x) ~ constant · |x - e|^exponent.

    Parameters
    ----------
    location
        e, an exact real algebraic number, or its digits.
    exponent
        1/2 at a regular edge, 1/3 at a cusp, -1/2 or -s/(s + 1) at a hard edge, 0 where the
        density tends to a positive number.
    constant
        The constant C, exact or digits.
    side
        Where the density is: "left" or "right" of e.
    motion
        How e moves with the parameters, where the edge was found at values of them.
    dps
        Digits of location and constant; None where they are exact.
    """

    location: sp.Expr | Any
    exponent: sp.Rational
    constant: sp.Expr | Any
    side: str
    motion: Moves | None = field(default=None, repr=False, compare=False)
    dps: int | None = field(default=None, repr=False, compare=False)

    def _repr_latex_(self) -> str:
        """The density's behaviour as a formula."""
        place, constant = (
            value if isinstance(value, sp.Expr) else sp.Float(str(value), self.dps)
            for value in (self.location, self.constant)
        )
        arrow = r"\uparrow" if self.side == "left" else r"\downarrow"
        size = rf"\left|x - e\right|^{{{self.exponent}}}"
        law = rf"\rho(x) \sim {sp.latex(constant)}\,{size}, \quad x {arrow} e = {sp.latex(place)}"
        return rf"$\displaystyle {law}$"

    def velocity(self, parameter: sp.Symbol, dps: int | None = None) -> Any:
        """de/dc, the derivative of the location by a parameter c.

        By implicit differentiation of the irreducible equation E(x; c) = 0 of the edge,
        de/dc = -E_c/E_x at x = e.

        Parameters
        ----------
        parameter
            A symbol of the law that ``law.edges(at=...)`` gave a value to.
        dps
            Digits; by default those of the edge itself, exact for an exact edge.

        Raises
        ------
        InvalidParameterError
            If the edge was found without parameters, or the symbol is none of them.
        CertificationError
            If the edge meets another critical value of z there, as where two cuts merge.
        BudgetExceededError
            If the equation of the edge is past the budget of elimination.

        Examples
        --------
        >>> import sympy as sp
        >>> from freeprob import MarchenkoPastur
        >>> c = sp.Symbol("c", positive=True)
        >>> low, high = MarchenkoPastur(c).edges(at={c: "1/4"})
        >>> low.velocity(c), high.velocity(c)
        (-1, 3)
        """
        if self.motion is None:
            raise InvalidParameterError(
                "this edge belongs to a law without parameters: an edge moves with a symbol c "
                "when it is asked for by law.edges(at={c: value})"
            )
        return self.motion.velocity(parameter, digits(dps) or self.dps)

    def tracy_widom_scale(self, dps: int | None = None) -> Any:
        """The scale s of the extreme eigenvalue at a soft edge: |λ - e| ≈ s N^(-2/3) ξ outwards.

        ξ has the Tracy-Widom law of the symmetry class. With ρ(x) ~ C √|x - e| the scale is
        s = (πC)^(-2/3): 1 for ``Semicircle(1)``, √c (1 + √c)^(4/3) at the upper edge of
        ``MarchenkoPastur(c)`` (Johnstone 2001).

        Parameters
        ----------
        dps
            Digits; by default those of the edge itself, exact for an exact edge.

        Raises
        ------
        UndefinedOperationError
            If the exponent is not 1/2: cusps and hard edges have other fluctuations.
        InvalidParameterError
            If the edge has fewer digits than asked for.

        Notes
        -----
        Source: El Karoui 2007; Lee-Schnelli 2016.

        Examples
        --------
        >>> from freeprob import MarchenkoPastur
        >>> lower, upper = MarchenkoPastur("1/2").edges()
        >>> print(upper.tracy_widom_scale(dps=20))
        1.4426664057797319505
        """
        if self.exponent != sp.Rational(1, 2):
            raise UndefinedOperationError(
                f"the density goes like the power {self.exponent} at {self.location}: Tracy-Widom "
                "fluctuations belong to soft edges, of exponent 1/2"
            )
        wanted = digits(dps)
        if self.dps is None:
            scale = (sp.pi * self.constant) ** sp.Rational(-2, 3)
            return scale if wanted is None else rounded(constant_ball(scale), wanted)
        wanted = wanted or self.dps
        if wanted > self.dps:
            raise InvalidParameterError(
                f"the edge has {self.dps} digits, and {wanted} are asked for: take "
                f"law.edges(dps={wanted})"
            )
        # results are kept with more bits than their digits have, and the power loses none
        private = context(self.dps + 10)
        value = (private.pi * private.mpf(self.constant)) ** (-private.mpf(2) / 3)
        return to_mpf(value, wanted)


@final
class Edges(list[Edge]):
    """A list of edges that notebooks show as a table."""

    def _repr_html_(self) -> str:
        head = ("edge", "density on the", "exponent", "constant")
        rows = [
            (str(edge.location), edge.side, str(edge.exponent), str(edge.constant)) for edge in self
        ]
        return html_table(head, rows)


def edges(system: System, dps: int | None = None, budget: int = POINTS_BUDGET) -> Edges:
    """Edges from left to right; exact, or with ``dps`` right digits.

    A place inside a cut has two entries, one for each side: a cusp, or the edge of a part.
    """
    meter = Meter(budget)
    return Edges(
        _edge(system, boundary.location, density, dps, meter)
        for boundary, density in local_behaviours(system, budget)
    )


def _edge(
    system: System, location: RealNumber, density: LocalTerm, dps: int | None, meter: Meter
) -> Edge:
    exponent = to_rational(density.exponent)
    side = "right" if density.right else "left"
    if dps is None:
        try:
            constant = density.exact_constant(meter)
        except BudgetExceededError as error:
            raise BudgetExceededError(
                "the exact constant of an edge is too long to write out: ask for digits with dps=, "
                f"or raise the budget ({error})"
            ) from error
        return Edge(exact_place(system, location), exponent, constant, side)
    place, constant = rounded(location.ball, dps), rounded(density.constant, dps)
    return Edge(place, exponent, constant, side, dps=dps)


def local_behaviours(system: System, budget: int = POINTS_BUDGET) -> tuple[LocalBehaviour, ...]:
    """The density next to each boundary of the support, from left to right."""
    return _local_behaviours(system, budget)


@remembered(maxsize=256)
def _local_behaviours(system: System, budget: int) -> tuple[LocalBehaviour, ...]:
    try:
        composed = _composed(system, budget)
    except CertificationError as error:
        # the whole may show what its parts do not
        try:
            return _followed(system, budget)
        except NotAlgebraicError:
            raise error from None
    if composed is None:
        return _followed(system, budget)
    assert isinstance(system, Node)
    # the whole shows the constant of a square at 0 exactly, where its part has no exact density
    unknown = any(has_digits_only(density) for _, density in composed)
    if not unknown or not isinstance(system.operation, EvenSquare):
        return composed
    try:
        return _followed(system, budget)
    except (BudgetExceededError, CertificationError, NotAlgebraicError):
        return composed


def _followed(system: System, budget: int) -> tuple[LocalBehaviour, ...]:
    """From the expansions of the physical branch."""
    return tuple(
        LocalBehaviour(boundary, term)
        for boundary in support(system, budget).boundaries
        for term in local_terms(system, boundary, budget)
    )


def _composed(system: System, budget: int) -> tuple[LocalBehaviour, ...] | None:
    """From the parts of a mixture or of an image; None for other operations."""
    if not isinstance(system, Node) or not composes(system.operation):
        return None
    found = composed_outline(system, budget)
    if found is None:
        return None
    parts = []
    for part in system.parts:
        old = outline_of(part, budget)
        known: list[dict[bool, LocalTerm]] = [{} for _ in old.places]
        for boundary, density in local_behaviours(part, budget):
            known[old.places.index(boundary.location)][density.right] = density
        parts.append(Part(part, old, known))
    sides = beside(system.operation, found.places, parts)
    around = list(zip(found.places, sides, strict=True))
    return tuple(
        LocalBehaviour(boundary, density)
        for boundary in support(system, budget).boundaries
        for place, densities in around
        if compare(place, boundary.location) == 0
        for density in densities.values()
    )
