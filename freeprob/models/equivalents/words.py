"""Noncommutative polynomials in deterministic letters and resolvents, with scalar coefficients.

A word is a product of powers of symmetric letters and of resolvents R = P⁻¹, P a polynomial whose
leading coefficient is 1. Letters do not commute, but functions of one letter do: next to each other
they stand in a fixed order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import NamedTuple, TypeAlias, final

import sympy as sp

from freeprob.exact.algebra.door import Fraction, Ring
from freeprob.models.letters.random_matrix import RandomMatrix


class Factor(NamedTuple):
    """A power of a letter, or of a resolvent, by number."""

    is_resolvent: bool
    number: int
    power: sp.Rational


Word: TypeAlias = tuple[Factor, ...]
Element: TypeAlias = dict[Word, Fraction]

ONE: Word = ()


@final
@dataclass
class Algebra:
    """Words over the given letters; resolvents are added as inverses are taken."""

    ring: Ring
    letters: tuple[RandomMatrix, ...]
    resolvents: list[Element] = field(default_factory=list)
    roots: Mapping[sp.Symbol, sp.Expr] = field(default_factory=dict)
    """Powers of symbols that stand for symbols whose roots occur: n = rᵏ."""

    def read(self, value: sp.Expr) -> Fraction:
        """A scalar."""
        return self.ring.fraction(value.xreplace(dict(self.roots)))

    def scalar(self, value: sp.Expr | int) -> Element:
        """A multiple of the identity."""
        read = self.read(sp.sympify(value))
        return {} if read.is_zero() else {ONE: read}

    def power(self, letter: RandomMatrix, exponent: sp.Rational) -> Element:
        """A power of a letter."""
        one = self.ring.fraction(sp.S.One)
        return {(Factor(False, self.letters.index(letter), exponent),): one}

    def total(self, one: Element, other: Element) -> Element:
        """The sum."""
        found = dict(one)
        for word, value in other.items():
            found[word] = found[word] + value if word in found else value
        return {word: value for word, value in found.items() if not value.is_zero()}

    def product(self, one: Element, other: Element) -> Element:
        """The product."""
        found: Element = {}
        for left, a in one.items():
            for right, b in other.items():
                found = self.total(found, {self.normal(left + right): a * b})
        return found

    def scaled(self, one: Element, factor: Fraction) -> Element:
        """Times a scalar."""
        return {} if factor.is_zero() else {word: value * factor for word, value in one.items()}

    def negative(self, one: Element) -> Element:
        """Times -1."""
        return {word: -value for word, value in one.items()}

    def inverse(self, one: Element) -> Element:
        """The inverse: of a word from its factors, of a longer sum a new resolvent.

        Raises
        ------
        ZeroDivisionError
            For 0.
        """
        if not one:
            raise ZeroDivisionError("the inverse of a vanishing matrix")
        if len(one) == 1:
            ((word, value),) = one.items()
            found: Element = {ONE: value.inverse()}
            for factor in word:
                found = self.product(self._inverted(factor), found)
            return found
        lead = min((word for word in one if word), key=lambda word: (len(word), word))
        scale = one[lead].inverse()
        monic = self.scaled(one, scale)
        known = (k for k, other in enumerate(self.resolvents) if equal(other, monic))
        index = next(known, len(self.resolvents))
        if index == len(self.resolvents):
            self.resolvents.append(monic)
        return {(Factor(True, index, sp.S.One),): scale}

    def _inverted(self, factor: Factor) -> Element:
        """The inverse of a power."""
        if not factor.is_resolvent:
            one = self.ring.fraction(sp.S.One)
            return {(Factor(False, factor.number, -factor.power),): one}
        found = self.scalar(1)
        for _ in range(int(factor.power)):
            found = self.product(found, self.resolvents[factor.number])
        return found

    def kind(self, factor: Factor) -> tuple[int, ...]:
        """Factors of one kind commute: those that depend on one and the same letter."""
        if not factor.is_resolvent:
            return (0, factor.number)
        inside = {kind for word in self.resolvents[factor.number] for kind in map(self.kind, word)}
        return next(iter(inside)) if len(inside) == 1 else (1, factor.number)

    def normal(self, word: Word) -> Word:
        """Commuting neighbours sorted and put together."""
        runs: list[Word] = []
        for _, run in groupby(word, key=self.kind):
            powers: dict[tuple[bool, int], sp.Rational] = {}
            for factor in run:
                powers[factor[:2]] = powers.get(factor[:2], sp.S.Zero) + factor.power
            runs.append(
                tuple(Factor(*key, power) for key, power in sorted(powers.items()) if power)
            )
        joined = tuple(factor for run in runs for factor in run)
        # what stood apart may now be neighbours
        return joined if all(runs) else self.normal(joined)

    def cyclic(self, word: Word) -> Word:
        """One word for all that have its trace: rotations, and the reversed ones, of transposes."""
        word = self.normal(word)
        while len({self.kind(f) for f in word}) > 1 and self.kind(word[0]) == self.kind(word[-1]):
            word = self.normal(word[-1:] + word[:-1])
        turned = [word[k:] + word[:k] for k in range(max(len(word), 1))]
        closed = (w for w in turned if len(w) < 2 or self.kind(w[0]) != self.kind(w[-1]))
        both = [form for w in closed for form in (self.normal(w), self.normal(w[::-1]))]
        return min(both, default=word)

    def traced(self, one: Element, size: sp.Expr) -> Element:
        """The trace: cyclic words with coefficients; the empty word has the trace ``size``."""
        found: Element = {}
        for word, value in one.items():
            share = value * self.read(self.size(word, size))
            found = self.total(found, {self.cyclic(word): share})
        return found

    def size(self, word: Word, size: sp.Expr) -> sp.Expr:
        """The dimension of a word; of the empty one as given."""
        letters = self.inside(word)
        return self.letters[min(letters)].shape[0] if letters else size

    def inside(self, word: Word) -> frozenset[int]:
        """Numbers of the letters that a word depends on."""
        found: set[int] = set()
        for factor in word:
            if factor.is_resolvent:
                found |= {k for inner in self.resolvents[factor.number] for k in self.inside(inner)}
            else:
                found.add(factor.number)
        return frozenset(found)


def equal(one: Element, other: Element) -> bool:
    """Whether two elements are the same."""
    return one.keys() == other.keys() and all(
        (value - other[word]).is_zero() for word, value in one.items()
    )
