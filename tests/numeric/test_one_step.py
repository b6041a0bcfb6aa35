"""One step of the continuation is the same in float64 arrays and in balls."""

from __future__ import annotations

import numpy as np
import pytest
from flint import acb, ctx

import freeprob as fp
from freeprob.laws.base import Law
from freeprob.numeric.branch.branch import physical_branch
from freeprob.numeric.programs.arithmetic import FloatArithmetic
from freeprob.numeric.programs.straight_line import evaluate
from freeprob.numeric.stepping.continuation import ArrayNumbers, Walk
from freeprob.numeric.stepping.descent import BallNumbers
from freeprob.numeric.stepping.one_point import PointNumbers
from freeprob.numeric.stepping.one_step import Entries, Moved, moved
from freeprob.numeric.stepping.paths import carried, carried_together
from freeprob.numeric.stepping.starts import are_powers, follow_powers, on_power, on_powers

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


@pytest.mark.parametrize("law", LAWS, ids=str)
def test_the_mirror_image_of_the_branch_is_not_physical(law: Law) -> None:
    branch, z = physical_branch(law.system), 0.5 + 0.4j
    u = branch.unknowns(np.array([z]))
    for values, physical in ((u, True), (u.conj(), False)):
        assert ArrayNumbers(branch.program).is_physical(values, np.array([z]))[0] == physical
        point = Entries([complex(value) for value in values[:, 0]])
        assert PointNumbers(branch.program).is_physical(point, z) == physical
        balls = Entries([acb(value) for value in point.values])
        assert BallNumbers(branch.program, False).is_physical(balls, acb(z)) == physical


@pytest.mark.parametrize("order", [-3, -1, 1, 2])
def test_a_start_on_a_whole_power_is_exact(order: int) -> None:
    centre, before, step = 0.3 - 0.2j, 20 + 30j, 9 - 25j
    u, end = 1.5j * (before - centre) ** order, 1.5j * (before + step - centre) ** order
    slope = order * u / (before - centre)
    columns = [np.array([[u]]), np.array([[slope]]), np.array([before]), np.array([step])]
    np.testing.assert_allclose(on_powers(*columns), [[end]], rtol=1e-13)
    with ctx.workprec(150):
        found = on_power(*map(acb, (u, slope, before, step)))
    assert abs(complex(found) / end - 1) < 1e-13


def test_a_start_on_another_power_of_z_is_exact() -> None:
    before, step = 20 + 30j, 9 - 25j
    u, end = before**0.5, (before + step) ** 0.5
    columns = [np.array([[u]]), np.array([[u / (2 * before)]])]
    found = on_powers(*columns, np.array([before]), np.array([step]))
    np.testing.assert_allclose(found, [[end]], rtol=1e-13)
    with ctx.workprec(150):
        assert abs(complex(on_power(*map(acb, (u, u / (2 * before), before, step)))) - end) < 1e-12


@pytest.mark.parametrize(
    ("before", "after", "follows"),
    [(-1, -1, True), (1.02, 0.98, True), (-1, -2, False), (1, 1.5, False), (0.5, 0.5, False)],
)
def test_powers_are_the_same_whole_ones_at_both_ends(
    before: complex, after: complex, follows: bool
) -> None:
    # the other unknown is one; all must be
    start, end = (np.array([[1.0 + 0j], [exponent]]) for exponent in (before, after))
    assert (are_powers(start) & follow_powers(start, end))[0] == follows


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


@pytest.mark.parametrize("law", LAWS, ids=str)
def test_one_point_is_carried_as_one_of_many(law):
    """Round the edges, where unknowns change sheets, and into one, which both reach or neither."""
    branch = physical_branch(law.system)
    turn = 1 + 3 * np.exp(1j * np.pi * np.linspace(0.5, 2.5, 17))
    u = branch.unknowns(turn[:1])
    ends, arrived = carried_together(branch.program, np.hstack([u, u]), turn)
    one = carried(branch.program, u[:, 0], turn)
    assert arrived.all()
    assert one is not None
    np.testing.assert_allclose(one, ends[:, 0], rtol=1e-12)
    np.testing.assert_allclose(evaluate(branch.program, list(one), FloatArithmetic())[-2], turn[-1])
    edge = np.array([turn[0], float(law.support(dps=20)[-1][1])])
    _, arrived = carried_together(branch.program, u, edge)
    one = carried(branch.program, u[:, 0], edge)
    assert (one is not None) == arrived[0]
