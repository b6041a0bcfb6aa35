"""Straight-line programs: a list of arithmetic steps that runs on any kind of number.

The same program runs on float64 arrays, on FLINT balls and on mpmath numbers. Derivatives are a
program too, made from the first by forward accumulation, exact up to rounding.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, final

from flint import fmpq

from freeprob.numeric.programs.instructions import OPERATORS, Arithmetic, Oracle, Step

_SMALL_INTEGER = 2**53


@final
@dataclass(frozen=True)
class Program:
    """Steps in the order of evaluation and the positions of the results.

    Inputs after the first ``inputs`` are parameters, by which nothing is differentiated.
    """

    inputs: int
    steps: tuple[Step, ...]
    outputs: tuple[int, ...]

    @cached_property
    def is_real(self) -> bool:
        """Whether the results are rational functions of the inputs with real coefficients.

        Then they have no branches and take conjugate values at conjugate points.
        """
        varying: set[int] = set()
        for position, step in enumerate(self.steps):
            if step.kind == "number" and step.value == "i":
                return False
            if step.kind == "input" or varying.intersection(step.operands):
                if step.kind in ("power", "call", "logarithm"):
                    return False
                varying.add(position)
        return True

    @cached_property
    def has_mirror(self) -> bool:
        """Whether the results take conjugate values at conjugate points, beside all cuts."""
        return not any(step.kind == "number" and step.value == "i" for step in self.steps)

    @cached_property
    def has_oracles(self) -> bool:
        """Whether steps call functions that bring their own values, such as integrals."""
        return any(
            step.kind == "call" and isinstance(step.value.name, Oracle) for step in self.steps
        )

    @cached_property
    def has_poles(self) -> bool:
        """Whether steps are sums over many poles."""
        return any(step.kind == "poles" for step in self.steps)

    @cached_property
    def last(self) -> Program:
        """The program of the last result alone."""
        return self._of(self.outputs[-1:])

    @cached_property
    def equations(self) -> Program:
        """The program of as many results as there are unknowns, of which Newton's method is."""
        return self._of(self.outputs[: self.inputs])

    def _of(self, outputs: tuple[int, ...]) -> Program:
        """Some of the results, without the steps that they do not need."""
        needed: set[int] = set()
        front = [*outputs]
        while front:
            position = front.pop()
            if position not in needed:
                needed.add(position)
                front += self.steps[position].operands
        where = {old: new for new, old in enumerate(sorted(needed))}
        steps = tuple(
            replace(self.steps[old], operands=tuple(where[i] for i in self.steps[old].operands))
            for old in where
        )
        return Program(self.inputs, steps, tuple(where[i] for i in outputs))

    @cached_property
    def divisors(self) -> Program:
        """What the last result divides by, on the way to it: it is finite where none is 0."""
        needed, found = {self.outputs[-1]}, []
        for position in reversed(range(len(self.steps))):
            step = self.steps[position]
            if position in needed:
                needed.update(step.operands)
                if step.kind == "divide":
                    found.append(step.operands[1])
                elif step.kind == "power" and step.value < 0:
                    found.append(step.operands[0])
        return Program(self.inputs, self.steps, tuple(dict.fromkeys(found)))

    @cached_property
    def plan(self) -> Plan:
        """The steps in the order in which :func:`evaluate` takes them."""
        return _planned(self)

    @cached_property
    def derivative(self) -> Derivative:
        """The program together with its nonzero partial derivatives."""
        return _differentiate(self)


@final
@dataclass(frozen=True)
class Derivative:
    """``program`` gives the results, then the partial derivatives at ``places`` (result, input)."""

    program: Program
    places: tuple[tuple[int, int], ...]


@final
@dataclass(frozen=True)
class Plan:
    """A program for the interpreter: integers, inputs, other values without operands, operations.

    ``operations`` are an operator and the positions of its two operands, or no operator, a step,
    or several oracles of one family at one argument, and the positions of the operands;
    ``outputs`` are positions in this order.
    """

    integers: tuple[int, ...]
    inputs: tuple[int, ...]
    others: tuple[Step, ...]
    operations: tuple[tuple[Callable[[Any, Any], Any] | None, Any, Any], ...]
    outputs: tuple[int, ...]


