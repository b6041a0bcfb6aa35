"""The border between FLINT's balls and mpmath's numbers: bits, private contexts, what leaves.

Inside, digits are counted in bits and carried by balls or by numbers of private contexts. A result
is an instance of ``mpmath.mpf`` or ``mpmath.mpc`` that remembers how many digits were asked for:
it displays these, all right and correctly rounded, and takes part in mpmath's arithmetic, there
under the precision that the user has set. mpmath's global precision is neither read nor written.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from math import ceil, floor, log2
from typing import Any, final

import mpmath
from flint import acb, arb, ctx
from mpmath import libmp

from freeprob.errors import CertificationError, ConvergenceError, InvalidParameterError
from freeprob.number_sizes import require_dyadic
from freeprob.parameters import exact

BITS_PER_DIGIT = log2(10)
FLOAT_DIGITS = 17  # digits that name every float64
# a result is kept with this many bits more than its digits have: 1e-6 of the last digit
_KEPT = 20
# beyond this many bits more than the digits have, a ball about a tie is not asked for its side
_TIE = 80
_WRITTEN = 1 << 15  # binary orders whose powers of 10 are written out as integers
_DOUBLINGS = 8
NOTHING = 40  # in digits asked for: no algebraic number that is met is so small and not 0


def bits_of(dps: int) -> int:
    """The bits that ``dps`` decimal digits have."""
    return ceil(dps * BITS_PER_DIGIT)


def digits_in(bits: int) -> int:
    """The decimal digits that fit into so many bits."""
    return floor(bits / BITS_PER_DIGIT)


@lru_cache(maxsize=64)
def context(dps: int) -> mpmath.MPContext:
    """A private context of ``dps`` digits, shared: who changes precision takes a fresh one.

    Raises
    ------
    InvalidParameterError
        If ``dps`` is no positive integer.
    """
    if not isinstance(dps, int) or dps < 1:
        raise InvalidParameterError(f"dps is a positive number of digits, got {dps!r}")
    return fresh_context(dps)


def fresh_context(dps: int = 15) -> mpmath.MPContext:
    """A private context whose precision its only user may change."""
    private = mpmath.MPContext()
    private.dps = dps
    return private


def finite_in(own: mpmath.MPContext, value: object) -> Any:
    """Read what :func:`freeprob.parameters.exact` reads, as a number of a context.

    A float is the decimal that it prints; an mpf is what it holds.

    Raises
    ------
    InvalidParameterError
        For anything else.
    """
    if hasattr(value, "_mpf_") and not getattr(value, "is_Float", False):
        return _held(own, value)
    number = exact(value, "a number")
    try:
        # a quotient is rounded once
        written = f"{number.p}/{number.q}" if number.is_Rational else number.evalf(own.dps + 5)
        return own.mpf(written)
    except (TypeError, ValueError) as error:  # symbols, and what turns out to be complex
        raise InvalidParameterError(f"expected a real number, got {value!s:.80}") from error


def _held(own: mpmath.MPContext, value: Any) -> Any:
    """What an mpf of another context holds."""
    if not own.isfinite(value):
        raise InvalidParameterError(f"expected a finite real number, got {value!s:.80}")
    read = own.mpf(value)
    require_dyadic(int(read._mpf_[1]), int(read._mpf_[2]), "a number")
    return read


class _Context:
    """mpmath's global context for the class; one of the number's own digits for a number.

    SymPy and others ask a number's context how many of its bits count.
    """

    def __get__(self, number: Any, owner: type) -> mpmath.MPContext:
        return context(number.dps) if number is not None and number.dps else mpmath.mp


@final
class Real(mpmath.mpf):
    """A real result with ``dps`` right digits, from mpmath's raw form."""

    dps: int | None = None
    context = _Context()

    def __new__(cls, raw: tuple, dps: int | None) -> Real:  # noqa: D102
        number = object.__new__(cls)
        number._mpf_, number.dps = raw, dps
        return number

    def __reduce__(self) -> tuple:
        return _real, (libmp.to_pickable(self._mpf_), self.dps)

    def __str__(self) -> str:
        return _shown(self._mpf_, self.dps)

    def __repr__(self) -> str:
        return str(self) if mpmath.mp.pretty else f"mpf('{self}')"

    real = property(lambda self: self)
    imag = property(lambda self: mpmath.mp.zero)

    def __neg__(self) -> Real:
        return Real(libmp.mpf_neg(self._mpf_), self.dps)

    def __abs__(self) -> Real:
        return Real(libmp.mpf_abs(self._mpf_), self.dps)

    def sqrt(self) -> mpmath.mpf:
        """The square root, at the user's precision."""
        return mpmath.mp.sqrt(self)

    def ae(self, other: Any, rel_eps: Any = None, abs_eps: Any = None) -> bool:
        """Whether two numbers are almost equal, at the user's precision."""
        return mpmath.mp.almosteq(self, other, rel_eps, abs_eps)


