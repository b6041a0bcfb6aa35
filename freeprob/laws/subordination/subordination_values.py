"""Subordination functions of a law's parts: values, equations, preimages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import sympy as sp
from flint import acb, ctx

from freeprob.errors import (
    BudgetExceededError,
    InvalidParameterError,
    NotAlgebraicError,
    UndefinedOperationError,
)
from freeprob.exact.operations.additive import Compression
from freeprob.exact.systems.operation import Point
from freeprob.exact.systems.subordination import Path, subordinate
from freeprob.exact.systems.system import Node, System
from freeprob.laws.description.described import Described
from freeprob.laws.numbers.spectrum_for_numbers import require_numbers, require_points
from freeprob.laws.subordination.gap_places import pieces_of, solutions
from freeprob.laws.subordination.subordination import (
    blocks_under,
    entered,
    parts_of,
    standing,
    steps_to,
)
from freeprob.numeric.branch.functions import BranchFunction
from freeprob.numeric.distributions.evaluate import reflected
from freeprob.numeric.precision import FLOAT_DIGITS, rounded
from freeprob.numeric.programs.points import Place
from freeprob.parameters import exact, names_of, require


def subordination(law: Described, z: Any, dps: int | None) -> dict[Described, Any]:
    """ω(z) of every part."""
    require_numbers(law)
    require_points(z)
    return {part: _values(law, part, z, dps) for part in _parts(law)}


def _parts(law: Described) -> list[Described]:
    """The parts, at least one."""
    parts = parts_of(law)
    if not parts:
        raise UndefinedOperationError(
            f"{law} has no subordination functions: it is no free sum, product, power, "
            "compression, rectangular sum or information plus noise of other laws"
        )
    return parts


def _values(law: Described, part: Described, z: Any, dps: int | None) -> Any:
    """ω(z) of one part."""
    if blocks_under(law.system) is not None:
        one, other = standing(law, part).functions[:2]
        return _root_of_blocks(law.system, (one, other), z, dps)
    (step,) = steps_to(law, part)
    omega = BranchFunction(law.system, subordinate(law.system, step.path).point.z)
    return reflected(omega.floats, omega.ball, z, dps)


def _root_of_blocks(system: System, blocks: Sequence[sp.Expr], z: Any, dps: int | None) -> Any:
    """√ω₁ √ω₂ with both in the closed upper half plane, as they are above the axis."""
    functions = [BranchFunction(system, block) for block in blocks]

    def floats(points: np.ndarray) -> np.ndarray:
        one, other = (function.floats(points) for function in functions)
        raised = [np.real(value) + 1j * np.maximum(np.imag(value), 0.0) for value in (one, other)]
        roots = [np.sqrt(value) for value in raised]
        return roots[0] * roots[1]

    def ball(place: Place, bits: int) -> acb:
        with ctx.workprec(bits + 32):
            one, other = (_upper(function.ball(place, bits), bits) for function in functions)
            return one.sqrt() * other.sqrt()

    return reflected(floats, ball, z, dps)


def _upper(value: acb, bits: int) -> acb:
    """A value of the closed upper half plane; what is real but for rounding is real."""
    real = value.imag.contains(0) or value.imag.abs_upper() < value.abs_lower() / 2**bits
    return acb(value.real) if real else value


def preimages(law: Described, part: Any, value: Any, dps: int | None) -> list[Any]:
    """Real z outside the support where ω of a part has the value."""
    require_numbers(law)
    number = exact(value, "value")
    if number.free_symbols:
        raise InvalidParameterError(f"numbers need values, and {value} has symbols")
    require(isinstance(part, sp.Basic), f"a part of a law is a law, got {part!s:.80}")
    place = standing(law, part)
    if place.by_place or place.squared:
        # z/ω - z/θ and the root of ω₁ω₂ are told where the value is positive, and not 0
        require(
            number > 0 or (place.squared and number < 0),
            f"places where {part} stands are known for positive values, got {value}",
        )
    sign = -1 if place.squared and number < 0 else 1
    pieces = pieces_of(law, place, [float(number)])
    found = solutions(pieces, place, sp.Abs(number) if place.squared else number, (sign,))
    places = sorted(rounded(solution.location, dps or FLOAT_DIGITS) for solution in found)
    return places if dps is not None else [float(place) for place in places]


def equations(
    law: Described, G: sp.Symbol, z: sp.Symbol, names: Mapping[Any, sp.Symbol] | None
) -> list[sp.Eq]:
    """The parts' equations at ω, and the gluing."""
    parts = _parts(law)
    given = names_of(names, "{mu: omega}", parts, "parts")
    omegas = {part: given.get(part, sp.Dummy(f"omega_{i}")) for i, part in enumerate(parts, 1)}
    if blocks_under(law.system) is not None:
        return _rectangular_equations(law, G, z, omegas)
    whole = Point(z, G)
    points = {}
    for part, omega in omegas.items():
        (step,) = steps_to(law, part)
        points[step.path] = Point(omega, _value_at(law.system, step.path, omega, whole))
    glued = _glued(law.system, (), points)
    own = [
        equation
        for part, point in zip(omegas, points.values(), strict=True)
        for equation in own_equations(part, point)
    ]
    return [*own, sp.Eq(z, glued.z, evaluate=False)]


