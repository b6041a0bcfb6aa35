"""The distribution function and the logarithmic potential from G above one point.

With M the mass without atoms and G its part of the Cauchy transform,

    F(x) = M/2 + (1/π) ∫₀^∞ Re G(x + is) ds,
    U(z) = M log T + ∫₀^∞ [M s/(s² + T²) + Im G(z + is)] ds   for any T > 0.

The first follows from Im ∫ log(z - y) μ(dy) → π(M - F(x)) as z → x + i0, the second from
dU(z + is)/ds = -Im G(z + is) and U(z + is) = M log s + o(1).
"""

from __future__ import annotations

from collections.abc import Sequence

from flint import acb, arb, ctx

from freeprob.numeric.distributions.cuts import Atom
from freeprob.numeric.distributions.vertical_integral import VerticalIntegral
from freeprob.numeric.precision import bits_of
from freeprob.numeric.programs.points import Place
from freeprob.numeric.programs.straight_line import Program
from freeprob.numeric.stepping.descent import Perch

_GUARD = 40


def continuous_cdf(
    program: Program,
    perch: Perch,
    x: Place,
    atoms: Sequence[Atom],
    dps: int,
    top: arb,
    root: int = 1,
    edge: tuple[int, arb] | None = None,
) -> arb:
    """F(x) without its atoms, with an error below 10^-dps.

    Parameters
    ----------
    program, perch, x, atoms, top, root
        As for :class:`VerticalIntegral`.
    dps
        Decimal places.
    edge
        If x is an edge, the root in which G is analytic there, and how far from other edges.

    Raises
    ------
    ConvergenceError
        If a rule with fewer nodes does not agree as it must.
    """

    def part(value: acb, height: arb) -> arb:
        return value.real

    integral = VerticalIntegral(program, perch, x, atoms, part, top, root).value(dps, edge)
    with ctx.workprec(bits_of(dps) + _GUARD):
        return _mass(atoms) / 2 + integral / arb.pi()


def continuous_potential(
    program: Program,
    perch: Perch,
    z: Place,
    atoms: Sequence[Atom],
    dps: int,
    top: arb,
    root: int = 1,
    edge: tuple[int, arb] | None = None,
) -> arb:
    """U(z) without the atoms, Im z ≥ 0, with an error below 10^-dps; parameters as for the cdf.

    Raises
    ------
    ConvergenceError
        If a rule with fewer nodes does not agree as it must.
    """
    with ctx.workprec(2 * bits_of(dps) + _GUARD):
        mass = _mass(atoms)

    def part(value: acb, height: arb) -> arb:
        return mass * height / (height**2 + top**2) + value.imag

    integral = VerticalIntegral(program, perch, z, atoms, part, top, root).value(dps, edge)
    with ctx.workprec(bits_of(dps) + _GUARD):
        return mass * top.log() + integral


def _mass(atoms: Sequence[Atom]) -> arb:
    """The mass without atoms."""
    return arb(1) - sum((atom.mass().real for atom in atoms), arb(0))
