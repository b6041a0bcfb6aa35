"""Functionals of a law: what their numbers need to know of its spectrum."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from flint import arb, ctx

from freeprob.errors import InvalidParameterError, UndefinedOperationError
from freeprob.laws.functionals.potentials import potential_ball, potential_floats
from freeprob.laws.numbers.spectrum_for_numbers import (
    atoms_of,
    cuts_of,
    require_numbers,
    require_points,
)
from freeprob.numeric.distributions import evaluate
from freeprob.numeric.distributions.point_forms import real_points
from freeprob.numeric.integrals.expectation import cube, energy
from freeprob.numeric.integrals.log_potential import shannon as shannon_by_nodes
from freeprob.numeric.integrals.panels import quadrature
from freeprob.numeric.integrals.precise_panels import integral, precise_energy
from freeprob.numeric.precision import bits_of, context, to_mpf

if TYPE_CHECKING:
    from freeprob.laws.base import Law

_MORE = 8  # digits for what cancels
_ROUNDING = 1e-14  # of 1 + γx, where an end of the support is -1/γ itself


def log_potential(law: Law, z: Any, dps: int | None) -> Any:
    """U(z)."""
    require_numbers(law)
    require_points(z)
    return evaluate.log_potential(
        partial(potential_floats, law), partial(potential_ball, law), z, dps
    )


def shannon(law: Law, gamma: Any, dps: int | None) -> Any:
    """V(γ), where 1 + γx does not change its sign on the support."""
    require_numbers(law)
    require_points(gamma)
    cuts, atoms = cuts_of(law), atoms_of(law)
    places = [end.location[0] for cut in cuts for end in cut.ends]
    places += [atom.location for atom in atoms]
    least, largest = min(places), max(places)
    rates = real_points(gamma)
    if not np.isfinite(rates).all():
        raise InvalidParameterError("rates must be finite numbers")
    for rate in map(float, rates.flat):
        if rate != 0 and 1 + rate * (least if rate > 0 else largest) < -_ROUNDING:
            raise UndefinedOperationError(
                f"log(1 + {rate:g} x) is not real on the whole support, which runs from "
                f"{least:.6g} to {largest:.6g}: ask for log_potential, which takes log|z - x|"
            )

    def floats(flat: np.ndarray) -> np.ndarray:
        rule = quadrature(law.system, cuts, atoms)
        return shannon_by_nodes(rule, flat, partial(potential_floats, law))

    return evaluate.shannon(floats, partial(potential_ball, law), gamma, dps)


def free_entropy(law: Law, dps: int | None) -> Any:
    """χ: the double logarithmic energy and a constant."""
    require_numbers(law)
    cuts, atoms = cuts_of(law), atoms_of(law)
    if atoms:
        return -np.inf if dps is None else context(dps).ninf
    if dps is None:
        return float(energy(quadrature(law.system, cuts, ())) + 0.75 + np.log(2 * np.pi) / 2)
    value = precise_energy(law.system, cuts, dps + _MORE)
    with ctx.workprec(bits_of(dps + _MORE)):
        return to_mpf(value + arb("0.75") + (2 * arb.pi()).log() / 2, dps)


def fisher_information(law: Law, dps: int | None) -> Any:
    """Φ = (4π²/3) ∫ρ³."""
    require_numbers(law)
    cuts, atoms = cuts_of(law), atoms_of(law)
    total = np.inf if atoms else cube(quadrature(law.system, cuts, ())) * 4 * np.pi**2 / 3
    if dps is None or not np.isfinite(total):
        return float(total) if dps is None else context(dps).inf

    def square(x: arb, density: arb) -> arb:
        return density**2

    value = integral(law.system, cuts, (), square, dps + _MORE)
    with ctx.workprec(bits_of(dps + _MORE)):
        return to_mpf(value * 4 * arb.pi() ** 2 / 3, dps)
