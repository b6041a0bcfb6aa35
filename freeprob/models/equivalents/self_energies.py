"""The self-consistent scalars of a deterministic equivalent.

A Gaussian letter x makes of its input w the mean η w, η = E x H x*, where H is how w answers to a
signal added behind x: these are multiples of the identity, η = variance · Tr H. A Haar letter u
makes the means r w* and s w of the inputs w of u and w* of u*. With the normalised traces a of how
w answers behind u*, and d of how w* answers behind u, its free cumulants, signed Catalan numbers,
give r = a f(da) and s = d f(ad), f(x) = 1 - x f(x)²: so r = a (1 - s r), matrices over occurrences.
The answers are rational functions of the deterministic letters and of all these scalars, which
solve fixed-point equations. They are taken to vanish until some equation says that they do not, and
to agree until their equations differ: what is left is closed, so it is the solution that starts
from vanishing letters.
Source: Helton-Rashidi Far-Speicher 2007; Hachem-Loubaton-Najim 2007; Nica-Speicher 2006.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias, final

import sympy as sp

from freeprob.exact.algebra.door import ring
from freeprob.models.equivalents.signals import (
    SOURCE,
    Combination,
    Signal,
    Signals,
    solved,
    summed,
)
from freeprob.models.equivalents.words import Algebra, Element, Word, equal
from freeprob.models.letters.gaussian_letters import Ginibre
from freeprob.models.letters.haar_letters import HaarLetter
from freeprob.models.letters.letters import letters_of
from freeprob.models.letters.random_matrix import RandomMatrix
from freeprob.models.pencils.realization import Key

Pair: TypeAlias = tuple[int, int]
Written: TypeAlias = dict[Word, sp.Expr]


@final
@dataclass(frozen=True, eq=False)
class SelfEnergies:
    """Fixed-point equations of scalars, resolvents, and the equivalent in terms of them.

    Its scalars are its own, so one is equal to itself only.

    Parameters
    ----------
    size
        Factor t of all variances, and of u*u: 1 for the letters as given, 0 without them.
    letters
        The deterministic letters, by number in words.
    resolvents
        The polynomials that resolvents invert, by number.
    equations
        For each scalar the cyclic words whose normalised traces it is a combination of.
    sources
        For each scalar the random letter that leaves it.
    value
        The equivalent itself.
    """

    size: sp.Symbol
    letters: tuple[RandomMatrix, ...]
    resolvents: tuple[Written, ...]
    equations: dict[sp.Symbol, Written]
    sources: dict[sp.Symbol, RandomMatrix]
    value: Written


@lru_cache(maxsize=64)
def self_energies(expr: sp.MatrixExpr) -> SelfEnergies:
    """The equations of a rational expression in Gaussian, Haar and deterministic letters.

    Raises
    ------
    UndefinedOperationError
        For rectangular spikes, and transposes of complex letters.
    InvalidParameterError
        For what is no rational expression.
    """
    return _System(expr).closed()


class _System:
    """The equations of one expression; each attempt has its own algebra."""

    def __init__(self, expr: sp.MatrixExpr) -> None:
        self._expr = expr
        every = letters_of(expr)
        self._letters = tuple(
            letter for letter in every if not (letter.gaussian or isinstance(letter, HaarLetter))
        )
        self._size = sp.Dummy("t", positive=True)
        scalars = [s for letter in every for s in letter.scalars()]
        self._roots = _roots([*scalars, *_scalars_of(expr)])
        every = [*scalars, *_scalars_of(expr), self._size]
        self._scalars = [value.xreplace(self._roots) for value in every]
        self._occurrences = self._signals(self._algebra())[0]
        count = range(len(self._occurrences))
        self._pairs = [(p, q) for p in count for q in count if self._meet(p, q)]
        self._names = {pair: sp.Dummy(f"g_{k}") for k, pair in enumerate(self._pairs, start=1)}

    def _algebra(self, names: Sequence[sp.Symbol] = ()) -> Algebra:
        return Algebra(ring([*self._scalars, *names]), self._letters, roots=self._roots)

    def closed(self) -> SelfEnergies:
        """Classes of scalars that agree, refined until their equations do."""
        classes: dict[Pair, Pair] = {}
        while True:
            algebra, equations, value = self._attempt(classes)
            found = [pair for pair in self._pairs if pair not in classes and equations[pair]]
            if found:
                classes = self._coarsest([*classes, *found])
                continue
            finer = self._refined(classes, equations)
            if finer == classes:
                break
            classes = finer
        write = algebra.ring.quotient
        heads = dict.fromkeys(classes.values())

        back = {power.base: s ** (1 / power.exp) for s, power in self._roots.items()}

        def written(element: Element) -> Written:
            return {word: sp.factor(write(value).xreplace(back)) for word, value in element.items()}

        return SelfEnergies(
            self._size,
            self._letters,
            tuple(written(element) for element in algebra.resolvents),
            {self._names[head]: written(equations[head]) for head in heads},
            {self._names[head]: self._occurrences[head[0]].letter for head in heads},
            written(value),
        )

    def _signals(self, algebra: Algebra) -> tuple[list[Key], Signals, Combination]:
        """The occurrences of Gaussian letters, and the equations of the expression."""
        signals = Signals(algebra)
        out = signals.applied(self._expr, {SOURCE: algebra.scalar(1)})
        return signals.occurrences, signals, out

    def _meet(self, p: int, q: int) -> bool:
        return self._occurrences[q] == self._occurrences[p].adjoint

    def _coarsest(self, pairs: list[Pair]) -> dict[Pair, Pair]:
        """All scalars of one kind of letter as one."""
        heads: dict[Key, Pair] = {}
        return {pair: heads.setdefault(self._occurrences[pair[0]], pair) for pair in sorted(pairs)}

    def _refined(
        self, classes: Mapping[Pair, Pair], equations: Mapping[Pair, Element]
    ) -> dict[Pair, Pair]:
        """Classes split where the equations of their members differ."""
        finer: dict[Pair, Pair] = {}
        for pair, head in classes.items():
            same = (
                other
                for other, known in finer.items()
                if other == known
                and classes[other] == head
                and equal(equations[pair], equations[other])
            )
            finer[pair] = next(same, pair)
        return finer

    def _attempt(
        self, classes: Mapping[Pair, Pair]
    ) -> tuple[Algebra, dict[Pair, Element], Element]:
        """What the equations say of all scalars, and the equivalent, given which agree."""
        names = [self._names[head] for head in dict.fromkeys(classes.values())]
        algebra = self._algebra(names)
        _, signals, out = self._signals(algebra)
        rows = {name: self._averaged(algebra, row, classes) for name, row in signals.rows.items()}
        out = self._averaged(algebra, out, classes)
        inputs = tuple(Signal("w", p) for p in range(len(self._occurrences)))
        wanted = (*inputs, *(name for name in out if name.kind == "q"))
        answers = solved(algebra, rows, tuple(dict.fromkeys(wanted)))
        equations = {pair: self._share(algebra, pair, answers, classes) for pair in self._pairs}
        for name in [name for name in out if name in answers]:
            factor = out.pop(name)
            share = {n: algebra.product(factor, value) for n, value in answers[name].items()}
            out = summed(algebra, [out, share])
        return algebra, equations, out.get(SOURCE, {})

    def _averaged(
        self, algebra: Algebra, row: Combination, classes: Mapping[Pair, Pair]
    ) -> Combination:
        """Outputs of Gaussian letters as their means, and a signal added behind each."""
        parts: list[Combination] = []
        for name, factor in row.items():
            if name.kind != "u":
                parts.append({name: factor})
                continue
            p = name.number
            parts.append({Signal("j", p): factor})
            for (one, other), head in classes.items():
                if one == p:
                    value = algebra.product(factor, algebra.scalar(self._names[head]))
                    parts.append({Signal("w", other): value})
        return summed(algebra, parts)

    def _share(
        self,
        algebra: Algebra,
        pair: Pair,
        answers: Mapping[Signal, Combination],
        classes: Mapping[Pair, Pair],
    ) -> Element:
        """What a letter makes of its answers; the variance of a Wigner matrix is of its law."""
        p, q = pair
        key = self._occurrences[p]
        letter, columns = key.letter, key.shape[1]
        if isinstance(letter, HaarLetter):
            return self._rotated(algebra, pair, answers[Signal("w", p)], classes)
        share = sp.S.One if isinstance(letter, Ginibre) else 1 / columns
        weight = algebra.read(self._size * letter.variance * share)
        answer = answers[Signal("w", p)].get(Signal("j", q), {})
        return algebra.scaled(algebra.traced(answer, columns), weight)

    def _rotated(
        self, algebra: Algebra, pair: Pair, answers: Combination, classes: Mapping[Pair, Pair]
    ) -> Element:
        """An entry of a (t - s r), of a Haar letter times √t."""
        (p, q), columns = pair, self._occurrences[pair[0]].shape[1]

        def scalar(one: int, other: int) -> sp.Expr:
            head = classes.get((one, other))
            return sp.S.Zero if head is None else self._names[head]

        same = [l for l, key in enumerate(self._occurrences) if key == self._occurrences[p]]
        found: Element = {}
        for k in [k for one, k in self._pairs if one == p]:
            lost = sp.Add(*(scalar(k, l) * scalar(l, q) for l in same))
            weight = ((self._size if k == q else 0) - lost) / columns
            trace = algebra.traced(answers.get(Signal("j", k), {}), columns)
            found = algebra.total(found, algebra.scaled(trace, algebra.read(weight)))
        return found


def _roots(scalars: Sequence[sp.Expr]) -> dict[sp.Symbol, sp.Expr]:
    """Positive symbols whose roots occur, each as a power of a symbol of its own."""
    orders: dict[sp.Symbol, int] = {}
    for power in set().union(*(value.atoms(sp.Pow) for value in scalars)):
        if power.base.is_Symbol and power.base.is_positive and power.exp.is_Rational:
            orders[power.base] = int(sp.ilcm(orders.get(power.base, 1), power.exp.q))
    return {s: sp.Dummy(s.name, positive=True) ** q for s, q in orders.items() if q > 1}


def _scalars_of(expr: sp.Basic) -> list[sp.Expr]:
    """Scalar factors of all products."""
    if isinstance(expr, sp.MatMul):
        coefficient, matrices = expr.as_coeff_matrices()
        return [coefficient, *(s for matrix in matrices for s in _scalars_of(matrix))]
    if isinstance(expr, RandomMatrix) or not isinstance(expr, sp.MatrixExpr):
        return []
    return [s for part in expr.args for s in _scalars_of(part)]
