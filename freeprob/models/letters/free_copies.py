"""Random rotations that only rotate: free copies take their place.

A Haar matrix U that is independent of all else makes {U M U*} free from everything without U, and
leaves the joint law of the M alone: where U stands in no other way, letters inside become letters
of new names. A word in Haar matrices that is not 1 is a Haar unitary itself, and the transpose of a
complex invariant matrix is free from the matrix.
Source: Voiculescu 1991; Mingo-Popa 2016 (transposes).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from math import gcd

import sympy as sp

from freeprob.models.letters.gaussian_letters import GUE, Ginibre
from freeprob.models.letters.haar_letters import HaarLetter, HaarUnitary
from freeprob.models.letters.letters import letters_of
from freeprob.models.letters.random_matrix import RandomMatrix
from freeprob.models.letters.spectral_letters import JointlyDiagonal

Word = tuple[tuple[RandomMatrix, bool], ...]


def with_free_copies(expr: sp.MatrixExpr) -> sp.MatrixExpr:
    """The expression with the same limits of traces and as few Haar letters as possible.

    Parameters
    ----------
    expr
        A matrix expression in random letters.
    """
    expr, known = _transposed(expr), None
    while known != expr:
        known = expr
        for letter in letters_of(expr):
            if isinstance(letter, HaarLetter):
                expr = _without(expr, letter)
    return _one_rotation(expr)


def _without(expr: sp.MatrixExpr, letter: RandomMatrix) -> sp.MatrixExpr:
    """The expression without a Haar letter that only rotates, else as it is."""
    for first, last in ((letter, letter.adjoint()), (letter.adjoint(), letter)):
        found = _stripped(expr, letter, first, last)
        if letter not in letters_of(found):
            return found
    return expr


def fresh_name(name: str, taken: Iterable[str]) -> str:
    """A name that no letter has."""
    names = set(taken)
    while name in names:
        name += "′"
    return name


def renamed(letter: RandomMatrix, mark: str) -> RandomMatrix:
    """An independent copy; letters of one family stay a family."""
    if isinstance(letter, JointlyDiagonal):
        family = sp.Tuple(*(type(letter.args[0])(f"{name}{mark}") for name in letter.family))
        return JointlyDiagonal(f"{letter.name}{mark}", family, *letter.args[2:])
    return letter.func(f"{letter.name}{mark}", *letter.args[1:])


def _transposed(expr: sp.MatrixExpr) -> sp.MatrixExpr:
    """Transposes of complex letters as letters of their own."""
    moved: dict[sp.Basic, sp.MatrixExpr] = {}
    for part in sp.preorder_traversal(expr):
        if not isinstance(part, sp.Transpose) or not isinstance(
            part.arg, Ginibre | GUE | HaarLetter
        ):
            continue
        letter = part.arg
        if letter.complex_entries:
            name = f"{letter.name}ᵀ"
            if isinstance(letter, Ginibre):
                rows, columns = letter.shape
                moved[part] = Ginibre(name, columns, rows, *letter.args[3:])
            else:
                moved[part] = letter.func(name, *letter.args[1:])
    return expr.xreplace(moved) if moved else expr


def _stripped(
    expr: sp.MatrixExpr, letter: RandomMatrix, first: sp.MatrixExpr, last: sp.MatrixExpr
) -> sp.MatrixExpr:
    """Every first M last replaced by a copy of M."""
    if not expr.has(letter) or isinstance(expr, RandomMatrix):
        return expr
    if not isinstance(expr, sp.MatMul):
        return _rebuilt(expr, lambda part: _stripped(part, letter, first, last))
    coefficient, factors = expr.as_coeff_matrices()
    done: list[sp.MatrixExpr] = []
    place = 0
    while place < len(factors):
        end = next((k for k in range(place + 1, len(factors)) if factors[k] == last), None)
        if factors[place] == first and end is not None:
            done.append(_copied(factors[place + 1 : end], letter))
            place = end + 1
        else:
            done.append(_stripped(factors[place], letter, first, last))
            place += 1
    return sp.MatMul(coefficient, *done).doit(deep=False)


def _copied(inside: Sequence[sp.MatrixExpr], letter: RandomMatrix) -> sp.MatrixExpr:
    """A product's copy that is free from everything without the Haar letter."""
    if not inside:
        return sp.Identity(letter.shape[0])
    product = sp.MatMul(*inside).doit(deep=False)
    return product.xreplace({one: renamed(one, f"′{letter.name}") for one in letters_of(product)})


