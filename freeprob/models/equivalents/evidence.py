"""Derivations of equivalents, and their verification with matrices drawn at random."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import final

import numpy as np
import sympy as sp

from freeprob.derivation import Derivation, DrawnMatrices
from freeprob.errors import ConvergenceError
from freeprob.exact.equations.steps import Step
from freeprob.models.equivalents.named_scalars import NamedScalars, plain
from freeprob.models.equivalents.numbers import Solution, Solver
from freeprob.models.equivalents.self_energies import SelfEnergies
from freeprob.models.equivalents.writing import WrittenScalars
from freeprob.models.letters.haar_letters import HaarLetter
from freeprob.models.letters.letters import letters_of
from freeprob.models.letters.random_matrix import RandomMatrix
from freeprob.numeric.programs.lowering import compile_numpy

_SOURCE = "Hachem-Loubaton-Najim 2007"
_ATTEMPTS = 200
_LARGEST = 24
_AGREEMENT = 1e-8
"""Relative: Newton's last step leaves ten digits, and traces of small matrices lose few."""

Pair = tuple[sp.Expr, sp.Expr]


def derivation(
    source: sp.MatrixExpr,
    energies: SelfEnergies,
    written: WrittenScalars,
    result: sp.Eq | None = None,
) -> Derivation:
    """The self-consistent equations, the scalars as they are shown, and the trace."""
    first = plain(energies)
    raw = WrittenScalars(energies.letters, first, {})
    steps, pairs = [], []
    for name, value in first.equations.items():
        equation = sp.Eq(name, raw.coefficient(value), evaluate=False)
        steps.append(Step(equation, *_rule(energies.sources[name])))
        pairs.append((name, value))
    for equation in written.equations():
        rule = "Scalars that resolvents contain, and degrees of freedom"
        steps.append(Step(equation, rule, ""))
        name = equation.lhs
        value = written.scalars.equations.get(name, name)
        pairs.append((name, value))
    if result is not None:
        steps.append(Step(result, "The trace of the equivalent", ""))
        ((_, value),) = written.scalars.value.items()
        pairs.append((_TRACE, value))
    title = sp.latex(source)
    evidence = MatrixEvidence(source, energies, first, written.scalars, tuple(pairs))
    return Derivation("Deterministic equivalent", title, tuple(steps), evidence)


def _rule(letter: RandomMatrix) -> tuple[str, str]:
    """Why a scalar of a letter is what it is, and a source."""
    if isinstance(letter, HaarLetter):
        return (
            "The free cumulants of a Haar letter leave r = a (1 - s r) of traces a, and s for its "
            "adjoint",
            "Nica-Speicher 2006, lecture 15",
        )
    return "A Gaussian letter between two answers leaves its variance times a trace", _SOURCE


_TRACE = sp.Dummy("tr")


@final
@dataclass(frozen=True, eq=False)
class MatrixEvidence(DrawnMatrices):
    """Every step at random parameters and small random positive matrices for the letters.

    The equations hold for matrices of any size, small ones too.
    """

    source: sp.MatrixExpr
    energies: SelfEnergies
    first: NamedScalars
    shown: NamedScalars
    pairs: tuple[Pair, ...]

    def refuted(self, steps: Sequence[Step], random: Random) -> list[Step]:
        """The steps whose sides differ at one random choice."""
        values, found = self._drawn(random)
        known = self._known(values, found)
        wrong = []
        for step, (left, right) in zip(steps, self.pairs, strict=True):
            a, b = _number(left, known), _number(right, known)
            if not abs(a - b) <= _AGREEMENT * max(abs(a), abs(b)):
                wrong.append(step)
        return wrong

    def _drawn(self, random: Random) -> tuple[dict[sp.Symbol, sp.Expr], Solution]:
        """Parameters at which the equivalent exists, complex ones where no real ones are found."""
        letters = letters_of(self.source)
        symbols = sorted(self.source.atoms(sp.Symbol), key=str)
        sizes = set().union(*(side.free_symbols for letter in letters for side in letter.shape))
        for attempt in range(_ATTEMPTS):
            values = {
                s: sp.Rational(random.randint(2, 12), random.choice((1, 2, 3))) for s in symbols
            }
            values |= {s: sp.Integer(random.randint(1, 6)) for s in symbols if s in sizes}
            rows = {letter: letter.shape[0].xreplace(values) for letter in self.energies.letters}
            if not all(row.is_Integer and row <= _LARGEST for row in rows.values()):
                continue
            if attempt % 2:
                values |= {s: v * (1 + sp.I) for s, v in values.items() if s not in sizes}
            numbers = np.random.default_rng(random.randint(0, 2**31))
            draws = {}
            for letter, row in rows.items():
                square = numbers.standard_normal((int(row), int(row) + 1))
                draws[letter] = square @ square.T / int(row)
            try:
                return values, Solver(self.source, self.energies, draws).at(values)
            except ConvergenceError:
                continue
        raise ConvergenceError(
            "no parameters were found at which the equivalent exists, to verify the steps at"
        )

    def _known(
        self, values: Mapping[sp.Symbol, sp.Expr], found: Solution
    ) -> dict[sp.Expr, complex]:
        """Numbers for all symbols of the steps."""
        known: dict[sp.Expr, complex] = {s: complex(value) for s, value in values.items()}
        known |= found.scalars
        for own in (self.first, self.shown):
            for word, symbol in own.traces.items():
                known[symbol] = found.words.trace(word, found.resolvents)
        for polynomial, numbers in zip(self.shown.resolvents, found.resolvents, strict=True):
            known |= {v: numbers[word] for word, v in polynomial.items() if v.is_Symbol}
        left = dict(self.first.equations)
        while left:  # ends: scalars that are left out of a solution are rational in others
            ready = [n for n, v in left.items() if n in known or v.free_symbols <= set(known)]
            for name in ready:
                value = left.pop(name)
                known.setdefault(name, _number(value, known) if name not in known else 0)
        known[_TRACE] = sum(
            value * found.words.trace(word, found.resolvents) for word, value in found.value.items()
        )
        return known


def _number(value: sp.Expr, known: Mapping[sp.Expr, complex]) -> complex:
    symbols = sorted(value.free_symbols, key=str)
    return complex(compile_numpy(value, symbols)(*(complex(known[s]) for s in symbols)))
