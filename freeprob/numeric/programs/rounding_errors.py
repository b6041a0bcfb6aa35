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

_UNIT = 4 * float(np.finfo(float).eps)  # of a complex operation, relative


def rounding_errors(
    program: Program, inputs: Sequence[np.ndarray], arithmetic: Arithmetic
) -> list[np.ndarray]:
    """First-order bounds on the rounding error of each result, for complex128 arrays and numbers.

    Source: Higham 2002, section 3.3 (running error analysis).
    """
    values: list[Any] = []
    errors: list[Any] = []
    for step in program.steps:
        kind, operands = step.kind, step.operands
        if kind == "input":
            value, error = inputs[step.value], 0.0
        elif not operands:
            value = constant_value(step, arithmetic)
            error = _UNIT * abs(value) / 4
        elif kind in OPERATORS:
            i, j = operands
            value = OPERATORS[kind](values[i], values[j])
            own = _UNIT * abs(value)
            if kind == "multiply":
                error = own + abs(values[i]) * errors[j] + abs(values[j]) * errors[i]
            elif kind == "divide":
                error = own + (errors[i] + abs(value) * errors[j]) / abs(values[j])
            else:
                error = own + errors[i] + errors[j]
        else:
            value = function_value(step, [values[i] for i in operands], arithmetic)
            error = _UNIT * abs(value) + _propagated(step, values, errors, value, arithmetic)
        values.append(value)
        errors.append(error)
    return [errors[i] for i in program.outputs]


def _propagated(
    step: Step, values: list[Any], errors: list[Any], value: Any, arithmetic: Arithmetic
) -> Any:
    """Error of a function's value caused by the errors of its arguments."""
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
        if not np.any(errors[first]):
            return 0.0
        (slope,) = evaluate(step.value.derivative(), [values[first]], arithmetic)
        return np.abs(slope) * errors[first]
    second = step.operands[1]
    near = np.abs(values[second]) < NEAR_ONE
    return np.where(near, errors[second], errors[first]) / np.abs(values[first])
