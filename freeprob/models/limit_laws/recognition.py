"""Expressions whose law the core knows outright: free sums, products, Gram matrices, inverses.

A part whose letters occur nowhere else is free from the rest. So sums over disjoint letters are
free sums, X M Xᵀ with an independent Gaussian X is compound free Poisson, A M A and √A M √A are
free products, and any part under an inverse may stand as a deterministic letter of its own law.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from typing import final

import sympy as sp

from freeprob.errors import UndefinedOperationError
from freeprob.laws.base import Law
from freeprob.laws.named.compound_free_poisson import CompoundFreePoisson
from freeprob.laws.named.marchenko_pastur import MarchenkoPastur
from freeprob.laws.named.semicircle import Semicircle
from freeprob.laws.operations.free_product import boxtimes
from freeprob.laws.operations.free_sum import boxplus
from freeprob.models.letters.gaussian_letters import Ginibre, WignerLetter
from freeprob.models.letters.haar_letters import HaarLetter
from freeprob.models.letters.letters import letters_of
from freeprob.models.letters.random_matrix import RandomMatrix
from freeprob.models.letters.spectral_letters import (
    Deterministic,
    JointlyDiagonal,
    SpectralLetter,
)
from freeprob.models.letters.spikes import FixedRank
from freeprob.models.limit_laws.functions import image_law

Unit = Mapping[sp.Expr, sp.Expr]
General = Callable[[sp.MatrixExpr], Law]
"""The law of a self-adjoint expression by its own equations, whatever it is."""


def known_law(expr: sp.MatrixExpr, unit: Unit, general: General) -> Law | None:
    """The law of a self-adjoint expression that operations on laws describe, else None.

    Parameters
    ----------
    expr
        A checked expression.
    unit
        Values of growing dimensions that scale out.
    general
        Gives the laws of free parts for which there is no operation.
    """
    if expr.has(sp.BlockMatrix):
        return None
    return _Reader(unit, general).law(expr)


@final
class _Reader:
    """Recursion over the tree; every answer is None where no rule applies."""

    def __init__(self, unit: Unit, general: General) -> None:
        self._unit, self._general = dict(unit), general

    def scalar(self, value: sp.Expr) -> sp.Expr:
        """A scalar with the growing dimension scaled out."""
        return sp.sympify(value).xreplace(self._unit)

    def law(self, expr: sp.MatrixExpr) -> Law | None:
        """The law of one expression."""
        if isinstance(expr, RandomMatrix):
            return self._letter(expr)
        if isinstance(expr, sp.MatAdd):
            return self._sum(expr)
        if isinstance(expr, sp.MatMul):
            return self._product(expr)
        if isinstance(expr, sp.MatPow):
            return self._power(expr)
        return None

    def _letter(self, letter: RandomMatrix) -> Law | None:
        if isinstance(letter, WignerLetter):
            return Semicircle(self.scalar(letter.variance))
        if isinstance(letter, SpectralLetter):
            return letter.law
        return None

    def _sum(self, expr: sp.MatAdd) -> Law | None:
        """Free sum over groups of terms with disjoint letters, shifted by multiples of 1."""
        shift, groups = sp.S.Zero, []
        for term in expr.args:
            own = self._identity(term)
            if own is not None:
                shift += own
                continue
            names = families(term)
            joined = [group for group in groups if group[0] & names]
            groups = [group for group in groups if not group[0] & names]
            merged = names.union(*(group[0] for group in joined))
            groups.append((merged, [t for group in joined for t in group[1]] + [term]))
        if not groups or (len(groups) == 1 and shift == 0):
            return None
        parts = [self.part(sp.MatAdd(*terms).doit(deep=False)) for _, terms in groups]
        laws = [found for found in parts if found is not None]
        if len(laws) < len(parts):
            return None
        return (laws[0] if len(laws) == 1 else boxplus(*laws)).shift(shift)

    def part(self, expr: sp.MatrixExpr) -> Law | None:
        """A law of one free part: by rule, or by its own pencil."""
        found = image_law(expr, self._unit) or self.law(expr)
        if found is not None:
            return found
        try:
            return self._general(expr)
        except UndefinedOperationError:
            # not self-adjoint by itself: the terms belong together
            return None

    def _identity(self, term: sp.MatrixExpr) -> sp.Expr | None:
        """The factor of a multiple of the identity."""
        if isinstance(term, sp.Identity):
            return sp.S.One
        if isinstance(term, sp.MatMul):
            coefficient, matrices = term.as_coeff_matrices()
            if all(isinstance(matrix, sp.Identity) for matrix in matrices):
                return self.scalar(coefficient)
        return None

    def _power(self, expr: sp.MatPow) -> Law | None:
        if not expr.exp.is_Integer:
            return None
        if expr.exp < 0:
            inside = self.part(expr.base)
            found = None if inside is None else inside.inverse()
            return found if found is None or expr.exp == -1 else _raised(found, -expr.exp)
        inside = self.part(expr.base) if expr.exp == 2 else None
        return None if inside is None else _raised(inside, expr.exp)

    def _product(self, expr: sp.MatMul) -> Law | None:
        """A scalar times L M L* with an outer letter L that M does not contain."""
        coefficient, matrices = expr.as_coeff_matrices()
        factor = self.scalar(coefficient)
        if factor.is_real is False or factor.has(sp.I):
            return None
        if len(matrices) == 1:
            inside = self.law(matrices[0])
            return None if inside is None else inside.dilate(factor)
        first, last, middle = matrices[0], matrices[-1], matrices[1:-1]
        if first.adjoint() != last:
            return None
        inner = sp.MatMul(*middle).doit(deep=False) if middle else sp.Identity(first.shape[1])
        outer = families(first)
        if outer & families(inner):
            return None
        return self._sandwich(first, inner, factor)

    def _sandwich(self, first: sp.MatrixExpr, inner: sp.MatrixExpr, factor: sp.Expr) -> Law | None:
        """The law of factor · L M L*."""
        letter = first.arg if isinstance(first, sp.Transpose | sp.Adjoint) else first
        trivial = isinstance(inner, sp.Identity)
        if isinstance(letter, Ginibre):
            rows, columns = (self.scalar(size) for size in first.shape)
            variance = factor * self.scalar(letter.variance)
            if trivial:
                return MarchenkoPastur(rows / columns).dilate(variance * columns)
            jumps = self.part(inner)
            if jumps is None:
                return None
            return CompoundFreePoisson(columns / rows, jumps.dilate(variance * rows))
        inside = None if trivial else self.part(inner)
        if inside is None and not trivial:
            return None
        if isinstance(letter, HaarLetter):
            return inside.dilate(factor) if inside is not None else None
        if inside is None:
            return None
        if isinstance(first, sp.MatPow) and (2 * first.exp).is_Integer:
            # only the square of the outer matrix counts, and that has no root
            outer = self.part(sp.MatPow(first.base, 2 * first.exp).doit(deep=False))
            if outer is not None and outer.on_half_line:
                return boxtimes(outer, inside).dilate(factor)
            return None
        if isinstance(first, RandomMatrix):
            outer = self._letter(first)
            if outer is not None and inside.on_half_line:
                return boxtimes(outer.square(), inside).dilate(factor)
        return None


def _raised(law: Law, exponent: sp.Integer) -> Law | None:
    """A power of a law, by repeated squares."""
    if exponent == 1:
        return law
    return law.square() if exponent == 2 else None


def families(expr: sp.Basic) -> frozenset[str]:
    """Names of the free families that occur; jointly diagonal letters are one family."""
    return frozenset(
        "|".join(letter.family) if isinstance(letter, JointlyDiagonal) else letter.name
        for letter in letters_of(expr)
    )


def abstracted(
    expr: sp.MatrixExpr, unit: Unit, general: General, kept: RandomMatrix | None = None
) -> sp.MatrixExpr:
    """Inverses of parts that are free from the rest, replaced by letters of their law.

    Spikes, which no law sees, and one more letter are kept.
    """
    nodes = [
        node
        for node in sp.preorder_traversal(expr)
        if isinstance(node, sp.MatPow)
        and node.exp.is_Integer
        and node.exp < 0
        and not any(isinstance(one, FixedRank) or one == kept for one in letters_of(node))
    ]
    for node in nodes:
        rest = expr.xreplace({node: sp.Identity(node.shape[0])})
        if families(node) & families(rest) or expr == node:
            continue
        found = _Reader(unit, general).part(node)
        if found is not None:
            taken = [letter.name for letter in letters_of(expr)]
            name = reduce(lambda text, _: text + "′", taken, "inverse")
            letter = Deterministic(name, found, node.shape[0])
            return abstracted(expr.xreplace({node: letter}), unit, general, kept)
    return expr
