"""A law given by one of its transforms."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, final

import sympy as sp
from sympy.core.symbol import Str

from freeprob.errors import (
    BudgetExceededError,
    ConvergenceError,
    InvalidParameterError,
    NotALawError,
    NotAlgebraicError,
)
from freeprob.exact.algebra.door import ring
from freeprob.exact.systems.leaves import (
    from_cauchy,
    from_inverse,
    from_moment_inverse,
    from_polynomial,
)
from freeprob.exact.systems.system import Leaf, System
from freeprob.law_symbols import written_in
from freeprob.laws.base import Law
from freeprob.laws.description import notation
from freeprob.laws.given.algebraic import BOUND_G, BOUND_Z, branches
from freeprob.laws.given.closed_forms import DIGITS, annihilator, has_roots, vanishing_factor
from freeprob.laws.validation import require_a_law
from freeprob.parameters import bound

if TYPE_CHECKING:
    from sympy.printing.latex import LatexPrinter

_W = bound("w")
_NEEDS = (
    "TransformLaw(kind, expression, variable) needs a SymPy expression and the symbol that is its "
    "variable"
)

Transform = Callable[[sp.Expr], sp.Expr]

# each transform as a leaf; the changes of chart are those of the conventions of the package
_LEAVES: dict[str, Callable[[Transform], Leaf]] = {
    "G": from_cauchy,
    "F": lambda F: from_cauchy(lambda z: 1 / F(z)),
    "R": lambda R: from_inverse(lambda g: 1 / g + R(g)),
    "S": lambda S: from_moment_inverse(lambda y: (1 + y) / (y * S(y))),
    "psi": lambda psi: from_cauchy(lambda z: (1 + psi(1 / z)) / z),
    "eta": lambda eta: from_cauchy(lambda z: 1 / (z * (1 - eta(1 / z)))),
}


_Pair = tuple[sp.Expr, sp.Expr]

# (value, argument) of each transform at a point (G, z) of the law
_CHARTS: dict[str, Callable[[sp.Expr, sp.Expr], _Pair]] = {
    "G": lambda G, z: (G, z),
    "F": lambda G, z: (1 / G, z),
    "R": lambda G, z: (z - 1 / G, G),
    "S": lambda G, z: (G / (z * G - 1), z * G - 1),
    "psi": lambda G, z: (z * G - 1, 1 / z),
    "eta": lambda G, z: (1 - 1 / (z * G), 1 / z),
}
# the point (G, z) at a value and its argument
_POINTS: dict[str, Callable[[sp.Expr, sp.Expr], _Pair]] = {
    "G": lambda v, w: (v, w),
    "F": lambda v, w: (1 / v, w),
    "R": lambda v, w: (w, v + 1 / w),
    "S": lambda v, w: (w * v, (1 + w) / (w * v)),
    "psi": lambda v, w: ((1 + v) * w, 1 / w),
    "eta": lambda v, w: (w / (1 - v), 1 / w),
}
_NOT_ANALYTIC = (
    *(sp.Abs, sp.arg, sp.re, sp.im, sp.conjugate, sp.sign, sp.floor, sp.ceiling, sp.frac),
    *(sp.Max, sp.Min, sp.Heaviside, sp.DiracDelta, sp.Piecewise),
)
_FAR = 10**12 * (1 + 3 * sp.I)
_NEAR_ONE = sp.Rational(1, 10**4)
"""How near zG is to 1 at the point _FAR, for laws on the scale of 1."""


@lru_cache(maxsize=256)
def _algebraic(kind: str, transform: sp.Lambda) -> Leaf | None:
    """P(G, z) = 0 for a transform with roots that is G ~ 1/z near i∞; None for others."""
    expression = transform(_W)
    if not has_roots(expression, _W):
        return None
    others = sorted(expression.free_symbols - {_W}, key=sp.default_sort_key)
    near = {symbol: sp.Rational(7 + k, 5 + 2 * k) for k, symbol in enumerate(others)}
    near = {symbol: -value if symbol.is_negative else value for symbol, value in near.items()}
    near[_W] = _FAR if kind in ("G", "F") else 1 / _FAR
    G, z = _POINTS[kind](sp.N(expression.subs(near), DIGITS), near[_W])
    if not (abs(sp.N(z * G) - 1) < _NEAR_ONE and abs(sp.N(z)) > 1 / _NEAR_ONE):
        return None
    value = sp.Dummy("v")
    try:
        relation = annihilator(expression, value, _W, near)
        at = dict(zip((value, _W), _CHARTS[kind](BOUND_G, BOUND_Z), strict=True))
        whole = sp.numer(sp.together(relation.xreplace(at)))
        factor = vanishing_factor(whole, BOUND_G, {**near, BOUND_G: G, BOUND_Z: z})
    except (BudgetExceededError, NotAlgebraicError):
        # no equation in reach: the closed form itself is continued
        return None
    symbols = ring([factor], first=[BOUND_G, BOUND_Z])
    if branches(symbols, symbols.polynomial(factor)) > 1:
        # as of conjugate laws with irrational means
        return None
    return from_polynomial(sp.Lambda((BOUND_G, BOUND_Z), factor))


def _analytic(transform: sp.Expr) -> sp.Expr:
    """The transform, refused where a function of the variable has no derivative in the plane."""
    for function in transform.atoms(*_NOT_ANALYTIC):
        if function.has(_W):
            raise InvalidParameterError(
                f"a transform is an analytic function of its variable, which "
                f"{type(function).__name__} is not: give the formula that holds far up in the "
                "upper half plane"
            )
    return transform


def _require_mass(law: Law, what: str) -> None:
    """zG(z) tends to the mass, which rational functions show by their degrees."""
    kind, transform = str(law.args[0]), law.args[1](_W)
    if kind != "G" or law.parameters or not transform.is_rational_function(_W):
        return
    mass = sp.limit(_W * transform, _W, sp.oo)
    if mass != 1:
        raise NotALawError(
            f"{what} is no probability measure: z G(z) tends to {mass} at infinity, which is the "
            "mass; it must be 1"
        )


@final
class TransformLaw(Law):
    """The law with a given transform: G, F = 1/G, R, S, ψ or η.

    R(w) = G⁻¹(w) - 1/w; S(y) = (1 + y)/(y z) at y = zG - 1; ψ(u) = zG - 1 and η = ψ/(1 + ψ) at
    u = 1/z.

    Parameters
    ----------
    kind
        ``"G"``, ``"F"``, ``"R"``, ``"S"``, ``"psi"`` or ``"eta"``.
    expression
        The transform as a SymPy expression: rational or with roots, which is continued from
        G ~ 1/z as an algebraic function, or with logarithms and exponentials, which must be
        analytic where it is needed.
    variable
        Its variable.

    Raises
    ------
    InvalidParameterError
        If the kind is unknown or the expression has no variable.
    NotALawError
        If, with numbers for all parameters, this is decidedly no probability measure.
    ConvergenceError
        If that could not be decided.

    Examples
    --------
    >>> import sympy as sp
    >>> from freeprob import TransformLaw
    >>> w = sp.Symbol("w")
    >>> TransformLaw("R", 2 * w / (1 - w**2), w).moments(4)
    [0, 2, 0, 10]
    """

    def __new__(cls, kind: Any, expression: Any, variable: sp.Symbol | None = None) -> TransformLaw:
        """Check that this is a law."""
        if str(kind) not in _LEAVES:
            raise InvalidParameterError(
                f"the kind of transform must be one of {', '.join(_LEAVES)}, got {kind}"
            )
        expression = sp.Lambda(_W, _analytic(written_in((_W,), expression, (variable,), _NEEDS)))
        law = super().__new__(cls, Str(str(kind)), expression)
        what = f"the law with {kind} = {expression(sp.Symbol('w'))}"
        _require_mass(law, what)
        try:
            require_a_law(law, what)
        except NotALawError as error:
            if not has_roots(expression(_W), _W) or _algebraic(str(kind), expression) is not None:
                raise
            raise ConvergenceError(
                f"it could not be decided whether {what} is a probability measure: no equation "
                "tells its branch, and the principal values of its roots may jump in the upper "
                f"half plane ({error}); give the law by its equation, as an AlgebraicLaw"
            ) from error
        return law

    def _sympystr(self, printer: Any) -> str:
        kind, transform = self.args
        return f'TransformLaw("{kind}", {printer._print(transform(sp.Symbol("w")))}, w)'

    def _latex(self, printer: LatexPrinter) -> str:
        kind, transform = self.args
        letters = notation.fresh(self, ["w", "u", "v", "s"], 1)
        argument, value = (printer._print(part) for part in (*letters, transform(*letters)))
        return rf"\left\{{{kind}\left({argument}\right) = {value}\right\}}"

    def _system(self) -> System:
        kind, transform = self.args
        return _algebraic(str(kind), transform) or _LEAVES[str(kind)](transform)
