"""Derivatives of a law's numbers by one of its parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import pi
from typing import Any, final

import numpy as np
import sympy as sp
from flint import acb, arb, ctx

from freeprob.errors import InvalidParameterError
from freeprob.exact.systems.system import System, specialised
from freeprob.law_symbols import values_of
from freeprob.numeric.branch.sensitivities import ParametricBranch, parametric_branch
from freeprob.numeric.distributions.evaluate import reflected
from freeprob.numeric.programs.points import Place
from freeprob.parameters import digits
from freeprob.tables import Tabled


@final
@dataclass(frozen=True)
class Sensitivity(Tabled):
    """How a law changes with a parameter c; build it with ``law.sensitivity(c)``.

    Parameters
    ----------
    law
        The law, with c and maybe other symbols.
    parameter
        The symbol c.
    """

    law: Any
    parameter: sp.Symbol

    def moments(self, n: int) -> list[sp.Expr]:
        """The derivatives dm₁/dc, …, dmₙ/dc of the moments, as formulas.

        Raises
        ------
        UndefinedOperationError
            If the law has no moments of that order.

        Examples
        --------
        >>> import sympy as sp
        >>> from freeprob import MarchenkoPastur
        >>> c = sp.Symbol("c", positive=True)
        >>> MarchenkoPastur(c).sensitivity(c).moments(3)
        [0, 1, 2*c + 3]
        """
        return [sp.diff(moment, self.parameter) for moment in self.law.moments(n)]

    def cauchy(self, z: Any, at: Mapping[sp.Symbol, object], dps: int | None = None) -> Any:
        """The derivative dG(z)/dc at rational values ``at`` of all parameters.

        By implicit differentiation of the law's curve at fixed z, on the physical branch; real z
        means z + i0.

        Parameters
        ----------
        z
            A number or an array of numbers.
        at
            Values of the parameters, ``{c: value}``.
        dps
            Digits; by default numbers are float64.

        Raises
        ------
        InvalidParameterError
            If a parameter has no value, or the law does not exist at these values.
        ConvergenceError
            At edges and atoms, where there is no derivative.

        Examples
        --------
        >>> import sympy as sp
        >>> from freeprob import Semicircle
        >>> s = sp.Symbol("s", positive=True)
        >>> print(Semicircle(s).sensitivity(s).cauchy(3, {s: 2}, dps=20))
        (0.25 + 0.0j)
        """
        branch = self._branch(at)
        return reflected(branch.derivatives, branch.ball, z, digits(dps))

    def density(self, x: Any, at: Mapping[sp.Symbol, object], dps: int | None = None) -> Any:
        """The derivative dρ(x)/dc at rational values ``at`` of all parameters; 0 in gaps.

        Parameters and errors are those of :meth:`cauchy`, for real points.

        Examples
        --------
        >>> import sympy as sp
        >>> from freeprob import Semicircle
        >>> s = sp.Symbol("s", positive=True)
        >>> round(Semicircle(s).sensitivity(s).density(0.0, {s: 1}) * 2 * sp.pi.evalf(), 12)
        -1.00000000000000
        """
        branch = self._branch(at)

        def values(points: np.ndarray) -> np.ndarray:
            _require_real(bool(np.any(np.imag(points))))
            return -np.imag(branch.derivatives(points)) / pi + 0j

        def ball(place: Place, bits: int) -> acb:
            _require_real(not place.is_real)
            value = branch.ball(place, bits)
            with ctx.workprec(bits + 32):
                return acb(-value.imag / arb.pi())

        found = reflected(values, ball, x, digits(dps))
        # arrays of mpc have no real part of their own
        return found.real if dps is None else _real_parts(found)

    def _branch(self, at: Mapping[sp.Symbol, object]) -> ParametricBranch:
        """The branch at values of all parameters."""
        values = values_of(self.law, at)
        missing = [str(symbol) for symbol in self.law.parameters if symbol not in values]
        if missing:
            raise InvalidParameterError(
                f"numbers need values for {', '.join(missing)}: give at={{{missing[0]}: 1}}"
            )
        self.law.subs(values)
        return _branch_at(self.law.system, self.parameter, tuple(values.items()))


_real_parts = np.frompyfunc(lambda value: value.real, 1, 1)


def _require_real(is_complex: Any) -> None:
    if is_complex:
        raise InvalidParameterError("a density is asked for at real points")


@lru_cache(maxsize=64)
def _branch_at(
    system: System, parameter: sp.Symbol, values: tuple[tuple[sp.Symbol, sp.Rational], ...]
) -> ParametricBranch:
    """The branch that is differentiated, kept with what was found on it."""
    others = dict(values)
    value = others.pop(parameter)
    return parametric_branch(specialised(system, others), parameter, value)