def _planned(program: Program) -> Plan:
    """Sort the steps without operands to the front."""
    kinds: tuple[list[int], list[int], list[int], list[int]] = ([], [], [], [])
    for i, step in enumerate(program.steps):
        place = (
            0
            if _is_small_integer(step)
            else 1
            if step.kind == "input"
            else 3
            if step.operands
            else 2
        )
        kinds[place].append(i)
    integers, inputs, others, operations = kinds
    families = _families(program, operations)
    operations = [i for first in operations for i in families.get(first, ())]
    where = {old: new for new, old in enumerate(integers + inputs + others + operations)}
    steps = program.steps
    planned = []
    for i, members in families.items():
        operator_, places = OPERATORS.get(steps[i].kind), [where[j] for j in steps[i].operands]
        family = tuple(steps[j] for j in members)
        planned.append((operator_, *places) if operator_ else (None, family, places))
    return Plan(
        tuple(int(steps[i].value.p) for i in integers),
        tuple(steps[i].value for i in inputs),
        tuple(steps[i] for i in others),
        tuple(planned),
        tuple(where[i] for i in program.outputs),
    )


def _families(program: Program, operations: Sequence[int]) -> dict[int, list[int]]:
    """Operations by the first of those that are made together, in order."""
    firsts: dict[Any, int] = {}
    families: dict[int, list[int]] = {}
    for i in operations:
        step = program.steps[i]
        is_oracle = step.kind == "call" and isinstance(step.value.name, Oracle)
        key = (step.operands, step.value.name.family) if is_oracle else i
        families.setdefault(firsts.setdefault(key, i), []).append(i)
    return families


def evaluate(program: Program, inputs: Sequence[Any], arithmetic: Arithmetic) -> list[Any]:
    """The results of a program."""
    plan = program.plan
    values: list[Any] = [*plan.integers, *(inputs[i] for i in plan.inputs)]
    append = values.append
    for step in plan.others:
        append(rounded_value(step, arithmetic))
    for operation, first, second in plan.operations:
        if operation is not None:
            append(operation(values[first], values[second]))
        else:
            values += function_values(first, [values[i] for i in second], arithmetic)
    return [values[i] for i in plan.outputs]


def constant_value(step: Step, arithmetic: Arithmetic) -> Any:
    """Value of a constant or named number."""
    return int(step.value.p) if _is_small_integer(step) else rounded_value(step, arithmetic)


def rounded_value(step: Step, arithmetic: Arithmetic) -> Any:
    """Value of a constant or named number in the numbers of an arithmetic."""
    number = arithmetic.number if step.kind == "number" else arithmetic.constant
    return number(step.value)


def _is_small_integer(step: Step) -> bool:
    """Whether a step is an integer that every arithmetic holds exactly: these are cheap."""
    return step.kind == "constant" and step.value.q == 1 and abs(step.value) < _SMALL_INTEGER


def function_value(step: Step, arguments: Sequence[Any], arithmetic: Arithmetic) -> Any:
    """Value of a power, of a logarithm or of a named function."""
    if step.kind == "power":
        return arithmetic.power(arguments[0], step.value)
    if step.kind == "logarithm":
        return arithmetic.logarithm(*arguments)
    if step.kind == "poles":
        return arithmetic.poles(step.value, arguments[0])
    return arithmetic.call(step.value, arguments[0])


def function_values(
    family: Sequence[Step], arguments: Sequence[Any], arithmetic: Arithmetic
) -> list[Any]:
    """Values of one function, or of several oracles of one family."""
    if len(family) == 1:
        return [function_value(family[0], arguments, arithmetic)]
    return arithmetic.calls([step.value for step in family], arguments[0])


