"""One step of the continuation is the same in float64 arrays and in balls."""

from __future__ import annotations

import numpy as np
import pytest
from flint import acb, ctx

import freeprob as fp
from freeprob.laws.base import Law
from freeprob.numeric.branch.branch import physical_branch
from freeprob.numeric.stepping.continuation import ArrayNumbers, Walk
from freeprob.numeric.stepping.descent import BallNumbers
from freeprob.numeric.stepping.one_step import Entries, Moved, moved

LAWS = [
    fp.boxplus(fp.MarchenkoPastur("3/7"), fp.Semicircle("2/11")),
    fp.boxtimes(fp.MarchenkoPastur(1), fp.MarchenkoPastur("1/2")),
    fp.boxplus(fp.Uniform(0, 1), fp.Semicircle("1/4")),
]
# from i above the bulk: down, sideways, and across the axis, where the mirror image waits
TARGETS = np.array([0.5 + 0.6j, 0.9 + 0.9j, 0.5 - 0.9j])


def both(law: Law, start: complex) -> tuple[Moved, list[Moved]]:
    """The steps from a point to the targets, in one array and one by one in balls."""
    branch = physical_branch(law.system)
    starts = np.full(len(TARGETS), start)
    u = branch.unknowns(starts)
    walk = Walk.begin(branch.program, u, starts, TARGETS)
    arrays = moved(ArrayNumbers(branch.program), walk.u, walk.slope, starts, TARGETS)
    balls = []
    with ctx.workprec(150):
        for i, target in enumerate(TARGETS):
            vectors = [Entries([acb(v) for v in rows[:, i]]) for rows in (walk.u, walk.slope)]
            z = acb(complex(target))
            numbers = BallNumbers(branch.program, polishes=False)
            balls.append(moved(numbers, *vectors, acb(start), z))
    return arrays, balls


@pytest.mark.parametrize("law", LAWS, ids=str)
def test_arrays_and_balls_take_the_same_step(law: Law) -> None:
    arrays, balls = both(law, 0.5 + 1j)
    turn, bend_at = arrays.turn(), arrays.bend_at(TARGETS.imag)
    for i, there in enumerate(balls[:2]):
        assert bool(arrays.converged[i])
        assert there.converged
        assert bool(arrays.counts[i]) == there.counts
        # corrections end at a share of the move, and so do these sizes
        u = np.array([complex(v) for v in there.u.values])
        np.testing.assert_allclose(arrays.u[:, i], u, rtol=1e-3)
        assert there.bend == pytest.approx(arrays.bend[i], rel=0.05)
        with ctx.workprec(150):
            assert there.turn() == pytest.approx(turn[i], rel=0.1)
            height = acb(TARGETS[i].imag)
            assert there.bend_at(height) == pytest.approx(bend_at[i], rel=0.1)


@pytest.mark.parametrize("law", LAWS, ids=str)
def test_a_step_onto_the_mirror_image_counts_for_neither(law: Law) -> None:
    arrays, balls = both(law, 0.5 + 1j)
    assert not arrays.counts[2]
    assert not balls[2].counts


def test_points_that_have_converged_are_not_moved_by_the_others() -> None:
    law = LAWS[0]
    branch = physical_branch(law.system)
    start, target = np.array([0.5 + 1j, 0.5 + 1j]), np.array([0.5 + 0.97j, 0.5 + 0.4j])
    walk = Walk.begin(branch.program, branch.unknowns(start), start, target)
    numbers = ArrayNumbers(branch.program)
    together = moved(numbers, walk.u, walk.slope, start, target)
    alone = walk.keep(np.array([True, False]))
    there = moved(numbers, alone.u, alone.slope, start[:1], target[:1])
    np.testing.assert_array_equal(together.u[:, :1], there.u)
    np.testing.assert_array_equal(together.slope[:, :1], there.slope)
