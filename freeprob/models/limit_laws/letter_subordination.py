"""Subordination functions of the deterministic letters of a matrix expression."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import sympy as sp

from freeprob.errors import InvalidParameterError, UndefinedOperationError
from freeprob.exact.systems.operation import Point
from freeprob.laws.base import Law
from freeprob.laws.numbers.spectrum_for_numbers import require_points
from freeprob.laws.subordination.gap_places import gaps_of, reach_of
from freeprob.laws.subordination.subordination_values import own_equations
from freeprob.models.dyson.dyson import Dyson, Spectral
from freeprob.models.letters.random_matrix import RandomMatrix
from freeprob.models.limit_laws.letter_blocks import LetterBlock
from freeprob.models.limit_laws.letters_in_pencils import base_of
from freeprob.models.solutions.conditional import Conditional, subordination_of
from freeprob.models.solutions.coupled import Coupled
from freeprob.numeric.branch.functions import BranchFunction
from freeprob.numeric.distributions.evaluate import reflected
from freeprob.numeric.precision import FLOAT_DIGITS, rounded
from freeprob.numeric.programs.lowering import read_place
from freeprob.parameters import exact, names_of


def single_letters(dyson: Dyson, name: object) -> dict[RandomMatrix, Spectral]:
    """The deterministic letters that have their eigenvectors for themselves, at least one.

    Raises
    ------
    UndefinedOperationError
        If there is none.
    """
    found = {family.letters[0]: family for family in dyson.spectral if len(family.letters) == 1}
    if not found:
        raise UndefinedOperationError(
            f"{name} has no subordination functions: it has no deterministic letter with "
            "eigenvectors of its own"
        )
    return found


def values_of_letters(
    found: Coupled, dyson: Dyson, letters: Mapping[RandomMatrix, Spectral], z: Any, dps: int | None
) -> dict[RandomMatrix, Any]:
    """ω(z) of each letter: numbers, or matrices along two more axes."""
    require_points(z)
    values = {}
    for letter, family in letters.items():
        omega = subordination_of(found, dyson.pencil, family, base_of(family))
        entries = [
            reflected((own := BranchFunction(found.leaf(), entry)).floats, own.ball, z, dps)
            for entry in omega
        ]
        values[letter] = entries[0] if len(entries) == 1 else _table(entries, omega.rows, z, dps)
    return values


def _below(points: np.ndarray) -> np.ndarray:
    """Which points lie below the axis; exact ones may be beyond floats."""
    if points.dtype.kind in "biufc":
        return np.imag(points) < 0
    return np.array(
        [not (place := read_place(z)).is_real and place().imag < 0 for z in points.flat]
    )


def _table(entries: list[Any], size: int, z: Any, dps: int | None) -> np.ndarray:
    """Matrices from their entries, which below the axis are conjugates of those above."""
    table = np.array(entries, dtype=complex if dps is None else object)
    table = np.moveaxis(table.reshape(size, size, *np.shape(entries[0])), (0, 1), (-2, -1))
    below = np.ravel(_below(np.asarray(z)))
    turned = np.swapaxes(table, -2, -1)
    return np.where(below.reshape(np.shape(entries[0]))[..., None, None], turned, table)


def equations_of_letters(
    found: Coupled,
    dyson: Dyson,
    letters: Mapping[RandomMatrix, Spectral],
    system: list[sp.Eq],
    names: Mapping[Any, Any] | None,
) -> list[sp.Eq]:
    """The equations of the block traces, then for each letter its own and its ω.

    Parameters
    ----------
    found, dyson, letters
        The coupled system, its equation, and the letters.
    system
        The equations of the coupled system, in its own unknowns.
    names
        Symbols for ω by letter.
    """
    given = names_of(names, "{D: omega}", letters, "letters")
    equations = list(system)
    for letter, family in letters.items():
        omega = subordination_of(found, dyson.pencil, family, base_of(family), whole=True)
        size = omega.rows
        if size > 1:
            name = given.get(letter, sp.MatrixSymbol(f"omega_{letter.name}", size, size))
            equations.append(sp.Eq(name, omega, evaluate=False))
            continue
        name = given.get(letter, sp.Dummy(f"omega_{letter.name}"))
        equations += own_equations(family.law, Point(name, sp.Dummy(f"G_{letter.name}")))
        equations.append(sp.Eq(name, omega[0], evaluate=False))
    return equations


def preimages_of_letter(law: Law, seen: Conditional, value: Any, dps: int | None) -> list[Any]:
    """All real z outside the support where an eigenvalue of the letter would appear."""
    number = exact(value, "value")
    if number.free_symbols:
        raise InvalidParameterError(f"numbers need values, and {value} has symbols")
    reach, places = reach_of(law, [float(number)]), []
    if number == seen.base:
        return []
    for rows in seen.blocks:
        block = LetterBlock(seen, rows)
        found = block.appearances(block.pieces(gaps_of(law), reach), number)
        places += [rounded(place.location, dps or FLOAT_DIGITS) for place in found]
    return sorted(places) if dps is not None else sorted(map(float, places))
