"""How equivalents are written: resolvents as inverses, df₁ and df₂ by name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

import sympy as sp

from freeprob.exact.algebra.door import Ring
from freeprob.models.equivalents.named_scalars import NamedScalars, balanced, freedom
from freeprob.models.equivalents.self_energies import SelfEnergies
from freeprob.models.equivalents.words import ONE, Algebra, Factor, Word
from freeprob.models.letters.random_matrix import RandomMatrix


@final
@dataclass(frozen=True)
class WrittenScalars:
    """Scalars with the right-hand sides that are shown, in order, and all other traces in full.

    Parameters
    ----------
    letters
        The deterministic letters.
    scalars
        The equivalent.
    shown
        κ, … and named degrees of freedom with what they equal.
    """

    letters: tuple[RandomMatrix, ...]
    scalars: NamedScalars
    shown: dict[sp.Symbol, sp.Expr]

    @staticmethod
    def of(energies: SelfEnergies, scalars: NamedScalars) -> WrittenScalars:
        """Degrees of freedom get a name where they occur twice or below a fraction bar."""
        bare = WrittenScalars(energies.letters, scalars, {})
        needed = _needed(scalars)
        sides = [scalars.equations[name] for name in needed] + list(scalars.value.values())
        counts = Counter(symbol for side in sides for symbol in _occurring(side))
        below = set().union(*(sp.fraction(sp.together(side))[1].free_symbols for side in sides))
        free = [
            symbol
            for word, symbol in scalars.traces.items()
            if freedom(word, scalars.resolvents) and (counts[symbol] > 1 or symbol in below)
        ]
        kept = dict.fromkeys(free, sp.S.Zero)
        half = WrittenScalars(energies.letters, scalars, kept)
        shown = {name: half.coefficient(scalars.equations[name]) for name in needed}
        words = {symbol: word for word, symbol in scalars.traces.items()}
        shown |= {symbol: bare.trace(words[symbol]) for symbol in free}
        return WrittenScalars(energies.letters, scalars, shown)

    def equations(self) -> list[sp.Eq]:
        """What the shown scalars equal."""
        return [sp.Eq(left, right, evaluate=False) for left, right in self.shown.items()]

    def coefficient(self, value: sp.Expr) -> sp.Expr:
        """A scalar with traces written out, but for those that have a name."""
        written = {
            symbol: self.trace(word)
            for word, symbol in self.scalars.traces.items()
            if symbol not in self.shown and value.has(symbol)
        }
        return balanced(value, set(self.scalars.traces.values())).xreplace(written)

    def trace(self, word: Word) -> sp.Expr:
        """The normalised trace of a word."""
        algebra = Algebra(Ring(()), self.letters, list(self.scalars.resolvents))
        rows = algebra.size(word, sp.S.One)
        return sp.Trace(self.matrix(word, rows)) / rows

    def matrix(self, word: Word, rows: sp.Expr) -> sp.MatrixExpr:
        """A word as a product of matrices, of the given size where it is empty."""
        factors = [self._factor(factor, rows) for factor in _alternating(word)]
        if not factors:
            return sp.Identity(rows)
        return factors[0] if len(factors) == 1 else sp.MatMul(*factors)

    def _factor(self, factor: Factor, rows: sp.Expr) -> sp.MatrixExpr:
        if not factor.is_resolvent:
            letter = self.letters[factor.number]
            return letter if factor.power == 1 else sp.MatPow(letter, factor.power)
        inverse = self.resolvent(factor.number).inverse()
        return inverse if factor.power == 1 else sp.MatPow(inverse, factor.power)

    def resolvent(self, index: int) -> sp.MatrixExpr:
        """The matrix that a resolvent inverts."""
        polynomial = self.scalars.resolvents[index]
        algebra = Algebra(Ring(()), self.letters, list(self.scalars.resolvents))
        rows = next(algebra.size(word, sp.S.One) for word in polynomial if word != ONE)
        terms = []
        for word, value in polynomial.items():
            matrix = self.matrix(word, rows)
            terms.append(matrix if value == 1 else self.coefficient(value) * matrix)
        return sp.MatAdd(*terms).doit(deep=False)


def _needed(scalars: NamedScalars) -> list[sp.Symbol]:
    """Scalars that the value depends on, in their order."""
    parts: list[Mapping[Word, sp.Expr]] = [scalars.value, *scalars.resolvents]
    symbols = (value.free_symbols for part in parts for value in part.values())
    return scalars.needed(set().union(*symbols))


def _occurring(side: sp.Expr) -> list[sp.Symbol]:
    """Symbols, as often as they stand there."""
    return [node for node in sp.preorder_traversal(side) if node.is_Symbol]


def _alternating(word: Word) -> list[Factor]:
    """Powers of a letter and its resolvent as papers write them: S²R² as SRSR, SR² as RSR."""
    found: list[Factor] = []
    rest = list(word)
    while rest:
        first = rest.pop(0)
        own = rest[0] if rest else None
        if (
            first.is_resolvent
            or own is None
            or not own.is_resolvent
            or own.power < 1
            or not _pairs(first, own)
        ):
            found.append(first)
            continue
        rest.pop(0)
        letter = Factor(False, first.number, sp.S.One)
        resolvent = Factor(True, own.number, sp.S.One)
        whole, count = min(sp.floor(first.power), own.power), own.power
        extra = first.power - whole
        found += [Factor(False, first.number, extra)] if extra else []
        found += [Factor(True, own.number, count - whole)] if count > whole else []
        found += [letter, resolvent] * int(whole)
    return found


def _pairs(letter: Factor, resolvent: Factor) -> bool:
    """Whether there is something to interleave."""
    return letter.power >= 1 and resolvent.power > 1