@final
class Complex(mpmath.mpc):
    """A complex result whose parts have ``dps`` right digits.

    Without ``dps`` it is a result of mpmath's mixed arithmetic, which takes the type of the second
    operand: its digits are the user's, as those of any mpc.
    """

    dps: int | None = None
    context = _Context()

    def __new__(cls, raw: tuple, dps: int | None) -> Complex:  # noqa: D102
        number = object.__new__(cls)
        number._mpc_, number.dps = raw, dps
        return number

    def __reduce__(self) -> tuple:
        return _complex, (tuple(map(libmp.to_pickable, self._mpc_)), self.dps)

    def __str__(self) -> str:
        real, imag = (_shown(part, self.dps) for part in self._mpc_)
        return f"({real} - {imag[1:]}j)" if imag.startswith("-") else f"({real} + {imag}j)"

    def __repr__(self) -> str:
        return str(self) if mpmath.mp.pretty else f"mpc(real='{self.real}', imag='{self.imag}')"

    real = property(lambda self: Real(self._mpc_[0], self.dps))
    imag = property(lambda self: Real(self._mpc_[1], self.dps))

    def __neg__(self) -> Complex:
        return Complex(libmp.mpc_neg(self._mpc_), self.dps)

    def __abs__(self) -> mpmath.mpf:
        return mpmath.mp.absmax(self)

    def conjugate(self) -> Complex:
        """The mirror image in the real axis, which loses nothing."""
        real, imag = self._mpc_
        return Complex((real, libmp.mpf_neg(imag)), self.dps)

    def ae(self, other: Any, rel_eps: Any = None, abs_eps: Any = None) -> bool:
        """Whether two numbers are almost equal, at the user's precision."""
        return mpmath.mp.almosteq(self, other, rel_eps, abs_eps)


def _real(state: tuple, dps: int | None) -> Real:
    """A real number that has travelled."""
    return Real(libmp.from_pickable(state), dps)


def _complex(state: tuple, dps: int | None) -> Complex:
    """A complex number that has travelled."""
    return Complex(tuple(map(libmp.from_pickable, state)), dps)


def to_mpf(value: arb | mpmath.mpf, dps: int) -> Real:
    """The midpoint of a ball, or a number of any context, as a result of ``dps`` digits.

    Raises
    ------
    ConvergenceError
        If the value is no number.
    """
    return Real(_kept(value, dps), dps)


def to_mpc(value: acb | mpmath.mpc, dps: int) -> Complex:
    """As :func:`to_mpf`, for both parts of a complex ball or number."""
    return Complex((_kept(value.real, dps), _kept(value.imag, dps)), dps)


def rounded(ball: Callable[[int], arb], dps: int) -> Real:
    """The number that ``ball(bits)`` encloses ever more tightly, rounded once to ``dps`` digits.

    A number that cannot be told from 0 is 0 once it is below 10^(-40 dps).

    Raises
    ------
    CertificationError
        If the balls do not shrink.
    """
    bits = bits_of(dps) + _KEPT
    least = arb(2) ** (-NOTHING * bits)
    for doubling in range(_DOUBLINGS):
        value = ball(bits << doubling)
        if value.is_zero() or (value.contains(0) and value.abs_upper() < least):
            return to_mpf(arb(0), dps)
        if agrees(value, dps):
            return to_mpf(value, dps)
    raise CertificationError(f"{dps} digits of a number could not be secured")


def rounded_complex(ball: Callable[[int], acb], dps: int) -> Complex:
    """The complex number that ``ball(bits)`` encloses, each part rounded once to ``dps`` digits.

    A part below 10^(-2 dps) of the other is 0, and so is a number as small as in :func:`rounded`.

    Raises
    ------
    CertificationError
        If the balls do not shrink.
    """
    bits = bits_of(dps) + _KEPT
    for doubling in range(_DOUBLINGS):
        value = ball(bits << doubling)
        if value.contains(0) and value.abs_upper() < arb(2) ** (-NOTHING * bits):
            return to_mpc(acb(0), dps)
        least = value.abs_upper() * arb(10) ** (-2 * dps)
        parts = [arb(0) if part.abs_upper() < least else part for part in (value.real, value.imag)]
        if all(part.is_zero() or agrees(part, dps) for part in parts):
            return to_mpc(acb(*parts), dps)
    raise CertificationError(f"{dps} digits of a number could not be secured")


