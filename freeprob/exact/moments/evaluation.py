"""SymPy expressions evaluated on series, and on series with derivatives."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar, final

import sympy as sp

from freeprob.errors import NotAlgebraicError
from freeprob.exact.algebra.series import Series

_MULTIPLIED = 2**10  # exponents up to which powers are products; beyond, exponentials of logarithms


@final
@dataclass(frozen=True)
class Dual:
    """A series and its partial derivatives by some unknowns (forward differentiation)."""

    value: Series
    slopes: tuple[Series, ...]

    def _chain(self, value: Series, slope: Series) -> Dual:
        return Dual(value, tuple(slope * own for own in self.slopes))

    def __add__(self, other: Dual) -> Dual:
        slopes = tuple(a + b for a, b in zip(self.slopes, other.slopes, strict=True))
        return Dual(self.value + other.value, slopes)

    def __sub__(self, other: Dual) -> Dual:
        slopes = tuple(a - b for a, b in zip(self.slopes, other.slopes, strict=True))
        return Dual(self.value - other.value, slopes)

    def __mul__(self, other: Dual) -> Dual:
        slopes = tuple(
            a * other.value + self.value * b for a, b in zip(self.slopes, other.slopes, strict=True)
        )
        return Dual(self.value * other.value, slopes)

    def __pow__(self, exponent: int) -> Dual:
        factor = self.value.field.integer(exponent)
        value = self.value**exponent
        if exponent == -1:
            return self._chain(value, -(value * value))
        return self._chain(value, (self.value ** (exponent - 1)).scaled(factor))

    def shifted(self, places: int) -> Dual:
        """Times t^places."""
        return Dual(
            self.value.shifted(places), tuple(slope.shifted(places) for slope in self.slopes)
        )

    def power(self, exponent: sp.Expr) -> Dual:
        """A constant power."""
        value = self.value.power(exponent)
        return self._chain(value, (value / self.value).scaled(self.value.field.read(exponent)))

    def log(self) -> Dual:
        """The logarithm."""
        return self._chain(self.value.log(), self.value.inverse())

    def exp(self) -> Dual:
        """The exponential."""
        value = self.value.exp()
        return self._chain(value, value)


Number = TypeVar("Number", Series, Dual)


@dataclass(frozen=True)
class Step:
    """One operation on earlier results, which are named by their positions."""

    kind: str
    operands: tuple[int, ...]
    value: object = None


def evaluate(
    expressions: Sequence[sp.Expr],
    values: Mapping[sp.Expr, Number],
    constant: Callable[[sp.Expr], Number],
) -> list[Number]:
    """Expressions with series, or series with derivatives, in place of their unknowns.

    Sums, products, powers, ``log`` and ``exp`` are understood; anything else raises
    NotAlgebraicError. Common subexpressions and powers are computed once.
    """
    steps, outputs = _compiled(tuple(expressions), tuple(values))
    results: list[Number] = []
    for step in steps:
        results.append(_run(step, results, values, constant))
    return [results[output] for output in outputs]


def _run(
    step: Step,
    results: list[Number],
    values: Mapping[sp.Expr, Number],
    constant: Callable[[sp.Expr], Number],
) -> Number:
    if step.kind == "unknown":
        return values[step.value]
    if step.kind == "constant":
        return constant(step.value)
    first, *others = (results[operand] for operand in step.operands)
    if step.kind == "sum":
        for other in others:
            first = first + other
        return first
    if step.kind == "product":
        for other in others:
            first = first * other
        return first
    if step.kind == "inverse":
        return first**-1
    if step.kind == "power":
        return first.power(step.value)
    return first.log() if step.kind == "log" else first.exp()


@lru_cache(maxsize=512)
def _compiled(
    expressions: tuple[sp.Expr, ...], unknowns: tuple[sp.Expr, ...]
) -> tuple[tuple[Step, ...], tuple[int, ...]]:
    """Steps that compute the expressions, shared parts once, and where the results stand."""
    steps: list[Step] = []
    seen: dict[object, int] = {}
    bound = set(unknowns)

    def add(key: object, step: Step) -> int:
        steps.append(step)
        seen[key] = len(steps) - 1
        return seen[key]

    def visit(node: sp.Expr) -> int:
        if node in seen:
            return seen[node]
        if node in bound:
            return add(node, Step("unknown", (), node))
        if not node.free_symbols & bound:
            return add(node, Step("constant", (), node))
        if node.is_Add or node.is_Mul:
            operands = tuple(visit(argument) for argument in node.args)
            return add(node, Step("sum" if node.is_Add else "product", operands))
        if node.is_Pow and node.exp.is_Integer and abs(node.exp) <= _MULTIPLIED:
            return power(node.base, int(node.exp))
        if node.is_Pow and not node.exp.free_symbols & bound:
            return add(node, Step("power", (visit(node.base),), node.exp))
        if isinstance(node, sp.log | sp.exp):
            kind = "log" if isinstance(node, sp.log) else "exp"
            return add(node, Step(kind, (visit(node.args[0]),)))
        raise NotAlgebraicError(f"no power series is known here for {type(node).__name__}")

    def power(base: sp.Expr, exponent: int) -> int:
        key = (base, exponent)
        if key in seen:
            return seen[key]
        if exponent == 1:
            return visit(base)
        if exponent < 0:
            return add(key, Step("inverse", (power(base, -exponent),)))
        half = exponent // 2
        return add(key, Step("product", (power(base, half), power(base, exponent - half))))

    outputs = tuple(visit(expression) for expression in expressions)
    return tuple(steps), outputs
