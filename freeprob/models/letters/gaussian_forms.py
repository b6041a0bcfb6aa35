"""Deterministic letters of laws that Gaussian matrices have."""

from __future__ import annotations

import sympy as sp

from freeprob.laws.base import Law
from freeprob.laws.named.compound_free_poisson import CompoundFreePoisson
from freeprob.laws.named.free_poisson import FreePoisson
from freeprob.laws.named.marchenko_pastur import MarchenkoPastur
from freeprob.laws.named.semicircle import Semicircle
from freeprob.laws.operations.maps import Dilate, Shift
from freeprob.models.letters.gaussian_letters import GOE, Ginibre
from freeprob.models.letters.letters import letters_of
from freeprob.models.letters.random_matrix import RandomMatrix
from freeprob.models.letters.spectral_letters import Deterministic


def gaussian_letters(expr: sp.MatrixExpr, kept: RandomMatrix | None = None) -> sp.MatrixExpr:
    """Deterministic letters of laws that Gaussian matrices have, written by Gaussian letters.

    One letter may be kept as it is.
    """
    values = {
        letter: written
        for letter in letters_of(expr)
        if isinstance(letter, Deterministic)
        and letter != kept
        and (written := _written(letter.name, letter.law, letter.shape[0])) is not None
    }
    return expr.xreplace(values).doit() if values else expr


def _written(name: str, law: Law, n: sp.Expr) -> sp.MatrixExpr | None:
    """A matrix expression with the given law, or None."""
    own = f"{name}′"
    if isinstance(law, Semicircle):
        variance, mean = law.args
        return GOE(own, n, variance) + mean * sp.Identity(n)
    if isinstance(law, MarchenkoPastur):
        ratio, variance = law.args
        X = Ginibre(own, n, n / ratio, variance * ratio / n)
        return X * X.T
    if isinstance(law, FreePoisson):
        rate, jump = law.args
        X = Ginibre(own, n, n * rate, 1 / n)
        return jump * X * X.T
    if isinstance(law, CompoundFreePoisson):
        rate, jumps = law.args
        X = Ginibre(own, n, n * rate, 1 / n)
        return X * Deterministic(f"{own}′", jumps, n * rate) * X.T
    if isinstance(law, Dilate | Shift):
        inner, number = law.args
        inside = _written(name, inner, n)
        if inside is None:
            return None
        return number * inside if isinstance(law, Dilate) else inside + number * sp.Identity(n)
    return None
