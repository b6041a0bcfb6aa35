"""Integrals against a law to any number of digits, on the panels that float64 found.

On a panel G is analytic in the local variable t, within an ellipse that the panel's polynomial
has measured: Gauss-Legendre rules converge geometrically. Two rules of different length must agree
to three quarters of all digits, so that the longer one has all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from math import ceil
from typing import final

from flint import acb, arb, ctx

from freeprob.errors import ConvergenceError
from freeprob.exact.systems.system import System
from freeprob.numeric.branch.digits import digits_of
from freeprob.numeric.distributions.cuts import Atom, Cut
from freeprob.numeric.distributions.halves import Half
from freeprob.numeric.distributions.precise import precise_log_potential
from freeprob.numeric.distributions.vertical_integral import legendre
from freeprob.numeric.integrals.panels import HalfRule, quadrature
from freeprob.numeric.precision import bits_of
from freeprob.numeric.programs.points import Place

_GUARD = 60
_LEAST = 12
_NODES = 0.75  # for each digit: the panels' ellipses have half axes that add to 7
_HALVINGS = 6

Integrand = Callable[[arb, arb], arb]
Panel = tuple[Half, arb, arb]


@final
@dataclass(frozen=True)
class Node:
    """A point of a panel: x, G(x + i0), |dx/dt| and the weight in t."""

    x: arb
    G: acb
    speed: arb
    weight: arb

    @property
    def density(self) -> arb:
        """ρ(x)."""
        return -self.G.imag / arb.pi()

    @property
    def mass(self) -> arb:
        """ρ dx."""
        return self.density * self.speed * self.weight


def integral(
    system: System,
    cuts: tuple[Cut, ...],
    atoms: tuple[Atom, ...],
    integrand: Integrand,
    dps: int,
    places: Sequence[Place] = (),
) -> arb:
    """∫ g(x, ρ) ρ dx over the cuts, with an error of about 10^-dps.

    ``places`` are where g is not smooth: panels end there.

    Raises
    ------
    ConvergenceError
        If panels cut in two several times do not suffice.
    """
    halves = quadrature(system, cuts, atoms).halves
    with ctx.workprec(_bits(dps)):
        total = arb(0)
        for half in halves:
            for low, high in pairwise(_ends(half, places)):
                panel = (half.piece.half, low, high)
                total += _adaptive(system, panel, integrand, dps, _HALVINGS)
        return total


def _ends(rule: HalfRule, places: Sequence[Place]) -> list[arb]:
    """Ends of a half's panels in t, with the places inside it."""
    half, ends = rule.piece.half, [arb(float(end)) for end in rule.ends]
    if half.end.is_finite:
        # both halves of a cut meet exactly
        whole = half.side * (arb(half.middle) - half.end.at(2 * ctx.prec))
        ends[-1] = (whole ** (arb(1) / half.q)).mid()
    for place in places:
        x = place().real
        if half.end.is_finite:
            power = half.side * (x - half.end.at(2 * ctx.prec))
        else:
            power = 1 / (1 + half.side * (half.middle - x) / half.scale)
        if power > 0 and power < ends[-1] ** half.q:
            t = power ** (arb(1) / half.q)
            if all(not t.overlaps(end) for end in ends):
                ends.append(t.mid())
    return sorted(ends, key=lambda end: end.mid())


