"""The transform of a function of several independent variables, as a function of SymPy."""

from __future__ import annotations

from typing import final

import sympy as sp
from sympy.core.symbol import Str

from freeprob.exact.images.gaussian_transform import TransformAt


@final
class Chart(sp.Basic):
    """One variable; arguments are a kind, two numbers m and h, a weight w and a transform.

    ``circle``: m + h cos θ with density w(cos θ) dθ on (0, π), and the Cauchy transform of cos θ at
    u as a function of J, √(u² - 1) and u + 1, where J + 1/J = 2u and |J| < 1; ``line``: Gaussian of
    mean m and deviation h; ``segment``: uniform on [m - h, m + h]. The last two have no use for
    weight and transform.
    """


CIRCLE, LINE, SEGMENT = map(Str, ("circle", "line", "segment"))


class ProductTransform(TransformAt):
    r"""The derivative of order n of ψ(1/w) = E tr M (w - M)⁻¹/d for a symmetric matrix of size d.

    M is a function of independent variables, each with a chart. Arguments are w, n, d, a
    ``Lambda`` of the entries M₁₁, M₁₂, …, M₂₂, …, and a tuple of charts. Off the real axis it is
    an integral of an analytic function; on the spectrum it has no value here.
    """

    nargs = 5

    def from_below(self) -> sp.Expr:
        """By -M."""
        point, order, size, function, charts = self.args
        entries = sp.Lambda(function.variables, sp.Tuple(*(-entry for entry in function.expr)))
        return (-1) ** order * self.func(-point, order, size, entries, charts)


def transform_with_slope(
    transform: sp.Lambda, J: sp.Symbol, root: sp.Symbol, above: sp.Symbol
) -> list[sp.Expr]:
    """The transform of a circle's chart and its derivative by u: J' = -J/root, root' = u/root."""
    value = transform(J, root, above)
    slope = -value.diff(J) * J / root + value.diff(root) * (above - 1) / root + value.diff(above)
    return [value, slope]


def primitive_of(transform: sp.Lambda, J: sp.Symbol) -> sp.Expr:
    """The primitive of the transform by u as a function of J: du = (1 - 1/J²) dJ/2."""
    root = (1 / J - J) / 2
    value = transform(J, root, (1 + J) ** 2 / (2 * J))
    return sp.integrate(sp.apart(sp.cancel(value * (1 - J**-2) / 2), J), J)
