"""Derivatives of one integral share their work, and points theirs with no others."""

from __future__ import annotations

import numpy as np
import pytest
from flint import acb, ctx

import freeprob as fp
from freeprob import nets
from freeprob.numeric.branch.branch import physical_branch
from freeprob.numeric.programs.arithmetic import BallArithmetic, FloatArithmetic
from freeprob.numeric.programs.instructions import OPERATORS, Oracle
from freeprob.numeric.programs.straight_line import (
    Program,
    constant_value,
    evaluate,
    function_value,
)

LAW = nets.jacobian_law(nets.tanh, 3, "iid")


def _one_by_one(program: Program, inputs: list, arithmetic: object) -> list:
    """The same program, each function on its own."""
    values: list = []
    for step in program.steps:
        operands = [values[i] for i in step.operands]
        if step.kind == "input":
            values.append(inputs[step.value])
        elif not operands:
            values.append(constant_value(step, arithmetic))
        elif step.kind in OPERATORS:
            values.append(OPERATORS[step.kind](*operands))
        else:
            values.append(function_value(step, operands, arithmetic))
    return [values[i] for i in program.outputs]


def test_derivatives_of_one_integral_are_asked_for_together() -> None:
    program = physical_branch(LAW.system).program.derivative.program
    calls = [
        step
        for step in program.steps
        if step.kind == "call" and isinstance(step.value.name, Oracle)
    ]
    families = [steps for operator, steps, _ in program.plan.operations if operator is None]
    assert len(calls) == 2
    assert sorted(len(family) for family in families if family[0] in calls) == [2]


def test_values_are_those_of_each_on_its_own() -> None:
    program = physical_branch(LAW.system).program.derivative.program
    points = np.array([0.3 + 0.2j, 2.0 + 1e-300j, -0.4 + 0j, 5 + 3j])
    together = evaluate(program, [points], FloatArithmetic())
    for value, own in zip(together, _one_by_one(program, [points], FloatArithmetic()), strict=True):
        assert np.allclose(value, own, rtol=1e-13, atol=0)
    with ctx.workprec(100):
        at = [acb(0.3, 0.2)]
        balls = evaluate(program, at, BallArithmetic())
        for value, own in zip(balls, _one_by_one(program, at, BallArithmetic()), strict=True):
            assert acb(value).overlaps(acb(own))
            assert acb(value).rel_accuracy_bits() > 70


@pytest.mark.parametrize(
    "law",
    [LAW, fp.boxplus(fp.Semicircle(1), fp.Uniform(0, 1)), fp.MarchenkoPastur("1/3")],
    ids=str,
)
def test_points_do_not_know_of_each_other(law: fp.Law) -> None:
    x = np.linspace(-0.5, 4, 41) + 0.003
    branch = physical_branch(law.system)
    branch.follow(x.astype(complex))  # perches are made for all points asked for
    whole = branch.follow(x.astype(complex))
    for i in (0, 7, 20, 40):
        own = branch.follow(x[i : i + 1].astype(complex))
        assert own.undecided[0] == whole.undecided[i]
        if not own.undecided[0]:
            assert abs(own.G[0] - whole.G[i]) <= 4e-16 * abs(own.G[0]) + whole.G_errors[i]
