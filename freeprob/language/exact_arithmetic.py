"""Exact arithmetic on the language's numbers, refusing what would grow without bound."""

from __future__ import annotations

from fractions import Fraction
from math import comb
from typing import NamedTuple

import sympy as sp

MAX_EXPONENT = 300
MAX_BITS = 20_000
MAX_DEGREE = 64
MAX_TERMS = 5_000


class Refused(Exception):
    """The language has no such number, or none so large; the message says why."""


class _Size(NamedTuple):
    """Upper bounds for an expanded expression: bits of numbers, degree, number of terms."""

    bits: int
    degree: int
    terms: int


def number(text: str) -> sp.Expr:
    """The rational that a decimal prints: 0.1 is 1/10."""
    _, _, exponent = text.lower().partition("e")
    if exponent and (len(exponent) > 5 or abs(int(exponent)) > MAX_EXPONENT):
        raise Refused(f"too large for the command: a power of ten beyond 10^{MAX_EXPONENT}")
    value = Fraction(text)
    return sp.Rational(value.numerator, value.denominator)


def power(base: sp.Expr, exponent: sp.Expr) -> sp.Expr:
    """A rational power, bounded before it is computed."""
    if not isinstance(exponent, sp.Rational):
        raise Refused("an exponent must be a rational number")
    if base.is_zero and exponent.is_negative:
        raise ZeroDivisionError
    if base.is_extended_negative and not exponent.is_integer:
        raise Refused("a root of a negative number")
    _require(_power_size(_size(base), exponent))
    return sp.Pow(base, exponent)


def combine(sign: str, left: sp.Expr, right: sp.Expr) -> sp.Expr:
    """Sum, difference, product or quotient."""
    if sign == "/":
        if right.is_zero:
            raise ZeroDivisionError
        right = power(right, sp.S.NegativeOne)
    elif sign == "-":
        right = -right
    value = left + right if sign in "+-" else left * right
    _require(_size(value))
    return value


def _power_size(base: _Size, exponent: sp.Rational) -> _Size:
    """Size of a power, from the size of its base."""
    scale = max(abs(int(exponent.p)), int(exponent.q))
    if scale > MAX_DEGREE:
        raise Refused(f"too large for the command: an exponent beyond {MAX_DEGREE}")
    terms = comb(base.terms + scale - 1, scale) if base.terms > 1 else 1
    return _Size(base.bits * scale, max(base.degree, 1) * scale, terms)


def _size(value: sp.Expr) -> _Size:
    """Size of a value's expansion, read off its tree."""
    if isinstance(value, sp.Rational):
        return _Size(int(value.p).bit_length() + int(value.q).bit_length(), 0, 1)
    if not value.args:
        return _Size(0, 1, 1)
    if isinstance(value, sp.Pow):
        return _power_size(_size(value.base), value.exp)
    parts = [_size(part) for part in value.args]
    bits = sum(part.bits for part in parts)
    if isinstance(value, sp.Mul):
        terms = 1
        for part in parts:
            terms = min(terms * part.terms, MAX_TERMS + 1)
        return _Size(bits, sum(part.degree for part in parts), terms)
    return _Size(bits, max(part.degree for part in parts), sum(part.terms for part in parts))


def _require(size: _Size) -> None:
    if size.bits > MAX_BITS:
        raise Refused(f"too large for the command: a number of more than {MAX_BITS} bits")
    if size.degree > MAX_DEGREE:
        raise Refused(f"too large for the command: a degree beyond {MAX_DEGREE}")
    if size.terms > MAX_TERMS:
        raise Refused(f"too large for the command: an expression of more than {MAX_TERMS} terms")