class Tape:
    """Steps under construction; equal steps are shared, products with 0 and 1 are not made.

    Constants are combined exactly: a quotient of two integers would be a float, and no enclosure.
    """

    def __init__(self, steps: Sequence[Step] = ()) -> None:
        self.steps: list[Step] = list(steps)
        self._seen: dict[Step, int] = {step: i for i, step in enumerate(self.steps)}

    def add(self, step: Step) -> int:
        """Position of a step, new or already there."""
        known = [self.steps[i] for i in step.operands]
        if step.kind in OPERATORS and all(operand.kind == "constant" for operand in known):
            first, second = (operand.value for operand in known)
            if step.kind != "divide" or second != 0:
                return self.add(Step("constant", (), OPERATORS[step.kind](first, second)))
        if step not in self._seen:
            self._seen[step] = len(self.steps)
            self.steps.append(step)
        return self._seen[step]

    def constant(self, value: int) -> int:
        """Position of an integer."""
        return self.add(Step("constant", (), fmpq(value)))

    def product(self, a: int, b: int) -> int:
        """A b, where 1 is left out."""
        one = Step("constant", (), fmpq(1))
        if self.steps[a] == one:
            return b
        return a if self.steps[b] == one else self.add(Step("multiply", (a, b)))

    def raised(self, base: int, exponent: int) -> int:
        """A positive power, by squaring."""
        if exponent == 1:
            return base
        root = self.raised(base, exponent // 2)
        square = self.add(Step("multiply", (root, root)))
        return self.add(Step("multiply", (square, base))) if exponent % 2 else square

    def total(self, terms: Sequence[int]) -> int:
        """Position of a sum."""
        position = terms[0] if terms else self.constant(0)
        for term in terms[1:]:
            position = self.add(Step("add", (position, term)))
        return position

    def reciprocal(self, a: int) -> int:
        """Position of 1/a."""
        return self.add(Step("divide", (self.constant(1), a)))

    def splice(self, program: Program, argument: int) -> int:
        """Position of the result of a program of one input, applied to a step."""
        where: list[int] = []
        for step in program.steps:
            if step.kind == "input":
                where.append(argument)
            else:
                operands = tuple(where[i] for i in step.operands)
                where.append(self.add(Step(step.kind, operands, step.value)))
        return where[program.outputs[0]]


def _differentiate(program: Program) -> Derivative:
    """Forward accumulation, sparse in the inputs."""
    tape = Tape()
    where: list[int] = []
    partials: list[dict[int, int]] = []
    for step in program.steps:
        operands = tuple(where[i] for i in step.operands)
        slopes = [partials[i] for i in step.operands]
        if step.kind == "divide" and slopes[1]:
            # the derivative needs the reciprocal too, and a product is cheaper than a quotient
            position = tape.product(operands[0], tape.reciprocal(operands[1]))
        else:
            position = tape.add(Step(step.kind, operands, step.value))
        where.append(position)
        fixed = step.kind == "input" and step.value >= program.inputs
        partials.append({} if fixed else _partials(tape, step, operands, position, slopes))
    places = [(i, j) for i, out in enumerate(program.outputs) for j in sorted(partials[out])]
    outputs = [where[i] for i in program.outputs]
    outputs += [partials[program.outputs[i]][j] for i, j in places]
    return Derivative(Program(program.inputs, tuple(tape.steps), tuple(outputs)), tuple(places))


def _partials(
    tape: Tape, step: Step, operands: tuple[int, ...], position: int, slopes: list[dict[int, int]]
) -> dict[int, int]:
    """Partial derivatives of one step by the chain rule, as positions on the tape."""
    kind = step.kind
    if kind == "input":
        return {step.value: tape.constant(1)}
    if not any(slopes):
        return {}
    if kind == "power":
        factor = tape.add(Step("constant", (), step.value))
        factor = tape.add(Step("multiply", (factor, position)))
        factor = tape.add(Step("divide", (factor, operands[0])))
        return {i: tape.product(factor, d) for i, d in slopes[0].items()}
    if kind == "logarithm":
        return {i: tape.add(Step("divide", (d, operands[0]))) for i, d in slopes[0].items()}
    if kind == "poles":
        factor = tape.add(Step("poles", operands, step.value.derivative))
        factor = tape.product(tape.constant(-step.value.order), factor)
        return {i: tape.product(factor, d) for i, d in slopes[0].items()}
    if kind == "call":
        factor = tape.splice(step.value.derivative(), operands[0])
        return {i: tape.product(factor, d) for i, d in slopes[0].items()}
    a, b = operands
    if kind == "multiply":
        first = {i: tape.product(d, b) for i, d in slopes[0].items()}
        second = {i: tape.product(a, d) for i, d in slopes[1].items()}
        return _joined(tape, "add", first, second)
    if kind == "divide":
        # (a/b)' = (a' - (a/b) b')/b
        second = {i: tape.product(position, d) for i, d in slopes[1].items()}
        whole = _joined(tape, "subtract", slopes[0], second)
        if slopes[1]:
            return {i: tape.product(d, tape.reciprocal(b)) for i, d in whole.items()}
        return {i: tape.add(Step("divide", (d, b))) for i, d in whole.items()}
    return _joined(tape, kind, slopes[0], slopes[1])


def _joined(tape: Tape, kind: str, first: dict[int, int], second: dict[int, int]) -> dict[int, int]:
    """Sum or difference of two sets of partial derivatives."""
    result = dict(first)
    for i, d in second.items():
        if i in first:
            result[i] = tape.add(Step(kind, (first[i], d)))
        elif kind == "subtract":
            result[i] = tape.add(Step("multiply", (tape.constant(-1), d)))
        else:
            result[i] = d
    return result


def linearise(
    program: Program, inputs: Sequence[Any], arithmetic: Arithmetic
) -> tuple[list[Any], list[dict[int, Any]]]:
    """Results and their nonzero partial derivatives, each a mapping from input to derivative."""
    derivative = program.derivative
    values = evaluate(derivative.program, inputs, arithmetic)
    count = len(program.outputs)
    partials: list[dict[int, Any]] = [{} for _ in range(count)]
    for (i, j), value in zip(derivative.places, values[count:], strict=True):
        partials[i][j] = value
    return values[:count], partials
