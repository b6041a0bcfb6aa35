"""The kinds of number that straight-line programs run on."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, log2
from typing import Any, TypeAlias, final

import mpmath
import numpy as np
from flint import acb, arb, ctx, fmpq, fmpz_poly
from numpy.typing import NDArray

from freeprob.errors import InvalidParameterError, NotAlgebraicError
from freeprob.exact.algebra.isolation import isolated_roots
from freeprob.numeric.programs.instructions import NEAR_ONE, Function, Oracle
from freeprob.numeric.programs.pole_sums import PoleStep

Complexes: TypeAlias = NDArray[np.complex128]


class RealConstant(ABC):
    """A real number known to any precision."""

    @abstractmethod
    def ball(self) -> arb:
        """A ball around it at the precision of FLINT's context."""


@final
@dataclass(frozen=True)
class RealRoot(RealConstant):
    """A real algebraic number: a real root of a squarefree polynomial, counted from the left."""

    coefficients: tuple[int, ...]
    index: int

    def ball(self) -> arb:
        """A ball around the root at the precision of FLINT's context."""
        roots = isolated_roots(fmpz_poly(list(self.coefficients)))
        real = [root.real for root, _ in roots if root.imag == 0]
        return sorted(real, key=lambda ball: ball.mid())[self.index]


def _order(value: fmpq) -> str:
    """The power of ten next to a rational number."""
    bits = int(value.p).bit_length() - int(value.q).bit_length()
    return f"10^{round(bits / log2(10))}"


@final
@dataclass(frozen=True)
class FloatArithmetic:
    """float64 and complex128 arrays."""

    def constant(self, value: fmpq) -> float:
        """A rational number, rounded once.

        Raises
        ------
        InvalidParameterError
            If it is too large or too small for float64.
        """
        try:
            rounded = int(value.p) / int(value.q)
        except OverflowError:
            rounded = float("inf")
        if not isfinite(rounded) or (rounded == 0) != (value == 0):
            raise InvalidParameterError(
                f"a parameter of about {_order(value)} is outside the range of float64, in which "
                "the branch is found: use units in which the law is of moderate size"
            )
        return rounded

    def number(self, name: str | RealConstant) -> complex:
        """A named constant."""
        if isinstance(name, RealConstant):
            return float(name.ball().mid())
        return {"pi": np.pi, "e": np.e, "euler": np.euler_gamma, "i": 1j}[name]

    def power(self, base: Any, exponent: fmpq) -> Any:
        """Principal power."""
        return np.asarray(base, dtype=complex) ** self.constant(exponent)

    def call(self, function: Function, argument: Any) -> Any:
        """A function of NumPy, else of scipy.special."""
        argument, name = np.asarray(argument, dtype=complex), function.name
        if isinstance(name, Oracle):
            return name.floats(argument)
        name = {"asin": "arcsin", "acos": "arccos", "atan": "arctan"}.get(name, name)
        if hasattr(np, name):
            return getattr(np, name)(argument)
        from scipy import special

        if not hasattr(special, name):
            raise NotAlgebraicError(
                f"no float64 routine for the function {name}: ask for digits with dps="
            )
        return getattr(special, name)(argument)

    def calls(self, family: Sequence[Function], argument: Any) -> list[Any]:
        """Oracles of one family."""
        members = [f.name for f in family if isinstance(f.name, Oracle)]
        return type(members[0]).all_floats(members, np.asarray(argument, dtype=complex))

    def logarithm(self, quotient: Any, excess: Any) -> Any:
        """Log q from q or, near 1, from q - 1."""
        from scipy.special import log1p

        excess = np.asarray(excess, dtype=complex)
        # NumPy's log1p of complex numbers loses the digits that this is for
        with np.errstate(all="ignore"):
            return np.where(np.abs(excess) < NEAR_ONE, log1p(excess), np.log(quotient))

    def poles(self, terms: PoleStep, argument: Any) -> Any:
        """A sum over poles."""
        return terms.floats(argument)


@final
@dataclass(frozen=True)
class BallArithmetic:
    """FLINT complex balls at the precision of FLINT's context."""

    def constant(self, value: fmpq) -> acb:
        """A rational number as a ball."""
        return acb(value)

    def number(self, name: str | RealConstant) -> acb:
        """A named constant."""
        if isinstance(name, RealConstant):
            return acb(name.ball())
        if name == "i":
            return acb(0, 1)
        return acb({"pi": arb.pi, "e": arb.const_e, "euler": arb.const_euler}[name]())

    def power(self, base: acb, exponent: fmpq) -> acb:
        """Principal power."""
        base = acb(base)
        return base**exponent if exponent != fmpq(1, 2) else base.sqrt()

    def call(self, function: Function, argument: acb) -> acb:
        """A method of balls."""
        if isinstance(function.name, Oracle):
            return function.name.ball(acb(argument))
        if not hasattr(acb, function.name):
            raise NotAlgebraicError(f"no ball routine for the function {function.name}")
        return getattr(acb(argument), function.name)()

    def calls(self, family: Sequence[Function], argument: acb) -> list[acb]:
        """Oracles of one family."""
        members = [f.name for f in family if isinstance(f.name, Oracle)]
        return type(members[0]).all_balls(members, acb(argument))

    def logarithm(self, quotient: acb, excess: acb) -> acb:
        """Log q from q or, near 1, from q - 1."""
        near = acb(excess).abs_upper() < NEAR_ONE
        return acb(excess).log1p() if near else acb(quotient).log()

    def poles(self, terms: PoleStep, argument: acb) -> acb:
        """A sum over poles."""
        return terms.balls(argument)


@final
@dataclass(frozen=True)
class ContextArithmetic:
    """Numbers of a private mpmath context."""

    context: mpmath.MPContext

    def constant(self, value: fmpq) -> Any:
        """A rational number, rounded once."""
        return self.context.mpf(int(value.p)) / int(value.q)

    def number(self, name: str | RealConstant) -> Any:
        """A named constant."""
        if isinstance(name, RealConstant):
            with ctx.workprec(self.context.prec + 16):
                mantissa, exponent = name.ball().mid().man_exp()
            return self.context.ldexp(self.context.mpf(int(mantissa)), int(exponent))
        return +getattr(self.context, {"i": "j"}.get(name, name))

    def power(self, base: Any, exponent: fmpq) -> Any:
        """Principal power."""
        return self.context.power(base, self.constant(exponent))

    def call(self, function: Function, argument: Any) -> Any:
        """A function of the context."""
        if isinstance(function.name, Oracle) or not hasattr(self.context, function.name):
            raise NotAlgebraicError(f"mpmath has no function {function.name}")
        return getattr(self.context, function.name)(argument)

    def calls(self, family: Sequence[Function], argument: Any) -> list[Any]:
        """Oracles of one family."""
        return [self.call(function, argument) for function in family]

    def logarithm(self, quotient: Any, excess: Any) -> Any:
        """Log q from q or, near 1, from q - 1."""
        near = abs(excess) < NEAR_ONE
        return self.context.log1p(excess) if near else self.context.log(quotient)

    def poles(self, terms: PoleStep, argument: Any) -> Any:
        """A sum over poles."""
        places, weights = terms.table.places, terms.table.weights
        return self.context.fsum(
            self.constant(p) / (argument - self.constant(a)) ** terms.order
            for a, p in zip(places, weights, strict=True)
        )