def _one_rotation(expr: sp.MatrixExpr) -> sp.MatrixExpr:
    """One Haar unitary for a word, where all runs of Haar letters are powers of that word."""
    seen: list[Word] = []

    def noted(run: Word) -> list[sp.MatrixExpr] | None:
        seen.append(run)
        return None

    _with_runs(expr, noted)
    found = [_root(run) for run in seen if run]
    if not found:
        return expr
    root, _ = found[0]
    if any(other not in (root, _inverse(root)) for other, _ in found):
        return expr
    step = gcd(*(power for _, power in found))
    if len(root) * step == 1:
        return expr
    names = tuple(letter.name for letter in letters_of(expr))
    name = fresh_name("".join(letter.name for letter, _ in root) + "′", names)
    single = HaarUnitary(name, root[0][0].shape[0])

    def written(run: Word) -> list[sp.MatrixExpr]:
        if not run:
            return []
        own, power = _root(run)
        return [single if own == root else sp.Adjoint(single)] * (power // step)

    return _with_runs(expr, written)


def _with_runs(
    expr: sp.MatrixExpr, written: Callable[[Word], list[sp.MatrixExpr] | None]
) -> sp.MatrixExpr:
    """The expression with each longest run of Haar letters written anew, or left for None."""
    if not isinstance(expr, sp.MatrixExpr) or isinstance(expr, sp.Identity | sp.ZeroMatrix):
        return expr
    own = _word(expr)
    if own is None and isinstance(expr, RandomMatrix):
        return expr
    if own is None and not isinstance(expr, sp.MatMul):
        return _rebuilt(expr, lambda part: _with_runs(part, written))
    coefficient, factors = (sp.S.One, [expr]) if own is not None else expr.as_coeff_matrices()
    done: list[sp.MatrixExpr] = []
    words = [_word(factor) for factor in factors]
    for is_run, group in groupby(
        zip(words, factors, strict=True), lambda pair: pair[0] is not None
    ):
        pairs = list(group)
        if not is_run:
            done += [_with_runs(factor, written) for _, factor in pairs]
            continue
        new = written(_cancelled([one for word, _ in pairs for one in word or ()]))
        done += [factor for _, factor in pairs] if new is None else new
    if not done:
        return coefficient * sp.Identity(expr.shape[0])
    return sp.MatMul(coefficient, *done).doit(deep=False)


def _rebuilt(
    expr: sp.MatrixExpr, change: Callable[[sp.MatrixExpr], sp.MatrixExpr]
) -> sp.MatrixExpr:
    """The operation on changed operands."""
    if isinstance(expr, sp.BlockMatrix):
        return sp.BlockMatrix(sp.Matrix(*expr.blockshape, lambda i, j: change(expr.blocks[i, j])))
    return expr.func(
        *(change(part) if isinstance(part, sp.MatrixExpr) else part for part in expr.args)
    )


def _word(expr: sp.MatrixExpr) -> Word | None:
    """Haar letters and adjoints whose product it is."""
    if isinstance(expr, HaarLetter):
        return ((expr, False),)
    if isinstance(expr, sp.Transpose | sp.Adjoint):
        inside = _word(expr.arg)
        complex_entries = any(letter.complex_entries for letter, _ in inside or ())
        if inside is None or (isinstance(expr, sp.Transpose) and complex_entries):
            return None
        return _inverse(inside)
    if isinstance(expr, sp.MatPow) and expr.exp.is_Integer:
        inside = _word(expr.base)
        if inside is None:
            return None
        return (inside if expr.exp > 0 else _inverse(inside)) * abs(int(expr.exp))
    if isinstance(expr, sp.MatMul):
        coefficient, factors = expr.as_coeff_matrices()
        words = [_word(factor) for factor in factors]
        if coefficient == 1 and None not in words:
            return tuple(one for word in words for one in word or ())
    return None


def _inverse(word: Word) -> Word:
    return tuple((letter, not starred) for letter, starred in reversed(word))


def _cancelled(word: Sequence[tuple[RandomMatrix, bool]]) -> Word:
    """The reduced word: U U* is 1."""
    done: list[tuple[RandomMatrix, bool]] = []
    for letter, starred in word:
        if done and done[-1] == (letter, not starred):
            done.pop()
        else:
            done.append((letter, starred))
    return tuple(done)


def _root(word: Word) -> tuple[Word, int]:
    """The shortest word of which it is a power, and the exponent."""
    size = len(word)
    step = next(k for k in range(1, size + 1) if size % k == 0 and word[:k] * (size // k) == word)
    return word[:step], size // step
