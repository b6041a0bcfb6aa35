"""Numbers of an equivalent: its scalars followed from vanishing random letters to the given ones.

At size t of the variances the scalars solve u = f(u, t), u = 0 at t = 0. Newton's steps follow them
to t = 1; a path that ends before is no solution that means anything.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any, final

import numpy as np
import sympy as sp

from freeprob.errors import ConvergenceError, InvalidParameterError
from freeprob.models.equivalents.matrix_data import (
    Polynomials,
    Words,
    read_data,
    require_length,
    words_of,
)
from freeprob.models.equivalents.named_scalars import NamedScalars, unnamed
from freeprob.models.equivalents.self_energies import SelfEnergies, Written
from freeprob.models.equivalents.words import ONE, Algebra, Word
from freeprob.models.letters.letters import letters_of
from freeprob.models.letters.random_matrix import RandomMatrix
from freeprob.models.letters.values import read_values
from freeprob.numeric.programs.lowering import compile_numpy
from freeprob.parameters import mapping

_FIRST = 1e-6  # of the variances, where one step from 0 reaches the scalars
_EARLY = 4  # of the iterations u = f(u, t), which contract where t is small
_GROWTH = 4.0  # the longest step, as a factor of the variances; refused ones are shortened
_LEAST_GROWTH = 1.001  # a step of the path that is refused so far is refused for good
_LOWER = 0.5  # the longest step towards the axis, as a factor of the height
# of a Newton step on the last one: a solution at distance d slows steps h down to h/d, so that
# steps which contract so far are short against d
_CONTRACTION = 0.125
_STAYING = 2.0  # the same where all numbers are real, and solutions stay real
_STEPS = 12
_SETTLED = 1e-12  # relative size of the last Newton step
_SLOPE = 1e-7  # relative step of difference quotients, the root of float64's rounding


@final
@dataclass(frozen=True)
class Solution:
    """Scalars, polynomials of resolvents and the coefficients of the equivalent, as numbers.

    ``shape`` is that of the equivalent, by the values and matrices that are given.
    """

    scalars: dict[sp.Symbol, complex]
    resolvents: Polynomials
    value: dict[Word, complex]
    words: Words
    shape: tuple[sp.Expr, sp.Expr]

    def matrix(self) -> np.ndarray:
        """The equivalent.

        Raises
        ------
        InvalidParameterError
            If its dimensions are not given.
        """
        total = np.zeros(self._sizes(), dtype=complex)
        for word, value in self.value.items():
            # of the empty word no letter says how large it is
            known = word != ONE
            one = self.words.matrix(word, self.resolvents) if known else np.eye(len(total))
            total += value * one
        return total

    def applied(self, vector: np.ndarray) -> np.ndarray:
        """The equivalent times a vector, whose length is that of its columns."""
        rows, columns = self._sizes()
        require_length(vector, columns)
        total = np.zeros(rows, dtype=complex)
        for word, value in self.value.items():
            known = word != ONE
            one = self.words.applied(word, vector, self.resolvents) if known else vector
            total += value * one
        return total

    def _sizes(self) -> tuple[int, int]:
        if not all(side.is_Integer for side in self.shape):
            shown = " x ".join(map(str, self.shape))
            raise InvalidParameterError(
                f"the equivalent is {shown}: give its dimensions as whole numbers, as in "
                "evaluate({N: 100}), or ask for a trace"
            )
        rows, columns = map(int, self.shape)
        return rows, columns


@final
class Solver:
    """An equivalent with matrices for the letters, at any values of parameters and dimensions.

    Raises
    ------
    InvalidParameterError
        If data are no symmetric matrices, or have no root where one stands in the expression.
    """

    def __init__(self, expr: sp.MatrixExpr, energies: SelfEnergies, data: object) -> None:
        self._expr, self._arrays = expr, read_data(energies.letters, data)
        own, self.words = unnamed(energies), words_of(self._arrays)
        for power in expr.atoms(sp.MatPow):
            # roots that meet in the equivalent are whole powers there
            if not power.exp.is_Integer:
                letter = self.words.single(energies.letters.index(power.base))
                letter.spectrum.power(power.exp, letter.letter)
        inner = {*own.equations, *own.traces.values(), energies.size}
        self._symbols = sorted(_symbols(own) - inner, key=str)
        self._system = _Compiled(own, self.words, energies.size, self._symbols)

    def at(self, values: object) -> Solution:
        """The equivalent at one choice of values.

        Raises
        ------
        InvalidParameterError
            If numbers are missing.
        ConvergenceError
            If the scalars are not analytic on the way from vanishing random letters.
        """
        known = _known(self._expr, values, self._arrays)
        numbers = _numbers(self._symbols, known)
        system = self._system.bound(numbers)
        found = system.completed(_lowered(self._system, numbers))
        resolvents, value = system.finished(found)
        scalars = dict(zip(system.names, found, strict=True))
        rows, columns = (side.xreplace(known) for side in self._expr.shape)
        return Solution(scalars, resolvents, value, self.words, (rows, columns))


def _known(
    expr: sp.MatrixExpr, values: object, arrays: Mapping[RandomMatrix, Any]
) -> dict[sp.Basic, Any]:
    """Values of symbols; arrays tell dimensions, and a single one that is left scales out."""
    known = {} if values is None else dict(read_values((values,)))
    for letter, entry in arrays.items():
        size = letter.shape[0]
        if not isinstance(entry, np.ndarray):
            continue
        rest = size.xreplace(known)
        if rest.is_Symbol:
            known[rest] = sp.Integer(len(entry))
        elif not rest.free_symbols and rest != len(entry):
            raise InvalidParameterError(
                f"{letter} has {rest} rows by its dimension, and its array has {len(entry)}"
            )
    dimensions = [side for letter in letters_of(expr) for side in letter.shape]
    left = set().union(*(side.xreplace(known).free_symbols for side in dimensions))
    if len(left & set(dimensions)) == 1 and len(left) == 1:
        known[left.pop()] = sp.S.One
    return known


def _numbers(symbols: Sequence[sp.Symbol], known: Mapping[sp.Basic, Any]) -> list[complex]:
    """Numbers for symbols."""
    missing = [symbol for symbol in symbols if symbol not in known]
    if missing:
        raise InvalidParameterError(
            f"numbers need values and {', '.join(map(str, missing))} stay symbolic: give them, as "
            f"in evaluate({{{missing[0]}: 1}})"
        )
    return [complex(known[symbol]) for symbol in symbols]


def _symbols(own: NamedScalars) -> set[sp.Symbol]:
    """All symbols of the equations, resolvents and value."""
    every = [*own.equations.values(), *own.value.values()]
    every += [value for words in own.resolvents for value in words.values()]
    return set().union(*(value.free_symbols for value in every))


class _Compiled:
    """The equations as a function of scalars and size."""

    def __init__(
        self, own: NamedScalars, words: Words, size: sp.Symbol, known: Sequence[sp.Symbol]
    ) -> None:
        self._own, self._words = own, words
        within = own.inside()
        # these determine the resolvents; all others follow at the end
        self.count = len(within)
        names = [*within, *(name for name in own.equations if name not in within)]
        self.names = names
        self._known: list[complex] = []
        symbols = [*names, size, *known]
        flat = [value for inner in own.resolvents for value in inner.values()]
        self._coefficients = _function(flat, symbols)
        with_traces = [*symbols, *own.traces.values()]
        self._equations = _function([own.equations[name] for name in names], with_traces)
        self._needed = self._words_of([own.equations[name] for name in within])
        self._seen: tuple[Polynomials, dict[Word, complex]] = ([], {})
        self._value = _function(list(own.value.values()), with_traces)

    def bound(self, known: list[complex]) -> _Compiled:
        """The same with numbers for the other symbols."""
        found = copy(self)
        found._known, found._seen = known, ([], {})
        return found

    def resolvents(self, u: np.ndarray, size: float) -> Polynomials:
        """Polynomials of the resolvents."""
        numbers = iter(self._coefficients([*u, size, *self._known]))
        return [{word: next(numbers) for word in inner} for inner in self._own.resolvents]

    def _words_of(self, expressions: Sequence[sp.Expr]) -> set[Word]:
        """Words whose traces occur."""
        inside = set().union(*(value.free_symbols for value in expressions))
        return {word for word, symbol in self._own.traces.items() if symbol in inside}

    def _arguments(self, u: np.ndarray, size: float, words: Collection[Word]) -> list[complex]:
        """Numbers for all symbols; traces of other words are left 0."""
        resolvents = self.resolvents(u, size)
        if self._seen[0] != resolvents:
            self._seen = resolvents, {}
        known = self._seen[1]
        for word in words:
            if word not in known:
                known[word] = self._words.trace(word, resolvents)
        return [*u, size, *self._known, *(known.get(word, 0.0) for word in self._own.traces)]

    def residual(self, u: np.ndarray, size: float) -> np.ndarray:
        """f(u, t) - u, of all scalars or of those alone that determine the resolvents."""
        count = len(u)
        every = count == len(self.names)
        whole = np.concatenate([u, np.zeros(len(self.names) - count)])
        numbers = self._equations(
            self._arguments(whole, size, self._own.traces if every else self._needed)
        )
        return np.array(numbers[:count]) - u

    def completed(self, u: np.ndarray) -> np.ndarray:
        """All scalars at the end.

        Raises
        ------
        ConvergenceError
            If the equations of those outside of resolvents have no one solution.
        """
        start = np.concatenate([u, np.zeros(len(self.names) - len(u))])
        found = _newton(self, start, 1.0) if len(start) else start
        if found is None:
            raise ConvergenceError(
                "the scalars of products of resolvents are not determined: 1 - γ df₂ or its like "
                "vanishes, as it does at an edge of the spectrum; change the ridge"
            )
        return found

    def finished(self, u: np.ndarray) -> tuple[Polynomials, dict[Word, complex]]:
        """Resolvents and the coefficients of the equivalent at the end."""
        words = self._words_of(list(self._own.value.values()))
        numbers = self._value(self._arguments(u, 1.0, words))
        return self.resolvents(u, 1.0), dict(zip(self._own.value, numbers, strict=True))


def _function(
    expressions: Sequence[sp.Expr], symbols: Sequence[sp.Symbol]
) -> Callable[[Sequence[complex]], list[complex]]:
    """Complex numbers of all expressions at numbers for the symbols."""
    compiled = compile_numpy(sp.Tuple(*expressions), symbols)
    return lambda numbers: [complex(value) for value in compiled(*map(np.complex128, numbers))]


def _lowered(system: _Compiled, numbers: Sequence[complex]) -> np.ndarray:
    """The scalars at size 1, with complex numbers moved up first and down to their heights after.

    Near the axis, spectra that pass below on the way are narrow, and steps may leap over them to
    another solution; above they are as wide as high, and so they are at size 1 on the way down.
    """
    above = [abs(v) / abs(v.imag) for v in numbers if v.imag]
    height = max([1.0, *above]) if system.count else 1.0

    def at(factor: float) -> _Compiled:
        return system.bound([complex(v.real, factor * v.imag) for v in numbers])

    u: np.ndarray | None = _followed(at(height), _CONTRACTION if above else _STAYING)
    shrink = _LOWER
    while u is not None and height > 1:
        lower = max(1.0, height * shrink)
        found = _newton(at(lower), u, 1.0, _CONTRACTION)
        if found is not None:
            u, height, shrink = found, lower, max(_LOWER, shrink**1.5)
        else:
            shrink = shrink**0.5
            u = u if shrink < 1 / _LEAST_GROWTH else None
    if u is None:
        raise ConvergenceError(
            f"the scalars could not be followed below {height:.3g} times the imaginary parts of "
            "the parameters: an inverse meets the spectrum; move its argument off the axis"
        )
    return u


def _followed(system: _Compiled, contraction: float) -> np.ndarray:
    """The scalars at size 1."""
    # not 0 itself, where coefficients of resolvents may be infinite
    u = np.full(system.count, _FIRST**2, dtype=complex)
    if not system.count:
        return u
    size, growth = _FIRST, _GROWTH
    with np.errstate(all="ignore"):
        for _ in range(_EARLY):
            u = u + system.residual(u, size)
    u = _newton(system, u, size)
    while u is not None and size < 1:
        further = min(1.0, size * growth)
        found = _newton(system, u, further, contraction)
        if found is not None:
            u, size, growth = found, further, min(_GROWTH, growth**1.5)
        else:
            growth = growth**0.5
            u = u if growth > _LEAST_GROWTH else None
    if u is None:
        raise ConvergenceError(
            f"the scalars could not be followed beyond {size:.3g} times the variances of the "
            "random letters: an inverse meets the spectrum; move its argument off the axis or "
            "change the ridge"
        )
    return u


def _newton(
    system: _Compiled, u: np.ndarray, size: float, contraction: float = _STAYING
) -> np.ndarray | None:
    """The solution near u; None if the steps do not contract to it."""
    last = np.inf
    with np.errstate(all="ignore"):
        for _ in range(_STEPS):
            residual = system.residual(u, size)
            slopes = np.empty((len(u), len(u)), dtype=complex)
            # what a scalar misses is its size where it starts from 0
            sizes = np.maximum(np.abs(u), np.abs(residual))
            sizes = np.where(sizes > 0, sizes, max(sizes.max(), _SLOPE))
            for k in range(len(u)):
                moved = u.copy()
                moved[k] += _SLOPE * sizes[k]
                slopes[:, k] = (system.residual(moved, size) - residual) / (moved[k] - u[k])
            if not (np.isfinite(slopes).all() and np.isfinite(residual).all()):
                return None
            try:
                step = np.linalg.solve(slopes, -residual)
            except np.linalg.LinAlgError:
                return None
            u = u + step
            change = np.abs(step).max() / max(np.abs(u).max(), 1e-300)
            if change < _SETTLED:
                return u
            if change > contraction * last:
                return None
            last = change
    return None


def traced(
    energies: SelfEnergies, resolvents: Sequence[Written], value: Mapping[Word, Any]
) -> dict[Word, Any]:
    """Coefficients of an equivalent by the cyclic words whose traces they stand before."""
    from freeprob.exact.algebra.door import ring

    algebra = Algebra(ring([]), energies.letters, list(resolvents))
    found: dict[Word, Any] = {}
    for word, coefficient in value.items():
        key = algebra.cyclic(word)
        found[key] = found[key] + coefficient if key in found else coefficient
    return found


def at_points(
    number: Callable[[object], complex], values: Mapping[sp.Symbol, object] | None
) -> Any:
    """A number at values, or an array of them where values are arrays."""
    given = mapping(values, "values", "{gamma: 1}")
    listed = {s: v for s, v in given.items() if np.ndim(v)}
    if not listed:
        return real_part(np.asarray(number(values))).item()
    try:
        tables = np.broadcast_arrays(*listed.values())
    except ValueError as error:
        raise InvalidParameterError(f"the arrays of values do not fit: {error}") from error
    points = (
        {**given, **dict(zip(listed, (v.item() for v in point), strict=True))}
        for point in zip(*(table.ravel() for table in tables), strict=True)
    )
    found = np.array([number(point) for point in points])
    return real_part(found).reshape(tables[0].shape)


def real_part(value: np.ndarray) -> np.ndarray:
    """Without imaginary parts where all are 0, as they are for real arguments."""
    return np.real(value) if not np.any(np.imag(value)) else value
