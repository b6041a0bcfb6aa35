"""Real numbers known by their digits: anything that encloses itself to any number of bits."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol, final, runtime_checkable

import sympy as sp
from flint import acb, arb, ctx

from freeprob.errors import ConvergenceError, InvalidParameterError

_ATTEMPTS = 8
_DIGITS = 17  # by which numbers are sorted
_DECIDING = (64, 256, 1024)  # bits after which a number that is not told from 0 has no known sign


@runtime_checkable
class Encloses(Protocol):
    """A number that is known by its digits."""

    def enclose(self, bits: int) -> arb | acb:
        """A ball that holds the number, with about that many right bits."""
        ...


@final
@dataclass(frozen=True)
class _Ordered:
    """A source with an order: SymPy sorts the terms of a sum by what is inside of them."""

    digits: str
    source: Encloses

    def __lt__(self, other: _Ordered) -> bool:
        return (self.digits, hash(self.source)) < (other.digits, hash(other.source))

    def __gt__(self, other: _Ordered) -> bool:
        return other < self


@final
class EnclosedNumber(sp.AtomicExpr):
    """Such a number as a constant: exact formulas keep it, numbers ask for its digits.

    Parameters
    ----------
    source
        What encloses it; hashable. Constants of equal sources are equal.

    Raises
    ------
    InvalidParameterError
        If it is no real number.
    """

    __slots__ = ("_ordered", "source")

    source: Encloses
    _ordered: _Ordered
    is_number = True
    is_real = True
    is_finite = True
    is_commutative = True

    def __new__(cls, source: Encloses) -> EnclosedNumber:
        """Check that it is real."""
        made = super().__new__(cls)
        made.source = source
        first = made.ball(_DECIDING[0]).mid().str(_DIGITS, radius=False)
        made._ordered = _Ordered(first, source)
        return made

    def __getnewargs__(self) -> tuple[Encloses]:
        return (self.source,)

    def __getstate__(self) -> None:
        return None

    def _hashable_content(self) -> tuple[Any, ...]:
        return (self._ordered,)

    def ball(self, bits: int) -> arb:
        """A ball of so many right bits."""
        return _ball(self.source, bits)

    def _eval_evalf(self, prec: int) -> sp.Float:
        digits = sp.core.evalf.prec_to_dps(prec)
        return sp.Float(self.ball(prec + 16).mid().str(digits + 3, radius=False), digits)

    def _sign(self) -> int | None:
        """1 or -1, where the digits tell it."""
        for bits in _DECIDING:
            ball = self.ball(bits)
            if not ball.contains(0):
                return 1 if ball > 0 else -1
        return None

    def _eval_is_positive(self) -> bool | None:
        sign = self._sign()
        return None if sign is None else sign > 0

    def _eval_is_negative(self) -> bool | None:
        sign = self._sign()
        return None if sign is None else sign < 0

    def _eval_is_zero(self) -> bool | None:
        return None if self._sign() is None else False

    def _sympystr(self, printer: object) -> str:
        return str(self.source)

    def _latex(self, printer: object) -> str:
        inner = getattr(self.source, "_repr_latex_", None)
        return inner().strip("$") if inner else rf"\text{{{self.source}}}"


@lru_cache(maxsize=4096)
def _ball(source: Encloses, bits: int) -> arb:
    """The real number as a ball of so many right bits: formulas ask for it again and again."""
    asked = bits
    for _ in range(_ATTEMPTS):
        with ctx.workprec(asked + 16):
            found = acb(source.enclose(asked))
        if not found.imag.contains(0):
            raise InvalidParameterError(f"{source} must be a real number, and it is {found}")
        good = found.real.rel_accuracy_bits() >= bits or found.real.rad() < arb(2) ** -bits
        if found.is_finite() and good:
            return found.real
        asked *= 2
    raise ConvergenceError(f"{source} was not enclosed to {bits} bits")
