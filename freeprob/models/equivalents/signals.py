"""A rational matrix expression as linear equations between signals.

To apply r to a vector v, follow v through its factors: every inverse M⁻¹ s is an unknown q with
M q = s, and every random letter x that meets a vector w makes a vector u = x w. Deterministic
letters act as they are, so all equations are linear over the algebra of these.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias, final

import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixSymbol

from freeprob.errors import InvalidParameterError, UndefinedOperationError
from freeprob.models.equivalents.words import Algebra, Element
from freeprob.models.letters.gaussian_letters import Ginibre
from freeprob.models.letters.haar_letters import HaarLetter
from freeprob.models.letters.letters import refuse_operation, refuse_unknown
from freeprob.models.letters.random_matrix import RandomMatrix
from freeprob.models.letters.spectral_letters import SpectralLetter
from freeprob.models.pencils.realization import Key


class Signal(NamedTuple):
    """A vector: ``v`` the source, ``w`` into and ``u`` out of a random letter, ``q`` inverted."""

    kind: str
    number: int


Combination: TypeAlias = dict[Signal, Element]

SOURCE = Signal("v", 0)


@final
@dataclass
class Signals:
    """Equations, each a combination that vanishes, by the signal that it is solved for."""

    algebra: Algebra
    occurrences: list[Key] = field(default_factory=list)
    rows: dict[Signal, Combination] = field(default_factory=dict)

    def applied(self, expr: sp.MatrixExpr, signal: Combination) -> Combination:
        """What the matrix makes of a signal; new unknowns bring their equations."""
        if isinstance(expr, HaarLetter) or (isinstance(expr, RandomMatrix) and expr.gaussian):
            return self._random(Key(expr), signal)
        if isinstance(expr, SpectralLetter):
            return self._times(self.algebra.power(expr, sp.S.One), signal)
        if isinstance(expr, RandomMatrix):
            raise UndefinedOperationError(
                f"deterministic equivalents are known here for Gaussian and Haar letters next to "
                f"deterministic ones, and {expr} is a {type(expr).__name__}"
            )
        if isinstance(expr, MatrixSymbol):
            refuse_unknown(expr)
        if isinstance(expr, sp.Identity):
            return signal
        if isinstance(expr, sp.ZeroMatrix):
            return {}
        if isinstance(expr, sp.MatAdd):
            return self._sum([self.applied(term, signal) for term in expr.args])
        if isinstance(expr, sp.MatMul):
            return self._product(expr, signal)
        if isinstance(expr, sp.MatPow):
            return self._power(expr, signal)
        if isinstance(expr, sp.Transpose | sp.Adjoint):
            return self._adjoint(expr, signal)
        refuse_operation(expr)

    def _random(self, key: Key, signal: Combination) -> Combination:
        number = len(self.occurrences)
        self.occurrences.append(key)
        into = Signal("w", number)
        self.rows[into] = self._sum([{into: self.algebra.scalar(1)}, self._negative(signal)])
        return {Signal("u", number): self.algebra.scalar(1)}

    def _inverse(self, base: sp.MatrixExpr, signal: Combination) -> Combination:
        """Rotations, also at the ends of a product, have inverses of their own."""
        coefficient, factors = (
            base.as_coeff_matrices() if isinstance(base, sp.MatMul) else (sp.S.One, [base])
        )
        if any(map(_is_rotation, (factors[0], factors[-1]))):
            signal = self._times(self.algebra.scalar(1 / coefficient), signal)
            return self._unrotated(list(factors), signal)
        unknown = Signal("q", sum(known.kind == "q" for known in self.rows))
        self.rows[unknown] = {}  # takes the number before inner inverses do
        inside = self.applied(base, {unknown: self.algebra.scalar(1)})
        self.rows[unknown] = self._sum([inside, self._negative(signal)])
        return {unknown: self.algebra.scalar(1)}

    def _unrotated(self, factors: list[sp.MatrixExpr], signal: Combination) -> Combination:
        """The inverse of a product that begins or ends with a rotation."""
        if _is_rotation(factors[0]):
            signal, rest = self.applied(factors[0].adjoint(), signal), factors[1:]
            return self._inverse(_product_of(rest), signal) if rest else signal
        inside = self._inverse(_product_of(factors[:-1]), signal)
        return self.applied(factors[-1].adjoint(), inside)

    def _product(self, expr: sp.MatMul, signal: Combination) -> Combination:
        coefficient, matrices = expr.as_coeff_matrices()
        for matrix in reversed(matrices):
            signal = self.applied(matrix, signal)
        return self._times(self.algebra.scalar(coefficient), signal)

    def _power(self, expr: sp.MatPow, signal: Combination) -> Combination:
        base, exponent = expr.base, expr.exp
        if isinstance(base, SpectralLetter) and exponent.is_Rational:
            return self._times(self.algebra.power(base, exponent), signal)
        if not exponent.is_Integer:
            raise InvalidParameterError(
                f"{expr}: whole powers are defined for all matrices, fractions as exponents only "
                "for deterministic letters, as in Sigma**Rational(1, 2)"
            )
        for _ in range(abs(int(exponent))):
            signal = self._inverse(base, signal) if exponent < 0 else self.applied(base, signal)
        return signal

    def _adjoint(self, expr: sp.Transpose | sp.Adjoint, signal: Combination) -> Combination:
        """Moved down to the letters."""
        inside, turn = expr.arg, type(expr)
        if isinstance(inside, Ginibre | HaarLetter):
            if inside.complex_entries and turn is sp.Transpose:
                raise UndefinedOperationError(
                    f"{expr}: the transpose of a complex random matrix is no function of it and "
                    "its adjoint; use .adjoint()"
                )
            return self._random(Key(inside, True), signal)
        if isinstance(inside, RandomMatrix):
            return self.applied(inside, signal)
        if isinstance(inside, sp.MatMul):
            coefficient, matrices = inside.as_coeff_matrices()
            turned = sp.MatMul(coefficient, *(turn(matrix) for matrix in reversed(matrices)))
            return self.applied(turned, signal)
        if isinstance(inside, sp.MatAdd):
            return self.applied(sp.MatAdd(*(turn(term) for term in inside.args)), signal)
        if isinstance(inside, sp.MatPow):
            return self.applied(sp.MatPow(turn(inside.base), inside.exp), signal)
        if isinstance(inside, sp.Transpose | sp.Adjoint):
            return self.applied(inside.arg, signal)
        if isinstance(inside, sp.Identity):
            return signal
        refuse_operation(expr)

    def _times(self, factor: Element, signal: Combination) -> Combination:
        found = {name: self.algebra.product(factor, value) for name, value in signal.items()}
        return {name: value for name, value in found.items() if value}

    def _negative(self, signal: Combination) -> Combination:
        return {name: self.algebra.negative(value) for name, value in signal.items()}

    def _sum(self, signals: list[Combination]) -> Combination:
        return summed(self.algebra, signals)


def _product_of(factors: list[sp.MatrixExpr]) -> sp.MatrixExpr:
    return factors[0] if len(factors) == 1 else sp.MatMul(*factors)


def _is_rotation(expr: sp.Basic) -> bool:
    inside = expr.arg if isinstance(expr, sp.Transpose | sp.Adjoint) else expr
    return isinstance(inside, HaarLetter)


def summed(algebra: Algebra, signals: list[Combination]) -> Combination:
    """The sum of combinations."""
    found: Combination = {}
    for signal in signals:
        for name, value in signal.items():
            found[name] = algebra.total(found.get(name, {}), value)
    return {name: value for name, value in found.items() if value}


def solved(
    algebra: Algebra, rows: dict[Signal, Combination], wanted: tuple[Signal, ...]
) -> dict[Signal, Combination]:
    """Signals by their sources, by elimination.

    Inputs of random letters go first where a scalar stands before them, then what is inverted:
    its matrix has become the deterministic equivalent of the one inverted, and its inverse is a
    resolvent.
    """
    rows = dict(rows)
    known: list[tuple[Signal, Combination]] = []
    while rows:
        target = min(rows, key=lambda name: _cost(name, rows))
        row = rows.pop(target)
        if target not in row:
            raise UndefinedOperationError(
                "an inverse does not exist where the random letters vanish, around which the "
                "equations are expanded: add a ridge, as in (X*X.T/n + γ*Identity(p)).inverse()"
            )
        pivot = algebra.inverse(row.pop(target))
        value = {
            name: algebra.negative(algebra.product(pivot, factor)) for name, factor in row.items()
        }
        known.append((target, value))
        for name, other in rows.items():
            if target in other:
                rows[name] = _replaced(algebra, other, target, value)
    solution: dict[Signal, Combination] = {}
    for target, value in reversed(known):
        for name in [name for name in value if name in solution]:
            value = _replaced(algebra, value, name, solution[name])
        solution[target] = value
    return {name: solution[name] for name in wanted}


def _cost(name: Signal, rows: dict[Signal, Combination]) -> tuple[bool, bool, int, Signal]:
    """What is solved for first: behind a scalar, then in the shortest row."""
    pivot = rows[name].get(name, {})
    others = sum(other in rows for other in rows[name])
    return not (name.kind == "w" and set(pivot) == {()}), name.kind == "w", others, name


def _replaced(algebra: Algebra, row: Combination, name: Signal, value: Combination) -> Combination:
    """A combination with a signal written out."""
    rest = {other: factor for other, factor in row.items() if other != name}
    share = {other: algebra.product(row[name], inner) for other, inner in value.items()}
    return summed(algebra, [rest, share])
