"""The potential of a law in numbers: by the rules of its operations, else by quadrature."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, final

import numpy as np
from flint import arb

from freeprob.exact.systems.potentials import potential
from freeprob.exact.systems.system import System
from freeprob.geometry.spectrum.atoms import atoms, no_instance
from freeprob.geometry.spectrum.pieces import Spectrum, spectrum
from freeprob.laws.numbers.spectrum_for_numbers import atoms_of, cuts_of
from freeprob.numeric.distributions.cuts import Atom
from freeprob.numeric.distributions.function_values import function_distribution
from freeprob.numeric.distributions.precise import precise_log_potential
from freeprob.numeric.integrals.function_means import function_potential
from freeprob.numeric.integrals.log_potential import log_potential as by_quadrature
from freeprob.numeric.integrals.panels import quadrature
from freeprob.numeric.integrals.potential_values import Potentials, PotentialValues
from freeprob.numeric.programs.lowering import read_place
from freeprob.numeric.programs.points import Place
from freeprob.routes import REFUSALS, Route, first, remembered

if TYPE_CHECKING:
    from freeprob.laws.base import Law


def potential_floats(law: Law, z: np.ndarray) -> np.ndarray:
    """U at points, flat: by integrals where terms of the rules are infinite or cancel."""
    found = np.full(z.shape, np.nan)
    values = _values(law)
    if values is not None:
        # at edges, or with a part beyond its first sheet, quadrature answers
        with suppress(*REFUSALS):
            found = values.floats(z)
    left = np.isnan(found)
    if left.any():
        found[left] = _by_integrals(law.system, lambda: _pieces(law), z[left])
    return found


def _pieces(law: Law) -> Spectrum:
    return Spectrum(cuts_of(law), atoms_of(law))


def _by_integrals(system: System, pieces: Callable[[], Spectrum], z: np.ndarray) -> np.ndarray:
    """U over the variable of a function of it, else over the pieces of the spectrum."""
    plain = function_distribution(system)
    if plain is not None:
        # at critical values rounding rules next to them, and quadrature answers
        with suppress(*REFUSALS):
            return function_potential(plain, z)
    found = pieces()
    return by_quadrature(quadrature(system, found.cuts, found.atoms), z)


def potential_ball(law: Law, z: Place, dps: int) -> arb:
    """U where Im z ≥ 0, with an error below 10^-dps."""
    values = _values(law)

    def by_integral() -> arb:
        if _needs_no_cuts(law.system, z):
            return precise_log_potential(law.system, z, None, atoms_of(law), dps)
        return precise_log_potential(law.system, z, cuts_of(law), atoms_of(law), dps)

    routes = [Route("integral of G above the point", by_integral)]
    if values is not None:
        routes.insert(0, Route("rules of the operations", lambda: values.ball(z, dps)))
    return first(lambda: f"the potential of {law} was not found", routes).value


@lru_cache(maxsize=256)
def _values(law: Law) -> Potentials | None:
    return law._potential_values()


@lru_cache(maxsize=256)
def values_of(system: System) -> PotentialValues | None:
    """The potential by rules; None where there is none for the last operation."""
    found = potential(system)
    if found is None:
        return None
    return PotentialValues(system, found, tuple(_Part(term.system) for term in found.parts))


@final
@dataclass(frozen=True)
class _Part:
    """The potential of a part, by its own rules or by quadrature."""

    system: System

    def floats(self, z: np.ndarray) -> np.ndarray:
        """U at points, flat."""
        values = values_of(self.system)
        if values is not None:
            return values.floats(z)
        return _by_integrals(self.system, lambda: _pieces_of(self.system), z)

    def ball(self, place: Place, dps: int) -> arb:
        """U where Im z ≥ 0, with an error below 10^-dps."""
        values = values_of(self.system)
        if values is not None:
            return values.ball(place, dps)
        if _needs_no_cuts(self.system, place):
            return precise_log_potential(self.system, place, None, _atoms_of(self.system), dps)
        pieces = _pieces_of(self.system)
        return precise_log_potential(self.system, place, pieces.cuts, pieces.atoms, dps)


def _needs_no_cuts(system: System, place: Place) -> bool:
    """Off the axis, above functions whose tails may be below all powers, which end no cut."""
    return not place.is_real and function_distribution(system) is not None


@remembered(maxsize=256)
def _pieces_of(system: System) -> Spectrum:
    return spectrum(system, _atoms_of(system)).value


def _atoms_of(system: System) -> tuple[Atom, ...]:
    found = atoms(system, no_instance)
    return tuple(Atom(read_place(place), read_place(mass)) for place, mass in found.items())
