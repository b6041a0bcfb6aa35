"""A matrix function of two variables, prepared for integrals over one variable after the other.

χ(w, u, v) is the numerator of det(w - M), u and v the variables in units of their charts. Given v,
the transform of M is that of u at the roots of χ in u, where χ has degree 1 or 2 in it. As a
function of v it is singular only where a root goes to infinity, two roots meet, or a root passes an
end of u: at zeros of factors of the leading coefficient, the discriminant and values at ends.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, final

import sympy as sp

from freeprob.exact.images.product_transform import LINE, Chart

W, U, V = sp.symbols("w u v", cls=sp.Dummy)
_MOST = 2  # degrees whose roots have closed forms


class Powers(NamedTuple):
    """A constant times powers of factors, which are given by their numbers."""

    constant: sp.Expr
    exponents: tuple[tuple[int, int], ...]


@final
@dataclass(frozen=True)
class ConditionalImage:
    """χ as a polynomial in W, U, V; ``first`` is the number of the variable of U.

    ``factors`` in W and V are irreducible; the first two are V - 1 and V + 1. ``leading`` is the
    coefficient of the highest power of U, ``ends`` are χ at U = 1 and U = -1. Factors of χ at
    U = 0 are there because a narrow range of u lies around their zeros.
    """

    size: int
    first: int
    polynomial: sp.Expr
    degree: int
    inner: Chart
    outer: Chart | None
    factors: tuple[sp.Expr, ...]
    leading: Powers
    discriminant: Powers
    ends: tuple[Powers, ...]

    @property
    def coefficients(self) -> list[sp.Expr]:
        """Coefficients of χ in U, lowest first, then those of its first two derivatives by W."""
        rows = (sp.expand(self.polynomial.diff(W, k)) for k in (1, 2))
        return [row.coeff(U, k) for row in (self.polynomial, *rows) for k in range(self.degree + 1)]

    @property
    def factor_coefficients(self) -> list[list[sp.Expr]]:
        """Coefficients of the factors in V, lowest first."""
        return [sp.Poly(factor, V).all_coeffs()[::-1] for factor in self.factors]


def conditional_image(
    size: int, function: Callable[..., Sequence[sp.Expr]], charts: Sequence[Chart]
) -> ConditionalImage | None:
    """χ and its factors; None for more variables or other functions."""
    if len(charts) > 2:
        return None
    names = [sp.Dummy("x") for _ in charts]
    chi = _characteristic(size, function(*names))
    choices: list[tuple[int, bool, int]] = []
    for i, (chart, name) in enumerate(zip(charts, names, strict=True)):
        polynomial = chi.as_poly(name) if chi is not None else None
        if polynomial is not None and 1 <= polynomial.degree() <= _MOST:
            choices.append((polynomial.degree(), chart.args[0] != LINE, i))
    if chi is None or not choices or any(chi.as_poly(name) is None for name in names):
        return None
    degree, _, first = min(choices)
    units = {
        name: chart.args[1] + chart.args[2] * unit
        for name, chart, unit in (
            (names[i], charts[i], U if i == first else V) for i in range(len(charts))
        )
    }
    outer = charts[1 - first] if len(charts) == 2 else None
    polynomial = sp.expand(chi.xreplace(units))
    return _prepared((size, first), polynomial, degree, charts[first], outer)


def _characteristic(size: int, entries: Sequence[sp.Expr]) -> sp.Expr | None:
    """The numerator of det(w - M), in lowest terms."""
    places = [(i, j) for i in range(size) for j in range(i, size)]
    known = dict(zip(places, entries, strict=True))
    matrix = sp.Matrix(size, size, lambda i, j: known[min(i, j), max(i, j)])
    value = sp.expand((W * sp.eye(size) - matrix).det(method="berkowitz"))
    return sp.expand(sp.fraction(sp.cancel(sp.together(value)))[0])


def _prepared(
    numbers: tuple[int, int], chi: sp.Expr, degree: int, inner: Chart, outer: Chart | None
) -> ConditionalImage:
    coefficients = [chi.coeff(U, k) for k in range(degree + 1)]
    c0, c1, c2 = [*coefficients, sp.S.Zero][:3]
    factors: list[sp.Expr] = [V - 1, V + 1]
    leading = _factored(coefficients[-1], factors)
    discriminant = _factored(sp.expand(c1**2 - 4 * c0 * c2) if degree == 2 else sp.S.One, factors)
    # a Gaussian variable has no ends
    places = [] if inner.args[0] == LINE else [sp.S.One, -sp.S.One]
    ends = tuple(_factored(sp.expand(chi.xreplace({U: place})), factors) for place in places)
    _factored(c0, factors)
    return ConditionalImage(
        *numbers, chi, degree, inner, outer, tuple(factors), leading, discriminant, ends
    )


def _factored(expression: sp.Expr, factors: list[sp.Expr]) -> Powers:
    """As powers of the factors, new ones added; without generators, constants count as letters."""
    if expression == 0 or not expression.has(W, V):
        return Powers(expression, ())
    constant, found = sp.factor_list(expression)
    exponents = []
    for factor, power in found:
        if not factor.has(W, V):
            constant *= factor**power
            continue
        if factor not in factors:
            factors.append(factor)
        exponents.append((factors.index(factor), int(power)))
    return Powers(constant, tuple(exponents))
