"""The distribution function to any number of digits, from G above one point.

With M the mass without atoms and G its part of the Cauchy transform,

    F(x) = M/2 + (1/π) ∫₀^∞ Re G(x + is) ds,

which follows from Im ∫ log(z - y) μ(dy) → π(M - F(x)) as z → x + i0. The integral is summed by
Gauss-Legendre rules on panels that grow with the height, where G is analytic in proportion.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

from flint import acb, arb, ctx

from freeprob.errors import ConvergenceError
from freeprob.numeric.branch.balls import double, result
from freeprob.numeric.branch.descent import Perch, approach, precision_at
from freeprob.numeric.distributions.cuts import Atom
from freeprob.numeric.precision import bits_of
from freeprob.numeric.programs.points import Place
from freeprob.numeric.programs.straight_line import Program

_GROWTH = 4
_SHRINKS = 6
_PLAIN = 2  # attempts before that
_PANELS = 4  # for each digit: enough for G ~ s^(-1/2), and for steeper edges up to s^(-3/5)
_GUARD = 40  # bits for the sums over nodes: fewer than 2^20 of them, each rounded


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
    program
        The compiled curve.
    perch
        A point of the physical branch over x from which the axis is one step away.
    x
        The real point.
    atoms
        The atoms to leave out.
    dps
        Decimal places.
    top
        A height above which G is close to its expansion at infinity.
    root
        That expansion is in powers of z^(-1/root): more than 1 for heavy tails.
    edge
        If x is an edge, the root in which G is analytic there, and how far from other edges.

    Raises
    ------
    ConvergenceError
        If a rule with fewer nodes does not agree as it must.
    """
    power, low = edge or (1, 2 * perch.z.imag.mid())
    fine = coarse = arb(0)
    for attempt in range(_SHRINKS):
        # a singularity very near, or of a kind that is not known: panels shrink towards x
        power = power if attempt < _PLAIN else 0
        coarse = _integral(program, perch, x, atoms, 3 * dps // 4, (low, top, root), power)
        fine = _integral(program, perch, x, atoms, dps, (low, top, root), power)
        # the error falls geometrically with the nodes, so that of the fine rule has all digits
        if abs(fine - coarse).mid() < arb(10) ** -(3 * dps // 4):
            with ctx.workprec(_bits(dps)):
                mass = arb(1) - sum((atom.mass().real for atom in atoms), arb(0))
                return mass / 2 + fine / arb.pi()
        # G has a singularity nearer to x than the unknowns have
        low = (low / 8).mid()
    raise ConvergenceError(
        f"the quadrature of the distribution function still moves by {abs(fine - coarse).str(3)} "
        f"when refined at {complex(x()).real:.17g}"
    )


def _bits(dps: int) -> int:
    return bits_of(dps) + _GUARD


def _integral(
    program: Program,
    perch: Perch,
    x: Place,
    atoms: Sequence[Atom],
    dps: int,
    panels: tuple[arb, arb, int],
    power: int,
) -> arb:
    """∫₀^∞ Re G(x + is) ds without the atoms, on panels from a height up to the last and beyond."""
    low, top, root = panels
    bits = _bits(dps)
    rule = _legendre(int(1.06 * dps) + 6, bits)
    with ctx.workprec(bits):
        ends = [low]
        while ends[-1] < top:
            ends.append(_GROWTH * ends[-1])
        # next to an edge s^(1/power) is the variable
        nodes = [(low * s**power, low * power * w * s ** (power - 1)) for s, w in rule if power]
        for a, b in pairwise(ends):
            nodes += [(a + (b - a) * s, (b - a) * w) for s, w in rule]
        # beyond the last panel s^(-1/root) is the variable
        end = ends[-1]
        nodes += [(end / s**root, end * root * w / s ** (root + 1)) for s, w in reversed(rule)]
        below = [node for node in nodes if node[0] < perch.z.imag]
        above = [node for node in nodes if not node[0] < perch.z.imag]
        total = _graded(program, perch, x, atoms, dps, low) if not power else arb(0)
        for part in (list(reversed(below)), above):
            total += _summed(program, perch, x, atoms, part, bits)[0]
        return total.mid()


def _summed(
    program: Program,
    perch: Perch,
    x: Place,
    atoms: Sequence[Atom],
    nodes: Sequence[tuple[arb, arb]],
    bits: int,
) -> tuple[arb, Perch]:
    """Sum of w Re G(x + is) without the atoms over nodes (s, w), and the perch at the last."""
    total = arb(0)
    for height, weight in nodes:
        value, perch = _at(program, perch, x, height, bits)
        z = acb(x().real, height)
        for atom in atoms:
            value = value - atom.mass() / (z - atom.place())
        total += weight * value.real
    return total, perch


def _graded(
    program: Program, perch: Perch, x: Place, atoms: Sequence[Atom], dps: int, low: arb
) -> arb:
    """∫₀^low Re G(x + is) ds where G goes like a power above -1 of s.

    The panels' shares then fall geometrically; those of a bounded G by 4 at least.
    """
    rule, total, bits = _legendre(int(1.06 * dps) + 6, _bits(dps)), arb(0), _bits(dps)
    for _ in range(_PANELS * dps):
        below = low / _GROWTH
        nodes = [(below + (low - below) * s, (low - below) * w) for s, w in reversed(rule)]
        share, perch = _summed(program, perch, x, atoms, nodes, bits)
        total, low = total + share, below.mid()
        if abs(share) < arb(10) ** -(dps + 2):
            return total
    raise ConvergenceError(f"the mass next to the edge {float(x().real):.17g} was not resolved")


@lru_cache(maxsize=32)
def _legendre(count: int, bits: int) -> list[tuple[arb, arb]]:
    """Nodes and weights on [0, 1], ascending."""
    with ctx.workprec(bits + 16):
        pairs = [arb.legendre_p_root(count, k, weight=True) for k in range(count)]
        return [((1 + node) / 2, weight / 2) for node, weight in reversed(pairs)]


def _at(program: Program, perch: Perch, x: Place, height: arb, bits: int) -> tuple[acb, Perch]:
    """G at a point over x, continued from the last, and the perch there."""
    target = Place(x.real, height.mid().fmpq())
    perch = approach(program, perch, target)
    u = double(program, perch.u, target, 2 * bits, precision_at(perch))
    if u is None:
        raise ConvergenceError(f"Newton's method stalled at height {float(height):.3g}")
    return result(program, u).mid(), perch
