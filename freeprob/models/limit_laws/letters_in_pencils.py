"""Which resolvent of a pencil belongs to which of its deterministic letters."""

from __future__ import annotations

from collections.abc import Mapping

import sympy as sp

from freeprob.errors import InvalidParameterError, UndefinedOperationError
from freeprob.models.dyson.dyson import (
    Dyson,
    Rotation,
    Spectral,
    dyson_of,
    factored,
    family_of,
)
from freeprob.models.letters.random_matrix import RandomMatrix
from freeprob.models.letters.spectral_letters import SpectralLetter
from freeprob.models.letters.spikes import FixedRank
from freeprob.models.pencils.minimal import Pencil
from freeprob.models.solutions.conditional import (
    Conditional,
    of_family,
    of_fixed_rank,
    of_rectangular,
    perturbation_of,
)
from freeprob.models.solutions.coupled import Coupled

_LEVEL = 0.37  # of a quantile that lies inside a cut and not between two of equal mass


def conditional_of(
    pencil: Pencil, unit: Mapping[sp.Expr, sp.Expr], letter: RandomMatrix, found: Coupled
) -> Conditional:
    """The resolvent on the eigenvectors of a letter.

    Parameters
    ----------
    pencil
        Of the whole matrix, the letter among its letters.
    unit
        Values of growing dimensions that scale out.
    letter
        A spike, or a deterministic letter with a law.
    found
        The coupled system of the pencil.

    Raises
    ------
    InvalidParameterError
        If the letter is no such letter, or does not occur.
    UndefinedOperationError
        If it has common eigenvectors with other letters that occur.
    """
    dyson = dyson_of(pencil, unit)
    if isinstance(letter, FixedRank):
        return _of_fixed_rank(pencil, dyson, found, letter, unit)
    family = _family(dyson, letter)
    return of_family(found, pencil, family, base_of(family))


def _of_fixed_rank(
    pencil: Pencil,
    dyson: Dyson,
    found: Coupled,
    letter: FixedRank,
    unit: Mapping[sp.Expr, sp.Expr],
) -> Conditional:
    real = not any(key.letter.complex_entries for key in pencil.coefficients)
    moving = perturbation_of(found, dyson) if real and not pencil.scalars.complex else None
    keys = [key for key in pencil.coefficients if key.letter == letter and not key.starred]
    if letter.self_adjoint:
        return of_fixed_rank(found, pencil, family_of(pencil, keys), moving)
    rows, columns = (size.xreplace(dict(unit)) for size in letter.shape)
    (key,) = keys
    sides = Rotation(*factored(pencil.coefficients[key], pencil.size, pencil.scalars))
    return of_rectangular(found, pencil, sides, columns / rows, moving)


def _family(dyson: Dyson, letter: RandomMatrix) -> Spectral:
    """The family of one letter, which it has for itself."""
    if not isinstance(letter, SpectralLetter):
        raise InvalidParameterError(
            f"{letter} has no eigenvalues of its own to move: a part is a letter with a law, such "
            "as Deterministic or Projection, or a Spike"
        )
    for family in dyson.spectral:
        if letter in family.letters:
            if len(family.letters) > 1:
                others = ", ".join(str(other) for other in family.letters if other != letter)
                raise UndefinedOperationError(
                    f"{letter} has its eigenvectors in common with {others}, so that its "
                    "eigenvalue cannot be moved alone: write them as functions of one "
                    "Deterministic letter, such as A*A"
                )
            return family
    raise InvalidParameterError(
        f"{letter} stands in the law only through a rotation, a function or an inverse that was "
        "put in its place: write the expression with the letter itself"
    )


def base_of(family: Spectral) -> sp.Expr:
    """A point of the support of a letter's law."""
    if family.atoms is not None:
        ((place,), _) = family.atoms[0]
        return place
    atoms = family.law.atoms()
    return min(atoms, key=float) if atoms else sp.Rational(float(family.law.quantile(_LEVEL)))
