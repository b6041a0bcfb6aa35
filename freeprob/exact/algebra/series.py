"""Truncated Laurent series over a field.

A :class:`Series` is t^valuation (p₀ + p₁ t + …) + O(t^end). Every operation keeps track of the
terms it really knows, so a result never shows a coefficient that is not exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isqrt
from typing import final

import sympy as sp

from freeprob.errors import UndefinedOperationError
from freeprob.exact.algebra.fields import Dense, Element, Field
from freeprob.exact.algebra.powers import written_power


@final
@dataclass(frozen=True)
class Series:
    """t^valuation · dense + O(t^end)."""

    field: Field
    valuation: int
    dense: Dense
    end: int

    @staticmethod
    def of(field: Field, coefficients: list[Element], valuation: int = 0) -> Series:
        """The series with exactly these known coefficients."""
        return Series(field, valuation, field.dense(coefficients), valuation + len(coefficients))

    @staticmethod
    def constant(field: Field, value: Element, terms: int) -> Series:
        """A constant, known to the given number of terms."""
        return Series(field, 0, field.dense([value]), terms)

    @staticmethod
    def zero(field: Field, end: int) -> Series:
        """0, known up to t^(end - 1)."""
        return Series(field, end, field.dense([]), end)

    @property
    def terms(self) -> int:
        """Number of known coefficients, leading zeros included."""
        return self.end - self.valuation

    def coefficient(self, power: int) -> Element:
        """The coefficient of t^power."""
        if power >= self.end:
            raise IndexError(f"the series is known up to t^{self.end - 1}, asked for t^{power}")
        if power < self.valuation:
            return self.field.integer(0)
        return self.dense[power - self.valuation]

    def normalised(self) -> Series:
        """Leading zeros stripped; the zero series keeps no term."""
        for place in range(min(self.terms, self.dense.length())):
            if not self.field.is_zero(self.dense[place]):
                if place == 0:
                    return self
                return Series(
                    self.field, self.valuation + place, self.dense.right_shift(place), self.end
                )
        return Series.zero(self.field, self.end)

    def is_zero(self) -> bool:
        """Whether all known coefficients vanish."""
        return self.normalised().terms == 0

    def truncated(self, end: int) -> Series:
        """Known up to t^(end - 1) only."""
        end = min(end, self.end)
        dense = self.dense.truncate(max(end - self.valuation, 0))
        return Series(self.field, self.valuation, dense, end)

    def extended(self, end: int) -> Series:
        """The same known terms followed by zeros, as the start of a Newton step."""
        return Series(self.field, self.valuation, self.dense, end)

    def shifted(self, places: int) -> Series:
        """Times t^places."""
        return Series(self.field, self.valuation + places, self.dense, self.end + places)

    def __neg__(self) -> Series:
        return Series(self.field, self.valuation, -self.dense, self.end)

    def __add__(self, other: Series) -> Series:
        low, high = (self, other) if self.valuation <= other.valuation else (other, self)
        gap = high.valuation - low.valuation
        end = min(self.end, other.end)
        dense = low.dense + high.dense.left_shift(gap) if gap else low.dense + high.dense
        return Series(self.field, low.valuation, dense.truncate(max(end - low.valuation, 0)), end)

    def __sub__(self, other: Series) -> Series:
        return self + (-other)

    def __mul__(self, other: Series) -> Series:
        terms = min(self.terms, other.terms)
        valuation = self.valuation + other.valuation
        dense = self.dense.mul_low(other.dense, max(terms, 0))
        return Series(self.field, valuation, dense, valuation + terms)

    def scaled(self, factor: Element) -> Series:
        """Times a field element."""
        return Series(self.field, self.valuation, self.dense * factor, self.end)

    def inverse(self) -> Series:
        """1/self by Newton's iteration; ``ZeroDivisionError`` when no nonzero term is known."""
        series = self.normalised()
        if series.terms <= 0:
            raise ZeroDivisionError("the reciprocal of a series with no known nonzero term")
        field, dense = self.field, series.dense
        inverse = field.dense([field.integer(1) / dense[0]])
        for size in doubling(series.terms):
            excess = dense.truncate(size).mul_low(inverse, size) - field.dense([field.integer(1)])
            inverse = inverse - inverse.mul_low(excess, size)
        return Series(field, -series.valuation, inverse, series.terms - series.valuation)

    def __truediv__(self, other: Series) -> Series:
        divisor = other.normalised()
        terms = min(self.terms, divisor.terms)
        if terms < 2:
            return self * divisor.inverse()
        # the reciprocal to half the terms is enough: one Newton step corrects the quotient
        half = divisor.truncated(divisor.valuation + (terms + 1) // 2).inverse()
        valuation = self.valuation - divisor.valuation
        guess = (self * half).extended(valuation + terms)
        return guess + half.extended(terms - divisor.valuation) * (self - divisor * guess)

    def __pow__(self, exponent: int) -> Series:
        if exponent < 0:
            return self.inverse() ** (-exponent)
        result = Series.constant(self.field, self.field.integer(1), max(self.terms, 1))
        base = self
        while exponent:
            if exponent & 1:
                result = result * base
            exponent >>= 1
            if exponent:
                base = base * base
        return result

    def derivative(self) -> Series:
        """d/dt of a power series."""
        series = self._from_zero()
        return Series(self.field, 0, series.dense.derivative(), self.end - 1)

    def integral(self) -> Series:
        """The antiderivative of a power series, without constant term."""
        series = self._from_zero()
        return Series(self.field, 0, series.dense.integral(), self.end + 1)

    def _from_zero(self) -> Series:
        """The same power series, written from t⁰ on."""
        series = self if self.valuation >= 0 else self.normalised()
        if series.valuation < 0:
            raise ValueError("derivatives and integrals are taken of power series only")
        return Series(self.field, 0, series.dense.left_shift(series.valuation), self.end)

    def log(self) -> Series:
        """Log of a series with constant term 1."""
        series = self.normalised()
        if series.valuation or series.dense[0] != self.field.integer(1):
            raise UndefinedOperationError(
                "the logarithm of a series that does not start with 1 is no series in 1/z"
            )
        return (series.derivative() / series).integral()

    def exp(self) -> Series:
        """Exp of a series without constant term."""
        if self.normalised().valuation <= 0:
            raise UndefinedOperationError(
                "the exponential of a series with constant term or pole is no rational series"
            )
        one = self.field.integer(1)
        result = Series.of(self.field, [one])
        for size in doubling(self.end):
            guess = result.extended(size)
            unit = Series.constant(self.field, one, size)
            result = guess * (unit + self.truncated(size) - guess.log())
        return result

    def power(self, exponent: sp.Expr) -> Series:
        """A constant power; the leading coefficient's power must lie in the field."""
        series = self.normalised()
        valuation = exponent * series.valuation
        if not valuation.is_Integer:
            raise UndefinedOperationError(
                f"the power {exponent} of a series of order {series.valuation} is no series in 1/z"
            )
        lead = series.dense[0]
        constant = self.field.read(written_power(self.field.write(lead), exponent))
        unit = series.shifted(-series.valuation).scaled(self.field.integer(1) / lead)
        root = unit.log().scaled(self.field.read(exponent)).exp()
        return root.scaled(constant).shifted(int(valuation))

    def compose(self, inner: Series) -> Series:
        """self(inner(t)) for a power series and an inner series without constant term."""
        outer, inner = self.normalised(), inner.normalised()
        if outer.valuation < 0 or inner.valuation <= 0:
            raise ValueError("compose a power series with a series without constant term")
        dense = outer.dense.left_shift(outer.valuation).coeffs()
        # O(x^end) becomes O(t^(end · valuation)); inner's own truncation counts as well
        end = min(outer.end * inner.valuation, inner.end)
        result = Series.constant(self.field, self.field.integer(0), end)
        for value in reversed(dense):
            result = result * inner + Series.constant(self.field, value, end)
        return result.truncated(end)

    def stretched(self, factor: Element, power: int) -> Series:
        """self(factor · t^power)."""
        zero, scale = self.field.integer(0), factor**self.valuation
        values = []
        for value in self.dense.coeffs():
            values += [value * scale, *[zero] * (power - 1)]
            scale = scale * factor
        dense = self.field.dense(values)
        return Series(self.field, self.valuation * power, dense, self.end * power)


def doubling(terms: int) -> list[int]:
    """The sizes of a Newton iteration that starts from one known term."""
    sizes: list[int] = []
    while terms > 1:
        sizes.append(terms)
        terms = (terms + 1) // 2
    return sizes[::-1]


def lagrange(h: Series) -> Series:
    """The solution w(t) of w = t h(w), h(0) ≠ 0: [tᵏ] w = [wᵏ⁻¹] hᵏ / k.

    Powers of h are split into baby and giant steps, so only about 2√n products of series are
    formed (Johansson 2015).
    """
    h = h.normalised()
    if h.valuation or not h.terms:
        raise ValueError("w = t h(w) is solved for a power series h with h(0) ≠ 0 only")
    field, terms = h.field, h.end
    step = max(isqrt(terms), 1)
    baby = [Series.constant(field, field.integer(1), terms)]
    for _ in range(step):
        baby.append(baby[-1] * h)
    low = [power.dense.coeffs() for power in baby]
    zero = field.integer(0)
    values = []
    giant = baby[0]
    for k in range(1, terms + 1):
        rest = k % step
        if rest == 0:
            giant = giant * baby[step]
        high = giant.dense.coeffs()
        other = low[rest]
        total = zero
        for i in range(max(0, k - len(other)), min(k, len(high))):
            total = total + high[i] * other[k - 1 - i]
        values.append(total / field.integer(k))
    return Series.of(field, values, 1)
