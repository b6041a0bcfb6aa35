"""Programs of a function of two variables, made for integrals over one after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from freeprob.exact.systems.conditional_images import V, W, conditional_image
from freeprob.exact.systems.product_transform import Chart, primitive_of, transform_with_slope
from freeprob.numeric.programs.conditional_images import Conditional, Product, Variable
from freeprob.numeric.programs.lowering import compile_map, compile_program


def conditional_of(
    size: int, function: Callable[..., Any], charts: Sequence[Chart]
) -> Conditional | None:
    """The function compiled; None where its conditional transforms are not in closed form."""
    found = conditional_image(size, function, charts)
    if found is None:
        return None
    leading, discriminant, *ends = (
        Product(compile_program([power.constant], []), power.exponents)
        for power in (found.leading, found.discriminant, *found.ends)
    )
    factors = found.factor_coefficients
    return Conditional(
        found.size,
        found.first,
        found.degree,
        _variable(found.inner),
        None if found.outer is None else _variable(found.outer),
        compile_program(found.coefficients, [W, V]),
        compile_program([coefficient for row in factors for coefficient in row], [W]),
        tuple(map(len, factors)),
        leading,
        discriminant,
        tuple(ends),
    )


def _variable(chart: Chart) -> Variable:
    kind, _, _, weight, transform = chart.args
    return Variable(
        kind.name,
        compile_map(lambda c: [weight(c)], 1),
        compile_map(lambda J, root, above: transform_with_slope(transform, J, root, above), 3),
        compile_map(lambda J: [primitive_of(transform, J)], 1),
    )