def _value_at(system: System, path: Path, omega: sp.Expr, whole: Point) -> sp.Expr:
    """G_part(ω) by G, z and ω: from G times the share of a corner = κ G_part(ω)."""
    operation = entered(system, path)
    value = sp.Dummy("g")
    # equal parts are one power inside a sum or product, whose rule the whole obeys, too
    weight = operation.resolvent(whole, Point(omega, value))
    share = operation.trace if isinstance(operation, Compression) else sp.S.One
    (solution,) = sp.solve(sp.Eq(share * whole.G, weight * value), value)
    return sp.factor(solution)


def _glued(system: System, path: Path, points: Mapping[Path, Point]) -> Point:
    """The point of a system from those of the parts at the ends of paths."""
    if path in points:
        return points[path]
    assert isinstance(system, Node)
    parts = [_glued(part, (*path, i), points) for i, part in enumerate(system.parts)]
    own = system.operation.glue(parts)
    values = dict(zip(own.unknowns, own.values, strict=True))
    return Point(sp.factor_terms(own.z.xreplace(values)), own.G.xreplace(values))


def own_equations(part: Described, point: Point) -> list[sp.Eq]:
    """A part's equations at its point: its polynomial one, or those of its curve."""
    value, place = sp.Dummy("G"), sp.Dummy("z")
    try:
        left = part.polynomial(value, place).as_expr()
    except (NotAlgebraicError, BudgetExceededError):
        first, *others = part.system_equations(point.G, point.z)
        if isinstance(first.rhs, sp.Dummy):
            return [equation.xreplace({first.rhs: point.z}) for equation in others]
        return [first, *others]
    own = left.xreplace({value: point.G, place: point.z})
    if point.G.is_Symbol:
        return [sp.Eq(own, 0, evaluate=False)]
    return [sp.Eq(sp.numer(sp.together(own)), 0, evaluate=False)]


def _rectangular_equations(
    law: Described, G: sp.Symbol, z: sp.Symbol, omegas: Mapping[Described, sp.Symbol]
) -> list[sp.Eq]:
    """T(yᵢ)/ωᵢ² = T(y)/z² with y = Σ yᵢ, yᵢ = ωᵢ Gᵢ - 1."""
    ratio = law.args[2]
    found, total, common = [], sp.S.Zero, _two_sided(z * G - 1, ratio) / z**2
    count = {part: sum(arg == part for arg in law.args[:2]) for part in omegas}
    for i, (part, omega) in enumerate(omegas.items(), 1):
        value = sp.Dummy(f"G_{i}")
        y = omega * value - 1
        total += count[part] * y
        found += own_equations(part, Point(omega, value))
        found.append(sp.Eq(_two_sided(y, ratio) / omega**2, common, evaluate=False))
    return [*found, sp.Eq(z * G - 1, total, evaluate=False)]


def _two_sided(y: sp.Expr, ratio: sp.Expr) -> sp.Expr:
    return (ratio * y + 1) * (y + 1)