def _adaptive(system: System, panel: Panel, integrand: Integrand, dps: int, left: int) -> arb:
    """The integral over a panel, cut in two where its two rules do not agree."""
    fine, coarse = (
        sum((node.mass * integrand(node.x, node.density) for node in nodes), arb(0))
        for nodes in (panel_nodes(system, panel, dps, 1.0), panel_nodes(system, panel, dps, 0.75))
    )
    if fine.is_finite() and abs(fine - coarse).mid() < arb(10) ** -(3 * dps // 4):
        return fine.mid()
    if not left:
        raise ConvergenceError(
            "the integral did not settle: the function is not smooth inside the support, or there "
            "is no such expectation"
        )
    half, low, high = panel
    middle = ((low + high) / 2).mid()
    return _adaptive(system, (half, low, middle), integrand, dps, left - 1) + _adaptive(
        system, (half, middle, high), integrand, dps, left - 1
    )


def precise_energy(system: System, cuts: tuple[Cut, ...], dps: int) -> arb:
    """∬ log|x - y| μ(dx) μ(dy) of a law without atoms.

    Along a cut the potential is the integral of Re G from its value at the left end.

    Raises
    ------
    ConvergenceError
        If two rules of different length do not agree.
    """
    fine, coarse = (_energy(system, cuts, dps, share) for share in (2.0, 1.5))
    if abs(fine - coarse).mid() < arb(10) ** -(3 * dps // 4):
        return fine
    raise ConvergenceError("the double integral of the logarithmic energy did not settle")


def _energy(system: System, cuts: tuple[Cut, ...], dps: int, share: float) -> arb:
    """The energy by rules of so many nodes for each that an integral needs."""
    halves = quadrature(system, cuts, ()).halves
    total = arb(0)
    with ctx.workprec(_bits(dps)):
        for i, cut in enumerate(cuts):
            start = Place(cut.left.at)
            potential = precise_log_potential(system, start, cuts, (), dps + 4)
            for half in halves[2 * i : 2 * i + 2]:
                pairs = list(pairwise(_ends(half, ())))
                side = half.piece.half.side
                for low, high in pairs if side > 0 else reversed(pairs):
                    nodes = panel_nodes(system, (half.piece.half, low, high), dps, share)
                    nodes = nodes if side > 0 else nodes[::-1]
                    values, whole = _primitive([n.G.real * n.speed * (high - low) for n in nodes])
                    for node, value in zip(nodes, values, strict=True):
                        total += node.mass * (potential + value)
                    potential += whole
        return total.mid()


def _primitive(values: Sequence[arb]) -> tuple[list[arb], arb]:
    """∫₀ˢ of the polynomial through values at Gauss nodes of [0, 1]: at the nodes, and at 1."""
    rows, whole = _integration(len(values), ctx.prec)
    primitive = [_dot(row, values) for row in rows]
    return primitive, _dot(whole, values)


def _dot(row: Sequence[arb], values: Sequence[arb]) -> arb:
    return sum((a * b for a, b in zip(row, values, strict=True)), arb(0)).mid()


@lru_cache(maxsize=16)
def _integration(count: int, bits: int) -> tuple[list[list[arb]], list[arb]]:
    """The matrix that integrates from 0 to each node, and the weights.

    With the Legendre polynomials of s = 2x - 1 the integral of P_k from -1 to s is
    (P_{k+1} - P_{k-1})/(2k + 1), and the interpolant has the coefficients (2k + 1) Σ wᵢ Pₖ(sᵢ) fᵢ.
    """
    with ctx.workprec(bits + 4 * count):
        rule = legendre(count, bits + 4 * count)
        table = [_polynomials(2 * x - 1, count) for x, _ in rule]
        rows = []
        for at in table:
            steps = [at[1] + 1] + [(at[k + 1] - at[k - 1]) for k in range(1, count)]
            rows.append(
                [
                    (w / 2 * sum((s * p for s, p in zip(steps, other, strict=False)), arb(0))).mid()
                    for (_, w), other in zip(rule, table, strict=True)
                ]
            )
        return rows, [w.mid() for _, w in rule]


def _polynomials(s: arb, count: int) -> list[arb]:
    """P₀ to P_count at s."""
    values = [arb(1), s]
    for k in range(1, count):
        values.append(((2 * k + 1) * s * values[k] - k * values[k - 1]) / (k + 1))
    return [value.mid() for value in values]


def panel_nodes(system: System, panel: Panel, dps: int, share: float) -> list[Node]:
    """Nodes of a panel, from its inner to its outer end in t."""
    half, low, high = panel
    return _nodes(system, half, low, high, dps, share)


@lru_cache(maxsize=4096)
def _nodes(system: System, half: Half, low: arb, high: arb, dps: int, share: float) -> list[Node]:
    bits, digits = _bits(dps), digits_of(system)
    with ctx.workprec(bits):
        found = []
        for s, weight in legendre(ceil(share * _NODES * dps) + _LEAST, bits):
            t = (low + (high - low) * s).mid()
            if half.end.is_finite:
                offset, speed = t**half.q, half.q * t ** (half.q - 1)
                # digits of the distance to the end, not of the place
                x = (half.end.at(2 * bits) + half.side * offset).mid()
            else:
                scale = arb(half.scale)
                x = (half.middle - half.side * scale * (1 / t**half.q - 1)).mid()
                speed = scale * half.q / t ** (half.q + 1)
            G = digits.cauchy(Place(x.fmpq()), dps + 8)
            found.append(Node(x, G, speed, weight * (high - low)))
        return found


def _bits(dps: int) -> int:
    return bits_of(dps) + _GUARD
