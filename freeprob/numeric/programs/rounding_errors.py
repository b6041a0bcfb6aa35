"""First-order bounds on the rounding errors of a straight-line program."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from freeprob.numeric.programs.instructions import NEAR_ONE, OPERATORS, Arithmetic, Step
from freeprob.numeric.programs.straight_line import (
    Program,
    constant_value,
    evaluate,
    function_value,
)


def rounding_errors(
    program: Program, inputs: Sequence[np.ndarray], arithmetic: Arithmetic
) -> list[np.ndarray]:
    """First-order bounds on the rounding error of each result, for complex128 arrays.

    Source: running error analysis, Higham, Accuracy and Stability of Numerical Algorithms, 3.3.
    """
    unit = 4 * np.finfo(float).eps
    values: list[Any] = []
    errors: list[Any] = []
    for step in program.steps:
        if step.kind == "input":
            value = inputs[step.value]
        elif not step.operands:
            value = constant_value(step, arithmetic)
        elif step.kind in OPERATORS:
            value = OPERATORS[step.kind](*(values[i] for i in step.operands))
        else:
            value = function_value(step, [values[i] for i in step.operands], arithmetic)
        if step.kind == "input":
            error = 0.0
        elif step.kind in ("constant", "number"):
            error = unit * np.abs(value) / 4
        else:
            error = unit * np.abs(value) + _propagated(step, values, errors, value, arithmetic)
        values.append(value)
        errors.append(error)
    return [errors[i] for i in program.outputs]


def _propagated(
    step: Step, values: list[Any], errors: list[Any], value: Any, arithmetic: Arithmetic
) -> Any:
    """Error of one step caused by the errors of its operands."""
    first = step.operands[0]
    if step.kind == "power":
        slope = arithmetic.constant(step.value) * value / values[first]
        return np.abs(slope) * errors[first]
    if step.kind == "poles":
        slope = step.value.order * arithmetic.poles(step.value.derivative, values[first])
        # differences u - a lose the digits of places and weights that were rounded
        own = np.finfo(float).eps * step.value.rounding(values[first])
        return own + (np.abs(slope) * errors[first] if np.any(errors[first]) else 0.0)
    if step.kind == "call":
        (slope,) = evaluate(step.value.derivative(), [values[first]], arithmetic)
        return np.abs(slope) * errors[first]
    second = step.operands[1]
    if step.kind == "logarithm":
        near = np.abs(values[second]) < NEAR_ONE
        return np.where(near, errors[second], errors[first]) / np.abs(values[first])
    if step.kind in ("add", "subtract"):
        return errors[first] + errors[second]
    a, b = np.abs(values[first]), np.abs(values[second])
    if step.kind == "multiply":
        return a * errors[second] + b * errors[first]
    return (errors[first] + np.abs(value) * errors[second]) / b
