"""The distribution function to any number of digits, from G above one point.

With M the mass without atoms and G its part of the Cauchy transform,

    F(x) = M/2 + (1/π) ∫₀^∞ Re G(x + is) ds,

which follows from Im ∫ log(z - y) μ(dy) → π(M - F(x)) as z → x + i0. The integral is summed by
Gauss-Legendre rules on panels that grow with the height, where G is analytic in proportion.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

from flint import acb, arb, ctx

from freeprob.errors import ConvergenceError
from freeprob.numeric.branch.balls import double, result
from freeprob.numeric.branch.descent import Perch, advance, precision_at, relative
from freeprob.numeric.distributions.cuts import Atom
from freeprob.numeric.precision import bits_of
from freeprob.numeric.programs.points import Place
from freeprob.numeric.programs.straight_line import Program

_GROWTH = 4
_SHRINKS = 6
_MOVE = 0.25
_GUARD = 40  # bits for the sums over nodes: fewer than 2^20 of them, each rounded


def continuous_cdf(
    program: Program,
    perch: Perch,
    x: Place,
    atoms: Sequence[Atom],
    dps: int,
    top: float,
    root: int = 1,
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

    Raises
    ------
    ConvergenceError
        If a rule with fewer nodes does not agree as it must.
    """
    low = 2 * perch.z.imag.mid()
    fine = coarse = arb(0)
    for _ in range(_SHRINKS):
        coarse = _integral(program, perch, x, atoms, 3 * dps // 4, (low, top, root))
        fine = _integral(program, perch, x, atoms, dps, (low, top, root))
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
    panels: tuple[arb, float, int],
) -> arb:
    """∫₀^∞ Re G(x + is) ds without the atoms, on panels from a height up to the last and beyond."""
    low, top, root = panels
    bits = _bits(dps)
    rule = _legendre(int(1.06 * dps) + 6, bits)
    with ctx.workprec(bits):
        ends = [low]
        while float(ends[-1]) < top:
            ends.append(_GROWTH * ends[-1])
        nodes = [(low * s, low * w) for s, w in rule]
        for a, b in pairwise(ends):
            nodes += [(a + (b - a) * s, (b - a) * w) for s, w in rule]
        # beyond the last panel s^(-1/root) is the variable
        end = ends[-1]
        nodes += [(end / s**root, end * root * w / s ** (root + 1)) for s, w in reversed(rule)]
        below = [node for node in nodes if node[0] < perch.z.imag]
        above = [node for node in nodes if not node[0] < perch.z.imag]
        total = arb(0)
        for part in (list(reversed(below)), above):
            heights = [height for height, _ in part]
            values = _along(program, perch, x, heights, bits)
            for (height, weight), value in zip(part, values, strict=True):
                z = acb(x().real, height)
                for atom in atoms:
                    value = value - atom.mass() / (z - atom.place())
                total += weight * value.real
        return total.mid()


@lru_cache(maxsize=32)
def _legendre(count: int, bits: int) -> list[tuple[arb, arb]]:
    """Nodes and weights on [0, 1], ascending."""
    with ctx.workprec(bits + 16):
        pairs = [arb.legendre_p_root(count, k, weight=True) for k in range(count)]
        return [((1 + node) / 2, weight / 2) for node, weight in reversed(pairs)]


def _along(
    program: Program, perch: Perch, x: Place, heights: Sequence[arb], bits: int
) -> Iterator[acb]:
    """G at points over x, each continued from the last."""
    for height in heights:
        target = Place(x.real, height.mid().fmpq())
        perch = _walk(program, perch, target)
        u = double(program, perch.u, target, 2 * bits, precision_at(perch))
        if u is None:
            raise ConvergenceError(f"Newton's method stalled at height {float(height):.3g}")
        yield result(program, u).mid()


def _walk(program: Program, perch: Perch, target: Place) -> Perch:
    """The perch at a nearby target, in steps that Koebe's theorem allows."""
    while True:
        with ctx.workprec(precision_at(perch)):
            gap = float(abs(target() - perch.z)) / float(perch.z.imag)
        if gap < 1e-6:
            return perch
        share = min(1.0, 0.5 / gap)
        for _ in range(12):
            place = target if share == 1.0 else _between(perch.z, target, share)
            with ctx.workprec(precision_at(perch)):
                u, slope, bend = advance(program, perch, place)
                z = place()
                reach = relative(
                    [s * (z - perch.z) for s in perch.slope], u, [s * z.imag for s in slope]
                )
            if bend * reach <= _MOVE:
                break
            share /= 2
        else:
            raise ConvergenceError(f"the branch was lost next to {complex(target()):.6g}")
        perch = Perch(z, u, slope, perch.curvature)
        if share == 1.0:
            return perch


def _between(z: acb, target: Place, share: float) -> Place:
    """A point on the way."""
    with ctx.workprec(60):
        point = (z + (target() - z) * share).mid()
    return Place(point.real.fmpq(), point.imag.fmpq())
