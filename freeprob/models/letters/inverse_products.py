"""Products of inverses as inverses of products, and the projections among them.

SymPy writes (X Y)⁻¹ as Y⁻¹ X⁻¹ where both are square. Together they are one inverse, which may be
a bounded matrix or a known one where its factors are neither.
"""

from __future__ import annotations

import sympy as sp

from freeprob.models.letters.gaussian_letters import Ginibre
from freeprob.models.letters.letters import letters_of
from freeprob.models.letters.spectral_letters import Projection


def with_joined_inverses(expr: sp.MatrixExpr) -> sp.MatrixExpr:
    """Neighbouring inverses joined, L (L* L)⁻¹ L* of a Gaussian L written as a projection."""
    if not isinstance(expr, sp.MatrixExpr) or isinstance(expr, sp.MatrixSymbol):
        return expr
    if isinstance(expr, sp.BlockMatrix):
        rows, columns = expr.blockshape
        changed = [
            [with_joined_inverses(expr.blocks[i, j]) for j in range(columns)] for i in range(rows)
        ]
        return sp.BlockMatrix(changed)
    parts = [with_joined_inverses(part) for part in expr.args]
    if not isinstance(expr, sp.MatMul):
        return expr.func(*parts) if parts != list(expr.args) else expr
    coefficient, factors = sp.MatMul(*parts).as_coeff_matrices()
    done: list[sp.MatrixExpr] = []
    for factor in factors:
        if done and _is_inverse(factor) and _is_inverse(done[-1]):
            product = sp.MatMul(factor.base, done.pop().base)
            done.append(sp.MatPow(product, sp.S.NegativeOne))
        else:
            done.append(factor)
    return sp.MatMul(coefficient, *done).doit(deep=False) if done != list(expr.args) else expr


def _is_inverse(expr: sp.MatrixExpr) -> bool:
    return isinstance(expr, sp.MatPow) and expr.exp == -1


def with_projections(expr: sp.MatrixExpr) -> sp.MatrixExpr:
    """L (L* L)⁻¹ L* as a projection onto the range of L, for a tall Gaussian L used only there.

    Powers of projections are the projections.
    """
    powers = (p for p in expr.atoms(sp.MatPow) if p.exp.is_positive)
    known = {p: p.base for p in powers if isinstance(p.base, Projection)}
    expr = expr.xreplace(known) if known else expr
    for letter in letters_of(expr):
        if not isinstance(letter, Ginibre):
            continue
        for tall in (letter, letter.adjoint()):
            rows, columns = tall.shape
            trace = sp.cancel(columns / rows)
            if not (trace.is_positive and (1 - trace).is_positive):
                continue
            projection = Projection(f"{letter.name}′", trace, rows)
            found = _put(expr, tall, projection)
            if letter not in letters_of(found):
                expr = found
    return expr


def _put(expr: sp.MatrixExpr, tall: sp.MatrixExpr, projection: Projection) -> sp.MatrixExpr:
    """The projection for each L (L* L)⁻¹ L*."""
    if not isinstance(expr, sp.MatrixExpr) or isinstance(expr, sp.MatrixSymbol):
        return expr
    if isinstance(expr, sp.BlockMatrix):
        return sp.BlockMatrix(
            sp.Matrix(*expr.blockshape, lambda i, j: _put(expr.blocks[i, j], tall, projection))
        )
    if not isinstance(expr, sp.MatMul):
        return expr.func(*(_put(part, tall, projection) for part in expr.args))
    wanted = (tall, (tall.adjoint() * tall).inverse(), tall.adjoint())
    coefficient, factors = expr.as_coeff_matrices()
    done, place = [], 0
    while place < len(factors):
        if tuple(factors[place : place + 3]) == wanted:
            done.append(projection)
            place += 3
        else:
            done.append(_put(factors[place], tall, projection))
            place += 1
    return sp.MatMul(coefficient, *done).doit(deep=False)
