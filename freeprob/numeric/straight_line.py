"""Straight-line programs: a list of arithmetic steps that runs on any kind of number.

The same program runs on float64 arrays, on FLINT balls and on mpmath numbers; derivatives come
by forward accumulation along the same steps, exact up to rounding, and so does a bound on the
rounding error of float64 arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, final

import numpy as np
from flint import fmpq


@final
@dataclass(frozen=True)
class Function:
    """A named function of one variable with its derivative as a program."""

    name: str
    derivative: Callable[[], Program]


@final
@dataclass(frozen=True)
class Step:
    """One instruction: ``kind`` is constant, number, input, add, subtract, multiply, divide,
    power or call.
    """

    kind: str
    operands: tuple[int, ...] = ()
    value: fmpq | str | int | Function | None = None


@final
@dataclass(frozen=True)
class Program:
    """Steps in the order of evaluation and the positions of the results."""

    inputs: int
    steps: tuple[Step, ...]
    outputs: tuple[int, ...]

    @property
    def is_rational(self) -> bool:
        """Whether only the four operations on inputs and constants occur."""
        varying: set[int] = set()
        for position, step in enumerate(self.steps):
            if step.kind == "input" or varying.intersection(step.operands):
                if step.kind in ("power", "call"):
                    return False
                varying.add(position)
        return True


class Arithmetic(Protocol):
    """What a kind of number must offer beyond its operators."""

    def constant(self, value: fmpq) -> Any:
        """A rational number."""

    def number(self, name: str) -> Any:
        """A named constant such as pi."""

    def power(self, base: Any, exponent: fmpq) -> Any:
        """Principal power with a rational exponent."""

    def call(self, name: str, argument: Any) -> Any:
        """A named function."""


def evaluate(program: Program, inputs: Sequence[Any], arithmetic: Arithmetic) -> list[Any]:
    """The results of a program."""
    values: list[Any] = []
    for step in program.steps:
        values.append(_value(step, values, inputs, arithmetic))
    return [values[i] for i in program.outputs]


def _value(step: Step, values: list[Any], inputs: Sequence[Any], arithmetic: Arithmetic) -> Any:
    """Value of one step."""
    kind = step.kind
    if kind == "input":
        return inputs[step.value]
    if kind == "constant":
        return arithmetic.constant(step.value)
    if kind == "number":
        return arithmetic.number(step.value)
    first = values[step.operands[0]]
    if kind == "power":
        return arithmetic.power(first, step.value)
    if kind == "call":
        return arithmetic.call(step.value.name, first)
    second = values[step.operands[1]]
    if kind == "add":
        return first + second
    if kind == "multiply":
        return first * second
    if kind == "subtract":
        return first - second
    return first / second


def linearise(
    program: Program, inputs: Sequence[Any], arithmetic: Arithmetic
) -> tuple[list[Any], list[dict[int, Any]]]:
    """Results and their partial derivatives, each a mapping from input to derivative."""
    values: list[Any] = []
    partials: list[dict[int, Any]] = []
    for step in program.steps:
        value = _value(step, values, inputs, arithmetic)
        partials.append(_partials(step, values, partials, value, arithmetic))
        values.append(value)
    return [values[i] for i in program.outputs], [partials[i] for i in program.outputs]


def _partials(
    step: Step,
    values: list[Any],
    partials: list[dict[int, Any]],
    value: Any,
    arithmetic: Arithmetic,
) -> dict[int, Any]:
    """Partial derivatives of one step by the chain rule."""
    kind = step.kind
    if kind in ("constant", "number"):
        return {}
    if kind == "input":
        return {step.value: 1}
    first = partials[step.operands[0]]
    if kind in ("power", "call"):
        if not first:
            return {}
        argument = values[step.operands[0]]
        if kind == "power":
            factor = arithmetic.constant(step.value) * value / argument
        else:
            (factor,) = evaluate(step.value.derivative(), [argument], arithmetic)
        return {i: factor * d for i, d in first.items()}
    second = partials[step.operands[1]]
    a, b = (values[i] for i in step.operands)
    if kind == "add":
        return _combine(first, second, lambda d: d, lambda d: d)
    if kind == "subtract":
        return _combine(first, second, lambda d: d, lambda d: -d)
    if kind == "multiply":
        return _combine(first, second, lambda d: d * b, lambda d: a * d)
    return _combine(first, second, lambda d: d / b, lambda d: -value * d / b)


def _combine(
    first: dict[int, Any],
    second: dict[int, Any],
    left: Callable[[Any], Any],
    right: Callable[[Any], Any],
) -> dict[int, Any]:
    """Sum of two sets of partial derivatives, each mapped."""
    result = {i: left(d) for i, d in first.items()}
    for i, d in second.items():
        result[i] = result[i] + right(d) if i in result else right(d)
    return result


def rounding_errors(
    program: Program, inputs: Sequence[np.ndarray], arithmetic: Arithmetic
) -> list[np.ndarray]:
    """First-order bounds on the rounding error of each result, for float64 arrays.

    Source: running error analysis, Higham, Accuracy and Stability of Numerical Algorithms, 3.3.
    """
    unit = 4 * np.finfo(float).eps
    values: list[Any] = []
    errors: list[Any] = []
    for step in program.steps:
        value = _value(step, values, inputs, arithmetic)
        size = np.abs(value)
        if step.kind == "input":
            error = 0.0 * size
        elif step.kind in ("constant", "number"):
            error = unit * size / 4
        else:
            error = unit * size + _propagated(step, values, errors, value, arithmetic)
        values.append(value)
        errors.append(error)
    return [errors[i] for i in program.outputs]


def _propagated(
    step: Step, values: list[Any], errors: list[Any], value: Any, arithmetic: Arithmetic
) -> Any:
    """Error of one step caused by the errors of its operands."""
    first = step.operands[0]
    if step.kind in ("power", "call"):
        slope = _partials(step, values, [{0: 1}] * len(values), value, arithmetic)[0]
        return np.abs(slope) * errors[first]
    second = step.operands[1]
    if step.kind in ("add", "subtract"):
        return errors[first] + errors[second]
    a, b = np.abs(values[first]), np.abs(values[second])
    if step.kind == "multiply":
        return a * errors[second] + b * errors[first]
    return (errors[first] + np.abs(value) * errors[second]) / b