def _kept(value: Any, dps: int) -> tuple:
    """Mpmath's raw form, with bits enough that it rounds to the same digits as the value."""
    raw = _raw(value)
    mantissa, power = int(raw[1]), int(raw[2])
    if not mantissa:
        if raw == libmp.fnan:
            raise ConvergenceError(f"a number came out as {value}, which is none")
        return raw
    wanted, bits = decimal(mantissa, power, dps), bits_of(dps) + _KEPT
    while True:
        kept = libmp.from_man_exp(mantissa, power, bits, "n")
        if decimal(int(kept[1]), int(kept[2]), dps) == wanted:
            return libmp.mpf_neg(kept) if raw[0] else kept
        bits *= 2


def from_ball(value: arb, own: mpmath.MPContext) -> mpmath.mpf:
    """The midpoint of a ball as a number of a private context."""
    return own.make_mpf(_raw(value))


def converted(found: object, own: mpmath.MPContext) -> Any:
    """What a user's function answered, as a number of a context; TypeError for what is none."""
    if isinstance(found, type):  # mpmath takes its classes for numbers
        raise TypeError(f"{found} is a class")
    return own.convert(found)


def to_ball(value: mpmath.mpf) -> arb:
    """A number of any context as a ball without radius; no number where it is none."""
    sign, mantissa, power, _ = value._mpf_
    if not mantissa and value._mpf_ != libmp.fzero:
        return arb("nan")
    return arb(int(-mantissa if sign else mantissa)) * arb(2) ** int(power)


def _raw(value: Any) -> tuple:
    """The raw form of an mpf that is a ball's midpoint or the number itself."""
    if not isinstance(value, arb):
        return mpmath.mp.convert(value)._mpf_ if not hasattr(value, "_mpf_") else value._mpf_
    if value.is_finite():
        mantissa, power = value.mid().man_exp()
        return libmp.from_man_exp(int(mantissa), int(power))
    return libmp.finf if value > 0 else libmp.fninf if value < 0 else libmp.fnan


def decimal(mantissa: int, power: int, digits: int) -> tuple[int, int]:
    """|mantissa| 2^power rounded to ``digits`` decimal digits: n 10^m as (n, m), ties to even."""
    mantissa = abs(mantissa)
    if abs(power) > max(_WRITTEN, 2 * mantissa.bit_length()):
        return _far_decimal(mantissa, power, digits)
    shift = digits - floor((mantissa.bit_length() + power) / BITS_PER_DIGIT)
    while True:
        over = mantissa * 10 ** max(shift, 0) << max(power, 0)
        under = 10 ** max(-shift, 0) << max(-power, 0)
        whole, rest = divmod(over, under)
        whole += 2 * rest > under or (2 * rest == under and whole % 2 == 1)
        if whole < 10**digits:
            return whole, -shift
        shift -= 1


def _far_decimal(mantissa: int, power: int, digits: int) -> tuple[int, int]:
    """The same by logarithms: a short mantissa is no tie, as it holds no such power of 5 or 2."""
    bits = bits_of(digits) + power.bit_length() + _TIE
    while True:
        with ctx.workprec(bits):
            logarithm, base = arb(mantissa).log() + power * arb(2).log(), arb(10).log()
            most = digits - int((logarithm / base).mid().floor().fmpz())
            for shift in range(most, most - 3, -1):
                whole = ((logarithm + shift * base).exp() + 0.5).floor().unique_fmpz()
                if whole is None:
                    break
                if whole < 10**digits:
                    return int(whole), -shift
        bits *= 2


def _shown(raw: tuple, digits: int | None) -> str:
    """A number as mpmath writes it, rounded correctly to its digits."""
    sign, mantissa, power, _ = raw
    if digits is None or not mantissa:
        return libmp.to_str(raw, digits or mpmath.mp._str_digits)
    whole, ten = decimal(int(mantissa), int(power), digits)
    bits = bits_of(digits) + _KEPT + ten.bit_length()
    told = libmp.mpf_mul(libmp.from_int(whole), libmp.mpf_pow_int(libmp.ften, ten, bits))
    return libmp.to_str(libmp.mpf_neg(told) if sign else told, digits)


def agrees(value: arb, digits: int) -> bool:
    """Whether both ends of a ball round to the same ``digits`` decimal digits."""
    if value.is_exact():
        return True
    known = value.rel_accuracy_bits()
    if known < bits_of(digits) + 2:
        return False
    if known > bits_of(digits) + _TIE:
        return True
    # ends are rounded outwards to the context's precision
    with ctx.workprec(known + _TIE):
        ends = [end.mid().man_exp() for end in (value.lower(), value.upper())]
    low, high = (decimal(int(mantissa), int(power), digits) for mantissa, power in ends)
    return low == high
