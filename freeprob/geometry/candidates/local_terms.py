"""How a density goes on one side of a place: ρ(x) ~ C|x - e|^exponent, whatever showed it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol, final

import sympy as sp
from flint import arb, fmpq

from freeprob.errors import NoClosedFormError
from freeprob.exact.algebra.costs import Meter


class LocalTerm(Protocol):
    """ρ(x) ~ C|x - e|^exponent on one side of a place e, analytic in |x - e|^(1/p)."""

    @property
    def right(self) -> bool:
        """The side of e."""
        ...

    @property
    def p(self) -> int:
        """The order of the root."""
        ...

    @property
    def exponent(self) -> fmpq:
        """The exponent."""
        ...

    @property
    def has_density(self) -> bool:
        """Whether the density tends to a positive number."""
        ...

    def constant(self, bits: int, /) -> arb:
        """C as a ball."""
        ...

    def exact_constant(self, meter: Meter, /) -> sp.Expr:
        """C, its length taken from the meter.

        Raises
        ------
        NoClosedFormError
            If it is known by its digits only.
        BudgetExceededError
            If it is longer than the meter's budget.
        """
        ...


class Expansion(Protocol):
    """The Cauchy transform next to a place, in powers of a root of order p of z - e."""

    @property
    def p(self) -> int:
        """The order of the root."""
        ...

    def on_side(self, turn: int, right: bool) -> LocalTerm | None:
        """The first term with an imaginary part; None where those that are known have none.

        ``turn`` numbers the roots of z - e.
        """
        ...


def digits_only(_: Meter, /) -> sp.Expr:
    """The exact constant where there is none.

    Raises
    ------
    NoClosedFormError
        Always.
    """
    raise NoClosedFormError(
        "the constant of this edge has no exact form here: ask for digits with dps="
    )


@final
@dataclass(frozen=True)
class PowerLaw:
    """A local term whose constant is a function of the bits."""

    right: bool
    p: int
    exponent: fmpq
    constant: Callable[[int], arb] = field(repr=False)
    exact_constant: Callable[[Meter], sp.Expr] = field(default=digits_only, repr=False)

    @property
    def has_density(self) -> bool:
        """Whether the density tends to a positive number."""
        return self.exponent == 0
