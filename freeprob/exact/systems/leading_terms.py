"""Leading behaviour near i∞, as values: functions of z that compare, pickle and travel."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import final

import sympy as sp

from freeprob.errors import UndefinedOperationError


@final
@dataclass(frozen=True)
class LeadingTerms:
    """Expressions in one argument: z ↦ the unknowns' leading terms."""

    argument: sp.Dummy
    terms: tuple[sp.Expr, ...]

    @staticmethod
    def of(function: Callable[[sp.Expr], tuple[sp.Expr, ...]]) -> LeadingTerms:
        """The function, called once with a symbol."""
        argument = sp.Dummy("z")
        return LeadingTerms(argument, tuple(function(argument)))

    def __call__(self, z: sp.Expr) -> tuple[sp.Expr, ...]:
        """The terms at z."""
        return tuple(term.xreplace({self.argument: z}) for term in self.terms)

    def replaced(self, values: Mapping[sp.Expr, sp.Expr]) -> LeadingTerms:
        """The same with symbols replaced."""
        return LeadingTerms(self.argument, tuple(term.xreplace(values) for term in self.terms))


@final
@dataclass(frozen=True)
class NoLeadingTerms:
    """Nothing is known near i∞; the reason is what the error says."""

    reason: str

    def __call__(self, z: sp.Expr) -> tuple[sp.Expr, ...]:
        """Refuse."""
        raise UndefinedOperationError(self.reason)

    def replaced(self, values: Mapping[sp.Expr, sp.Expr]) -> NoLeadingTerms:
        """The same."""
        return self
