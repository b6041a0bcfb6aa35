"""Floats and balls, each in its own way, for transforms of one variable given another."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from math import log, sqrt
from typing import Any, final

import numpy as np
from flint import acb, arb, ctx

from freeprob.numeric.programs.arithmetic import BallArithmetic, FloatArithmetic

_REAL = 1e-13  # relative height below which rounding decides on which side of the axis a root lies
_FAR = 12.0  # from where on moments tell G of the normal law to e^(-72)
_OUTSIDE = 4.0  # from where on the logarithm of the quotient is near 0
_MOMENTS = np.concatenate([[0.0], np.cumprod(np.arange(1.0, 40.0, 2.0))])


class Numbers(ABC):
    """What floats and balls do each in their own way."""

    arithmetic: Any

    @abstractmethod
    def real(self, value: Any) -> Any:
        """A number whose imaginary part is rounding."""

    @abstractmethod
    def root(self, value: Any) -> Any:
        """The principal square root."""

    @abstractmethod
    def sign_like(self, one: Any, other: Any) -> Any:
        """1 or -1, so that one and that times the other do not cancel."""

    @abstractmethod
    def larger(self, value: Any, other: Any, small: Any) -> Any:
        """A difference, or another form of it where it is small against another number."""

    @abstractmethod
    def apart(self, a: Any, b: Any, product: Any) -> tuple[Any, Any]:
        """Two numbers, the smaller one of which is better known by their product."""

    @abstractmethod
    def raised(self, u: Any, speed: Any, beside: Sequence[Any]) -> tuple[Any, Any, list[Any]]:
        """Whether u lies below the axis; u and numbers beside it, reflected to above it."""

    @abstractmethod
    def reflected(self, value: Any, below: Any) -> Any:
        """The conjugate where the first is true."""

    @abstractmethod
    def gaussian(self, u: Any) -> tuple[Any, Any]:
        """G of the normal law above the axis and G' = 1 - uG, of which little is left far out."""

    @abstractmethod
    def uniform(self, below: Any, above: Any) -> Any:
        """Logarithm of (u + 1)/(u - 1) above the axis, small at large u."""

    @abstractmethod
    def density(self, v: Any) -> Any:
        """The normal density."""


@final
class FloatNumbers(Numbers):
    """Complex128 arrays."""

    arithmetic = FloatArithmetic()

    def real(self, value: Any) -> Any:
        """Without the imaginary part."""
        return np.real(value) + 0j

    def root(self, value: Any) -> Any:
        """On arrays."""
        return np.sqrt(np.asarray(value, dtype=complex))

    def sign_like(self, one: Any, other: Any) -> Any:
        """By the angle between them."""
        return np.where(np.real(np.conj(one) * other) >= 0, 1.0, -1.0)

    def larger(self, value: Any, other: Any, small: Any) -> Any:
        """On arrays."""
        return np.where(np.abs(value) > np.abs(other) / 2, value, small)

    def apart(self, a: Any, b: Any, product: Any) -> tuple[Any, Any]:
        """The smaller one from the product."""
        first = np.abs(a) < np.abs(b)
        return np.where(first, product / b, a), np.where(first, b, product / a)

    def raised(self, u: Any, speed: Any, beside: Sequence[Any]) -> tuple[Any, Any, list[Any]]:
        """Below where the imaginary part says so, or the speed where it is rounding."""
        rounding = np.abs(u.imag) <= _REAL * np.abs(u)
        below = np.where(rounding, np.real(speed) < 0, u.imag < 0)
        lifted = [np.real(value) + 1j * np.abs(np.imag(value)) for value in (u, *beside)]
        return below, lifted[0], lifted[1:]

    def reflected(self, value: Any, below: Any) -> Any:
        """On arrays."""
        return np.where(below, np.conj(value), value)

    def gaussian(self, u: Any) -> tuple[Any, Any]:
        """By Faddeeva's function, G' at large u by moments."""
        from scipy.special import wofz

        G = -1j * np.sqrt(np.pi / 2) * wofz(u / np.sqrt(2))
        far = np.abs(u) > _FAR
        moments = np.polynomial.polynomial.polyval(np.where(far, u, _FAR) ** -2.0, _MOMENTS)
        slope = 1 - u * G
        # what moments do not see decays like the density, which on the axis is all there is
        seen = np.where(u.imag == 0, -moments + 1j * slope.imag, -moments)
        return G, np.where(far, seen, slope)

    def uniform(self, below: Any, above: Any) -> Any:
        """On arrays."""
        far = np.abs(below) > _OUTSIDE
        small = np.log1p(2 / np.where(far, below, _OUTSIDE))
        return np.where(far, small, np.log(above) - np.log(below))

    def density(self, v: Any) -> Any:
        """On arrays."""
        return np.exp(-v * v / 2) / np.sqrt(2 * np.pi)


@final
class BallNumbers(Numbers):
    """Single balls at the precision of FLINT's context."""

    arithmetic = BallArithmetic()

    def real(self, value: Any) -> Any:
        """Without the imaginary part."""
        return acb(acb(value).real)

    def root(self, value: Any) -> Any:
        """Of a ball; a real one is exactly real."""
        return acb(value).sqrt()

    def sign_like(self, one: Any, other: Any) -> Any:
        """By the angle between the middles."""
        one, other = acb(one).mid(), acb(other).mid()
        return 1 if (one.real * other.real + one.imag * other.imag) >= 0 else -1

    def larger(self, value: Any, other: Any, small: Any) -> Any:
        """By the middles."""
        return value if abs(acb(value).mid()) > abs(acb(other).mid()) / 2 else small

    def apart(self, a: Any, b: Any, product: Any) -> tuple[Any, Any]:
        """The smaller one from the product."""
        if abs(acb(a).mid()) < abs(acb(b).mid()):
            return product / b, b
        return a, product / a

    def raised(self, u: Any, speed: Any, beside: Sequence[Any]) -> tuple[Any, Any, list[Any]]:
        """Below where the imaginary part says so, or the speed where it is 0."""
        u = acb(u)
        below = bool(acb(speed).real < 0) if u.imag == 0 else bool(u.imag < 0)
        lifted = [self.reflected(value, below) for value in (u, *beside)]
        return below, lifted[0], lifted[1:]

    def reflected(self, value: Any, below: Any) -> Any:
        """Of one ball."""
        return acb(value).conjugate() if below else acb(value)

    def gaussian(self, u: Any) -> tuple[Any, Any]:
        """By the complementary error function, at large u by moments."""
        i, root = acb(0, 1), arb(2).sqrt()
        if not abs(u) > sqrt(2 * log(2) * ctx.prec) + 2:
            G = -i * (arb.pi() / 2).sqrt() * (-u * u / 2).exp() * (-i * u / root).erfc()
            return G, 1 - u * G
        total, term, k = acb(0), acb(1), 0
        while abs(term) > arb(2) ** -ctx.prec:
            term *= (2 * k + 1) / (u * u)
            total, k = total + term, k + 1
        tail = i * arb.pi() * self.density(u) if u.imag == 0 else acb(0)
        return (1 + total) / u - tail, u * tail - total

    def uniform(self, below: Any, above: Any) -> Any:
        """Of one ball."""
        return (2 / below).log1p() if abs(below) > _OUTSIDE else above.log() - below.log()

    def density(self, v: Any) -> Any:
        """Of one ball."""
        return (-v * v / 2).exp() / (2 * arb.pi()).sqrt()
