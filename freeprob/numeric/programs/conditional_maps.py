"""Programs of a function of two variables, made for integrals over one after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from freeprob.exact.images.conditional_images import U, V, W, conditional_image
from freeprob.exact.images.product_transform import Chart, primitive_of, transform_with_slope
from freeprob.numeric.programs.conditional_images import Conditional, Product, Variable
from freeprob.numeric.programs.straight_line import Program

Compiler = Callable[[Sequence[Any], Sequence[Any]], Program]
"""From expressions in some symbols to their program."""


def conditional_of(
    size: int, function: Callable[..., Any], charts: Sequence[Chart], compiled: Compiler
) -> Conditional | None:
    """The function compiled; None where its conditional transforms are not in closed form."""
    found = conditional_image(size, function, charts)
    if found is None:
        return None
    leading, discriminant, *ends = (
        Product(compiled([power.constant], []), power.exponents)
        for power in (found.leading, found.discriminant, *found.ends)
    )
    factors = found.factor_coefficients
    return Conditional(
        found.size,
        found.first,
        found.degree,
        _variable(found.inner, compiled),
        None if found.outer is None else _variable(found.outer, compiled),
        compiled(found.coefficients, [W, V]),
        compiled([coefficient for row in factors for coefficient in row], [W]),
        tuple(map(len, factors)),
        leading,
        discriminant,
        tuple(ends),
    )


def _variable(chart: Chart, compiled: Compiler) -> Variable:
    kind, _, _, weight, transform = chart.args
    return Variable(
        kind.name,
        compiled([weight(U)], [U]),
        compiled(transform_with_slope(transform, J=U, root=V, above=W), [U, V, W]),
        compiled([primitive_of(transform, J=U)], [U]),
    )
