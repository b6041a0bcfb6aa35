"""Functionals of a law: what their numbers need to know of its spectrum."""

from __future__ import annotations

from typing import Any

import numpy as np

from freeprob.errors import InvalidParameterError, UndefinedOperationError
from freeprob.laws.base import Law
from freeprob.laws.readings.spectrum_for_numbers import (
    atoms_of,
    cuts_of,
    require_numbers,
    require_points,
)
from freeprob.numeric.distributions import evaluate

_ROUNDING = 1e-14  # of 1 + γx, where an end of the support is -1/γ itself


def log_potential(law: Law, z: Any, dps: int | None) -> Any:
    """U(z)."""
    require_numbers(law)
    require_points(z)
    return evaluate.log_potential(law.system, z, cuts_of(law), atoms_of(law), dps)


def shannon(law: Law, gamma: Any, dps: int | None) -> Any:
    """V(γ), where 1 + γx does not change its sign on the support."""
    require_numbers(law)
    require_points(gamma)
    cuts, atoms = cuts_of(law), atoms_of(law)
    places = [end.location[0] for cut in cuts for end in cut.ends]
    places += [atom.location for atom in atoms]
    least, largest = min(places), max(places)
    rates = evaluate.real_points(gamma)
    if not np.isfinite(rates).all():
        raise InvalidParameterError("rates must be finite numbers")
    for rate in rates.flat:
        if rate != 0 and 1 + rate * (least if rate > 0 else largest) < -_ROUNDING:
            raise UndefinedOperationError(
                f"log(1 + {rate:g} x) is not real on the whole support, which runs from "
                f"{least:.6g} to {largest:.6g}: ask for log_potential, which takes log|z - x|"
            )
    return evaluate.shannon(law.system, gamma, cuts, atoms, dps)
