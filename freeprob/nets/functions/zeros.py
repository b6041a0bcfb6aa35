"""Real zeros of functions, where all of them can be written down."""

from __future__ import annotations

from collections.abc import Callable

import sympy as sp

from freeprob.nets.functions.bound_symbol import shown
from freeprob.nets.functions.exponential_terms import OutsideClass

_T = sp.Dummy("T", real=True)
_INVERSES: dict[type[sp.Function], tuple[Callable[[sp.Expr], sp.Expr], tuple[sp.Expr, sp.Expr]]] = {
    # increasing functions of the real line: the inverse and the range
    sp.exp: (sp.log, (sp.S.Zero, sp.oo)),
    sp.tanh: (sp.atanh, (-sp.S.One, sp.S.One)),
    sp.sinh: (sp.asinh, (-sp.oo, sp.oo)),
    sp.asinh: (sp.sinh, (-sp.oo, sp.oo)),
    sp.atan: (sp.tan, (-sp.pi / 2, sp.pi / 2)),
    sp.erf: (sp.erfinv, (-sp.S.One, sp.S.One)),
    sp.log: (sp.exp, (-sp.oo, sp.oo)),
}


def real_zeros(function: sp.Expr, x: sp.Symbol) -> tuple[sp.Expr, ...]:
    """Return the real zeros of a polynomial in x, or in one increasing function of it.

    Raises
    ------
    OutsideClass
        If the zeros are not known, or their order is not.
    """
    function = sp.expand(function)
    if not function.has(x) or function.is_zero is False:
        return ()
    if function.is_polynomial(x):
        return _polynomial_zeros(sp.Poly(function, x))
    inner, polynomial = _in_one_function(function, x)
    inverse, (low, high) = _INVERSES[inner.func]
    zeros = []
    for value in _polynomial_zeros(sp.Poly(polynomial, _T)):
        if (value - low).is_extended_positive and (high - value).is_extended_positive:
            zeros += real_zeros(inner.args[0] - inverse(value), x)
    return tuple(dict.fromkeys(zeros))


def _polynomial_zeros(poly: sp.Poly) -> tuple[sp.Expr, ...]:
    if poly.degree() == 0:
        return ()
    if poly.degree() == 1:
        slope, offset = poly.all_coeffs()
        return (-offset / slope,)
    if poly.get_domain().is_QQ or poly.get_domain().is_ZZ:
        return tuple(dict.fromkeys(sp.real_roots(poly)))
    raise OutsideClass(f"the order of the zeros of {shown(poly.as_expr())} is not known")


def _in_one_function(function: sp.Expr, x: sp.Symbol) -> tuple[sp.Function, sp.Expr]:
    """Return an increasing function of x and the polynomial in it that has the same zeros."""
    function = function.replace(
        lambda node: node.is_Pow and node.exp.has(x) and not node.base.has(x),
        lambda node: sp.exp(node.exp * sp.log(node.base)),
    )
    if function.has(sp.cosh, sp.sech, sp.csch, sp.coth):
        function = sp.expand(function.rewrite(sp.exp))
    inner = {node for node in function.atoms(sp.Function) if node.has(x)}
    outermost = {node for node in inner if not any(node != o and o.has(node) for o in inner)}
    if not outermost or len({type(node) for node in outermost}) > 1:
        raise OutsideClass(f"the zeros of {shown(function)} are not known")
    first = _slowest(outermost)
    if type(first) not in _INVERSES:
        raise OutsideClass(f"the zeros of {shown(function)} are not known")
    powers = {node: sp.cancel(node.args[0] / first.args[0]) for node in outermost}
    if len(outermost) > 1 and not (
        isinstance(first, sp.exp) and all(power.is_Integer for power in powers.values())
    ):
        raise OutsideClass(f"the zeros of {shown(function)} are not known")
    table = {node: _T**power for node, power in powers.items()}
    numerator, _ = sp.fraction(sp.together(function.xreplace(table)))
    numerator = sp.expand(numerator)
    if numerator.has(x) or not numerator.is_polynomial(_T):
        raise OutsideClass(f"the zeros of {shown(function)} are not known")
    return first, numerator


def _slowest(nodes: set[sp.Function]) -> sp.Function:
    """Return the function whose argument is the smallest multiple of the others', if one is."""
    ordered = sorted(nodes, key=sp.default_sort_key)
    ratios = [sp.cancel(node.args[0] / ordered[0].args[0]) for node in ordered]
    if not all(ratio.is_Rational for ratio in ratios):
        return ordered[0]
    return min(zip(ratios, ordered, strict=True), key=lambda pair: abs(pair[0]))[1]
