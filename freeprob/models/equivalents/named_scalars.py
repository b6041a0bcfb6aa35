"""Scalars as papers write them: κ that stand in resolvents, degrees of freedom, the rest solved.

Scalars that are rational in others are written out; those that no resolvent contains solve linear
equations, from which 1/(1 - γ df₂) comes; the others are replaced by the coefficients κ of the
resolvents where these determine them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import combinations
from typing import final

import sympy as sp

from freeprob.models.equivalents.self_energies import SelfEnergies, Written
from freeprob.models.equivalents.words import ONE, Factor, Word

Equations = dict[sp.Symbol, sp.Expr]


@final
@dataclass(frozen=True)
class NamedScalars:
    """An equivalent in terms of few scalars and of normalised traces.

    Parameters
    ----------
    equations
        For each scalar an expression in scalars and traces that it equals.
    resolvents
        The polynomials that resolvents invert.
    value
        The equivalent, its coefficients in scalars and traces.
    traces
        A symbol for each normalised trace, by its cyclic word.
    """

    equations: Equations
    resolvents: tuple[Written, ...]
    value: Written
    traces: dict[Word, sp.Symbol]

    def inside(self) -> list[sp.Symbol]:
        """Scalars that resolvents contain, and those that these depend on."""
        coefficients = (value for words in self.resolvents for value in words.values())
        return self.needed(set().union(*(value.free_symbols for value in coefficients)))

    def needed(self, symbols: set[sp.Symbol]) -> list[sp.Symbol]:
        """The scalars among symbols, and those that these depend on, in their order."""
        found = symbols & set(self.equations)
        while True:
            more = found.union(*(self.equations[name].free_symbols for name in found))
            more &= set(self.equations)
            if more == found:
                return [name for name in self.equations if name in found]
            found = more


def named(energies: SelfEnergies) -> NamedScalars:
    """The scalars as papers write them, for the letters as given."""
    made = _Naming(energies)
    made.write_out_rational()
    made.solve_linear()
    made.rename_by_resolvents()
    return made.result()


def plain(energies: SelfEnergies) -> NamedScalars:
    """All scalars with their own equations."""
    return _Naming(energies).result()


@lru_cache(maxsize=64)
def unnamed(energies: SelfEnergies) -> NamedScalars:
    """The scalars that vanish with the Gaussian letters, the size of these kept as a symbol."""
    made = _Naming(energies, keep_size=True)
    made.write_out_rational()
    return made.result()


@dataclass
class _Naming:
    """Equations on their way; every step replaces symbols in all of them."""

    energies: SelfEnergies
    keep_size: bool = False
    traces: dict[Word, sp.Symbol] = field(default_factory=dict)

    def __post_init__(self) -> None:
        own = self.energies
        size = {} if self.keep_size else {own.size: sp.S.One}
        self.equations: Equations = {
            name: self._combined(words).xreplace(size) for name, words in own.equations.items()
        }
        self.resolvents = [_replaced(words, size) for words in own.resolvents]
        self.value = _replaced(own.value, size)

    def result(self) -> NamedScalars:
        """What has come of it."""
        return NamedScalars(
            dict(self.equations), tuple(self.resolvents), dict(self.value), dict(self.traces)
        )

    def trace(self, word: Word) -> sp.Expr:
        """The normalised trace of a cyclic word; df₁ = tr SR and df₂ = tr SRSR by their names."""
        if word == ONE:
            return sp.S.One
        if word not in self.traces:
            self.traces[word] = named_trace(word, self.energies, self.traces)
        return self.traces[word]

    def _combined(self, words: Written) -> sp.Expr:
        return sp.Add(*(value * self.trace(word) for word, value in words.items()))

    def replace(self, values: Mapping[sp.Expr, sp.Expr]) -> None:
        """Symbols by values everywhere."""
        self.equations = {
            name: sp.factor(value.xreplace(values)) for name, value in self.equations.items()
        }
        self.resolvents = [_replaced(words, values) for words in self.resolvents]
        self.value = _replaced(self.value, values)

    def write_out_rational(self) -> None:
        """Scalars that are given by others without a trace."""
        known = set(self.traces.values())
        while True:
            plain = (
                (name, value)
                for name, value in self.equations.items()
                if not value.free_symbols & known and not value.has(name)
            )
            found = next(plain, None)
            if found is None:
                return
            del self.equations[found[0]]
            self.replace(dict([found]))

    def inside(self) -> set[sp.Symbol]:
        """Scalars that resolvents contain, and those that these depend on."""
        return set(self.result().inside())

    def solve_linear(self) -> None:
        """Scalars of which no resolvent knows, where their equations are linear."""
        while True:
            names = [name for name in self.equations if name not in self.inside()]
            group = next((g for g in _groups(names) if self._is_linear(g, names)), None)
            if group is None:
                return
            system = [name - self.equations[name] for name in group]
            matrix, constants = sp.linear_eq_to_matrix(system, group)
            solution = matrix.LUsolve(constants)
            for name in group:
                del self.equations[name]
            self.replace({n: sp.factor(v) for n, v in zip(group, solution, strict=True)})

    def _is_linear(self, group: tuple[sp.Symbol, ...], names: Sequence[sp.Symbol]) -> bool:
        """Whether equations are linear in their own scalars and contain none of the others."""
        others = set(names) - set(group)
        right = [self.equations[name] for name in group]
        return not any(value.free_symbols & others for value in right) and all(
            value.is_polynomial(*group) and sp.Poly(value, *group).total_degree() <= 1
            for value in right
        )

    def rename_by_resolvents(self) -> None:
        """κ for the coefficients of resolvents, where they determine the scalars in these."""
        old, new = dict(self.equations), {}
        left = self.inside()
        solved: dict[sp.Expr, sp.Expr] = {}
        kappas: dict[sp.Symbol, sp.Expr] = {}
        for value in self._coefficients():
            here = value.xreplace(solved)
            name = next(iter(sorted(here.free_symbols & left, key=str)), None)
            if name is None:
                continue
            suffix = f"_{len(kappas) + 1}" if kappas else ""
            kappa = sp.Dummy(f"kappa{suffix}")
            inverse = _inverted(here, name, kappa)
            if inverse is None:
                return
            kappas[kappa] = value
            solved = {
                key: sp.factor(entry.xreplace({name: inverse})) for key, entry in solved.items()
            }
            solved[name] = inverse
            left = left - {name}
        if left or not kappas:
            return
        for kappa, value in kappas.items():
            right = value.xreplace({name: old[name] for name in old})
            new[kappa] = _explicit(kappa, right.xreplace(solved))
        rest = {name: value for name, value in old.items() if name not in solved}
        self.equations = rest
        self.replace(solved)
        self.equations = new | self.equations

    def _coefficients(self) -> Iterator[sp.Expr]:
        """Coefficients of resolvents that contain scalars, those of the identity first."""
        for words in self.resolvents:
            for _, value in sorted(words.items(), key=lambda item: (len(item[0]), item[0])):
                if value.free_symbols & set(self.equations):
                    yield value


def _groups(names: Sequence[sp.Symbol]) -> Iterator[tuple[sp.Symbol, ...]]:
    """Scalars to be solved for together: one, two, or all of them."""
    yield from ((name,) for name in names)
    yield from combinations(names, 2)
    if len(names) > 2:
        yield tuple(names)


def _inverted(value: sp.Expr, name: sp.Symbol, kappa: sp.Symbol) -> sp.Expr | None:
    """The symbol by the value of a Möbius function of it; None for other functions."""
    top, bottom = sp.fraction(sp.together(value))
    whole = sp.expand(top - kappa * bottom)
    if not whole.is_polynomial(name) or sp.degree(whole, name) != 1:
        return None
    return sp.factor(-whole.coeff(name, 0) / whole.coeff(name, 1))


def _explicit(kappa: sp.Symbol, right: sp.Expr) -> sp.Expr:
    """What κ equals; κ = κ F(κ), as of rotations, says F = 1, which may be linear in κ."""
    right = sp.factor(right)
    top, bottom = map(sp.expand, sp.fraction(sp.together(right)))
    if top.is_polynomial(kappa) and top.coeff(kappa, 0) == 0:
        rest = sp.expand(sp.cancel(top / kappa) - bottom)
        if rest.is_polynomial(kappa) and sp.degree(rest, kappa) == 1:
            right = sp.factor(-rest.coeff(kappa, 0) / rest.coeff(kappa, 1))
    return sp.expand(right)


def _replaced(words: Written, values: Mapping[sp.Expr, sp.Expr]) -> Written:
    found = {word: sp.factor(value.xreplace(values)) for word, value in words.items()}
    return {word: value for word, value in found.items() if value != 0}


def named_trace(word: Word, energies: SelfEnergies, known: Mapping[Word, sp.Symbol]) -> sp.Symbol:
    """A symbol for a trace: df₁ or df₂, of a second letter with its name, or one that is hidden."""
    free = freedom(word, energies.resolvents)
    if not free:
        return sp.Dummy(f"t_{len(known) + 1}")
    name = f"df_{free}"
    if any(symbol.name == name for symbol in known.values()):
        letter = next(factor.number for factor in word if not factor.is_resolvent)
        name = f"{name}_{energies.letters[letter].name}"
    return sp.Dummy(name)


def freedom(word: Word, resolvents: tuple[Written, ...]) -> int:
    """K for a trace of (S R)ᵏ with R = (S + κ)⁻¹ and k = 1 or 2, else 0: degrees of freedom."""
    if len(word) != 2:
        return 0
    letter, resolvent = sorted(word)
    if letter.is_resolvent or not resolvent.is_resolvent or letter.power != resolvent.power:
        return 0
    own = (Factor(False, letter.number, sp.S.One),)
    if set(resolvents[resolvent.number]) != {ONE, own} or letter.power not in (1, 2):
        return 0
    return int(letter.power)


def balanced(value: sp.Expr, traces: set[sp.Symbol]) -> sp.Expr:
    """A fraction whose denominator is 1 where all traces vanish, as 1 - γ df₂ is."""
    top, bottom = sp.fraction(sp.factor(value))
    if not bottom.free_symbols & traces:
        return value
    scale, rest = sp.S.One, sp.S.One
    for factor in sp.Mul.make_args(bottom):
        base, power = factor.as_base_exp()
        constant = base.xreplace(dict.fromkeys(traces, sp.S.Zero))
        if base.free_symbols & traces and constant != 0:
            scale *= constant**power
            rest *= sp.expand(base / constant) ** power
        else:
            scale *= factor
    if rest == 1:
        # single traces below: a sum such as z - κ + 1/tr R
        return sp.expand(value)
    return sp.factor(top / scale) / rest
