"""Parts of a law on its branch: subordination functions, and where they have a given value."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import NamedTuple, final

import numpy as np
import sympy as sp

from freeprob.errors import InvalidParameterError, UndefinedOperationError
from freeprob.exact.operations.maps import MobiusMap, SymmetricRoot
from freeprob.exact.operations.multiplicative import FreeProduct, FreeProductPower
from freeprob.exact.operations.rectangular import RectangularSum
from freeprob.exact.systems.operation import Operation
from freeprob.exact.systems.subordination import Path, Subordinate, path_to, subordinate
from freeprob.exact.systems.system import Node, System, flatten
from freeprob.laws.description.described import Described
from freeprob.numeric.branch.branch import physical_branch
from freeprob.numeric.branch.functions import (
    values_program,
)
from freeprob.numeric.branch.gap_roots import Rising


@final
@dataclass(frozen=True)
class Standing:
    """Where a part stands: ω as a function on the law's curve, and what rises along gaps.

    Parameters
    ----------
    system
        Of the whole law.
    argument
        ω, or its square for singular values.
    weight
        κ of (z - M)⁻¹ ≈ κ (ω - A)⁻¹, whose residue is the overlap κ/ω'.
    functions
        Results on the gaps, of which ``level`` makes a rising number.
    zeros
        Which of them fall along gaps, with zeros at the poles of ω.
    squared
        Whether values are singular values, whose squares ``argument`` takes.
    of_squares
        Whether the law itself is that of squares, so that a place is the root of one of its points.
    turned
        Whether a negative factor exchanges the half planes: ω falls.
    by_place
        Whether z/θ - z/ω rises in place of ω - θ: for a positive part whose partners have
        both signs.
    """

    system: System
    argument: sp.Expr
    weight: sp.Expr
    functions: tuple[sp.Expr, ...]
    zeros: tuple[int, ...]
    squared: bool = False
    of_squares: bool = False
    by_place: bool = False
    turned: bool = False

    @cached_property
    def rising(self) -> Rising:
        """The functions along gaps."""
        program = values_program(flatten(self.system), self.functions)
        return Rising(physical_branch(self.system), program, self.zeros, self._level)

    def _level(self, values: Sequence[np.ndarray]) -> np.ndarray:
        with np.errstate(all="ignore"):
            if self.squared:
                # both blocks rise: of equal sign, the root of their product rises
                one, other = np.real(values[0]), np.real(values[1])
                return np.where(one * other > 0, np.sign(one) * np.sqrt(np.abs(one * other)), 0.0)
            if self.by_place:
                return -np.real(values[2] / values[0])
            return -np.real(values[0]) if self.turned else np.real(values[0])

    def height(self, value: float) -> Callable[[np.ndarray, Sequence[np.ndarray]], np.ndarray]:
        """What rises and is 0 where ω has the value."""
        if self.by_place:
            return lambda x, values: x / value + self._level(values)
        value = -value if self.turned else value
        return lambda x, values: self._level(values) - value

    def omega(self, values: Sequence[np.ndarray]) -> np.ndarray:
        """ω itself on the gaps."""
        return self._level(values) if self.squared else np.real(values[0])


@lru_cache(maxsize=256)
def standing(law: Described, part: Described) -> Standing:
    """Where a part of a law stands.

    Raises
    ------
    InvalidParameterError
        If it is no part of the law, or no operation on the way has subordination functions.
    UndefinedOperationError
        If a product has several factors of both signs.
    """
    steps = steps_to(law, part)
    rectangular = blocks_under(law.system)
    if rectangular is not None:
        return _of_blocks(law.system, rectangular.ratio, subordinate(law.system, steps[0].path))
    path = tuple(index for step in steps for index in step.path)
    below = subordinate(law.system, path)
    if all(_has_positive_partners(step) for step in steps):
        omega, value = below.point
        turned = is_turned(law.system, path)
        functions = (omega, -value if turned else value)
        return Standing(law.system, omega, below.weight, functions, (1,), turned=turned)
    if len(steps) == 1 and part.on_half_line:
        return by_place(law.system, below.point.z, below.weight)
    raise UndefinedOperationError(
        f"the place of {part} in {law} is known where its partners in products live on the half "
        "line, or itself"
    )


def by_place(system: System, argument: sp.Expr, weight: sp.Expr) -> Standing:
    """A positive part whose partners have both signs: z/ω falls, with poles where tr A(z - M)⁻¹."""
    curve = flatten(system)
    falling = (curve.z * curve.G - 1) * argument / curve.z
    return Standing(system, argument, weight, (argument, falling, curve.z), (1,), by_place=True)


def _of_blocks(system: System, ratio: sp.Expr, below: Subordinate) -> Standing:
    """A rectangular sum, read by squares: ω₁ω₂, with ω₁ = (1 + y)/φ and ω₂ = φ/G_part."""
    curve, point = below.curve, below.point
    blocks = (point.z * point.G / curve.G, curve.G / point.G)
    return of_blocks(system, point.z, blocks, ratio)


def of_blocks(
    system: System, square: sp.Expr, blocks: tuple[sp.Expr, sp.Expr], ratio: sp.Expr
) -> Standing:
    """Singular values, both signs: φ = G and λφ + (1 - λ)/z are the traces of the two blocks."""
    curve = flatten(system)
    other = ratio * curve.G + (1 - ratio) / curve.z
    functions = (*blocks, curve.G, other)
    return Standing(system, square, blocks[1] / curve.z, functions, (2, 3), squared=True)


def of_squares(system: System, square: sp.Expr, weight: sp.Expr, ratio: sp.Expr) -> Standing:
    """The same from the law of squares: κ has the sign of ω₂, ω₁ω₂/κ that of ω₁."""
    blocks = (square / weight, weight)
    standing = of_blocks(system, square, blocks, ratio)
    return replace(standing, weight=weight, of_squares=True)


class Blocks(NamedTuple):
    """A rectangular sum in squares, and the ratio of its blocks."""

    squares: Node
    ratio: sp.Expr


def blocks_under(system: System) -> Blocks | None:
    """The rectangular sum whose symmetric law a system is; None for other systems."""
    if not isinstance(system, Node) or not isinstance(system.operation, SymmetricRoot):
        return None
    (inner,) = system.parts
    if not isinstance(inner, Node) or not isinstance(inner.operation, RectangularSum):
        return None
    return Blocks(inner, inner.operation.ratio)


def is_turned(system: System, path: Path) -> bool:
    """Whether affine maps with negative factors on a path exchange the half planes."""
    turned = False
    for index in path:
        assert isinstance(system, Node)
        operation = system.operation
        if isinstance(operation, MobiusMap):
            turned ^= bool((operation.a / operation.d).is_negative)
        system = system.parts[index]
    return turned


def parts_of(law: Described) -> list[Described]:
    """The laws among the arguments that have a subordination function."""
    parts = [argument for argument in law.args if isinstance(argument, Described)]
    return [part for part in dict.fromkeys(parts) if _own_path(law, part) is not None]


class Step(NamedTuple):
    """From a law down to one of its parts."""

    law: Described
    part: Described
    path: Path


def _own_path(law: Described, part: Described) -> Path | None:
    rectangular = blocks_under(law.system)
    if rectangular is not None:
        path = path_to(rectangular.squares, part.square().system)
        return None if path is None else (0, *path)
    return path_to(law.system, part.system)


def steps_to(law: Described, part: Described) -> list[Step]:
    """The way down to a part.

    Raises
    ------
    InvalidParameterError
        If there is none.
    """
    found = _steps(law, part) if isinstance(part, Described) else None
    if found is None or (len(found) > 1 and any(blocks_under(s.law.system) for s in found)):
        raise InvalidParameterError(f"{part} is no part of {law}: {_known(law)}")
    return found


def _steps(law: Described, part: Described) -> list[Step] | None:
    children = parts_of(law)
    if part in children:
        return [Step(law, part, _own_path(law, part) or ())]
    for child in children:
        rest = _steps(child, part)
        if rest is not None:
            return [Step(law, child, _own_path(law, child) or ()), *rest]
    return None


def operation_of(step: Step) -> Operation:
    """The last operation on the way: the one that the part itself enters."""
    return entered(step.law.system, step.path)


def entered(system: System, path: Path) -> Operation:
    """The operation of the node that a path's last part belongs to."""
    for index in path[:-1]:
        assert isinstance(system, Node)
        system = system.parts[index]
    assert isinstance(system, Node)
    return system.operation


def _has_positive_partners(step: Step) -> bool:
    """Whether what the part is multiplied with lives on the half line, if anything is."""
    if not isinstance(operation_of(step), FreeProduct | FreeProductPower):
        return True
    others = [arg for arg in step.law.args if isinstance(arg, Described) and arg != step.part]
    return all(other.on_half_line for other in others)


def _known(law: Described) -> str:
    """What the parts are."""
    parts = ", ".join(map(str, parts_of(law)))
    if parts:
        return f"its parts are {parts}"
    return "it has none, as it is no free sum, product, power, compression or rectangular sum"
