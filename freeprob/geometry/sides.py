"""Gap or cut: the nature of one real point, decided by interval Newton on the physical branch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from flint import acb, acb_mat, arb, ctx

from freeprob.errors import ConvergenceError
from freeprob.geometry.proof import BALLS, is_real, solve_nearby
from freeprob.numeric.branch import PhysicalBranch
from freeprob.numeric.straight_line import evaluate, linearise

_BITS = 53


def is_cut(branch: PhysicalBranch, x: float) -> bool:
    """Whether the density is positive at x; ``False`` means that x lies in a gap.

    The float64 branch says which solution of the system is meant; a real solution in a box that
    is symmetric under conjugation, on which G decreases, proves a gap, and a ball for G with
    negative imaginary part proves a cut.

    Raises
    ------
    ConvergenceError
        If neither was proved.
    """
    start = approximate(branch, complex(x))
    right = right_sides(branch, acb(x))
    solution = solve_nearby(branch.program, right, start, _BITS)
    if solution is not None and is_near(solution, start):
        if is_real(branch.program, right, solution, _BITS):
            if _slope(branch, solution).real < 0:
                return False
        else:
            with ctx.workprec(_BITS + 32):
                value = evaluate(branch.program, solution, BALLS)[-1]
            if value.imag < 0:
                return True
    raise ConvergenceError(f"whether the spectrum has a gap at {x} could not be proved")


def approximate(branch: PhysicalBranch, z: complex) -> list[acb]:
    """The unknowns at z in float64, good to four digits at least: a start for a proof.

    Raises
    ------
    ConvergenceError
        If float64 lost the branch on the way.
    """
    arrival = branch.follow(np.array([z]))
    u, errors = arrival.unknowns[:, 0], arrival.unknown_errors[:, 0]
    if not (np.isfinite(u).all() and (errors <= 1e-4 * (1 + np.abs(u))).all()):
        raise ConvergenceError(f"the physical branch at {z} is beyond float64")
    return [acb(complex(value)) for value in u]


def is_near(solution: Sequence[acb], start: Sequence[acb]) -> bool:
    """Whether interval Newton stayed at the solution that the float64 branch pointed at."""
    return all(abs(u - s) < 1e-3 * (1 + abs(s)) for u, s in zip(solution, start, strict=True))


def right_sides(branch: PhysicalBranch, x: acb) -> list[acb]:
    """Right-hand sides of {relations = 0, z = x}."""
    return [*(acb(0) for _ in branch.curve.relations), x]


def _slope(branch: PhysicalBranch, unknowns: Sequence[acb]) -> acb:
    """dG/dz at a point of the curve: -∫ dμ(t)/(x - t)², so negative in a gap."""
    size = len(unknowns)
    with ctx.workprec(_BITS + 32):
        _, partials = linearise(branch.program, list(unknowns), BALLS)
        rows = [[acb(partials[i].get(j, 0)) for j in range(size)] for i in range(size)]
        unit = acb_mat([[acb(int(i == size - 1))] for i in range(size)])
        velocity = acb_mat(rows).solve(unit)
        return sum((acb(partials[size].get(j, 0)) * velocity[j, 0] for j in range(size)), acb(0))


def sides(branch: PhysicalBranch, balls: Sequence[arb]) -> list[bool]:
    """Whether each interval between consecutive real numbers, and each outer one, is a cut.

    Raises
    ------
    ConvergenceError
        If an interval stays undecided.
    """
    return [_decide(branch, test_points) for test_points in _intervals(balls)]


def _decide(branch: PhysicalBranch, test_points: Sequence[float]) -> bool:
    error = None
    for x in test_points:
        try:
            return is_cut(branch, x)
        except ConvergenceError as caught:
            error = caught
    raise ConvergenceError(
        f"no test point of the interval around {test_points[0]} could be decided"
    ) from error


def _intervals(balls: Sequence[arb]) -> Iterator[list[float]]:
    """Test points in each interval, the best first."""
    if not balls:
        yield [0.0, 1.0, -1.0]
        return
    places = [float(ball.mid()) for ball in balls]
    width = max(places[-1] - places[0], abs(places[0]), abs(places[-1]), 1e-3)
    outer = np.array([0.5, 1.3, 0.1, 3.7])
    yield list(places[0] - width * outer)
    fractions = np.array([0.5, 0.43, 0.59, 0.28, 0.77])
    for left, right in pairwise(balls):
        low, high = float(left.mid()), float(right.mid())
        points = [x for x in low + (high - low) * fractions if left < x < right]
        if not points:
            raise ConvergenceError(
                f"two candidates for edges near {low} are closer than float64 can separate"
            )
        yield points
    yield list(places[-1] + width * outer)
