"""Which SymPy expressions stand for finite numbers, and which of them can be evaluated."""

from __future__ import annotations

import sympy as sp
from sympy.concrete.expr_with_limits import ExprWithLimits
from sympy.core.function import AppliedUndef, ArgumentIndexError

from freeprob.errors import InvalidParameterError

# intervals, orders of growth, and values of matrices without entries are no numbers; an element of
# an array has no symbols of its own for SymPy, so that one may stand in formulas but is no number
_NO_NUMBERS = (sp.nan, sp.zoo, sp.oo, -sp.oo, sp.AccumBounds, sp.Order, sp.MatrixExpr)
_UNDONE = (sp.Derivative, sp.Subs)
# indices of the symbols that sums and integrals bind here lie above all that SymPy draws
_OWN = 10**12
_SHOWN_BITS = 330  # a hundred digits: no one reads more, and Python writes no more than 4,300


def settled(value: sp.Expr) -> sp.Expr | None:
    """A finite number or a function of its free symbols; None for what is neither.

    Derivatives are carried out, those of unknown functions are none; whole numbers such as an
    unevaluated factorial(4) are written as such. Sums and integrals bind symbols of their own, so
    that no value for a free symbol meets them.
    """
    if isinstance(value, sp.Lambda) or not value.is_commutative:
        return None
    if isinstance(value, sp.Rational | sp.Symbol):  # most arguments are
        return value
    undone = {node: node.doit(deep=False) for node in value.atoms(*_UNDONE)}
    value = value.xreplace(undone) if undone else value
    if value.has(*_UNDONE, *_NO_NUMBERS) or _is_indefinite(value):
        return None
    whole = {f: f.doit() for f in value.atoms(sp.Function) if f.is_number and f.is_rational}
    value = value.xreplace(whole) if whole else value
    if not value.has(ExprWithLimits, sp.Lambda):
        return value
    return value.replace(lambda node: isinstance(node, ExprWithLimits | sp.Lambda), _bound_apart)


def _is_indefinite(value: sp.Expr) -> bool:
    """Whether an integral without limits is inside, which is a function of its variable."""
    integrals = value.atoms(sp.Integral)
    return any(len(limits) == 1 for integral in integrals for limits in integral.limits)


def _bound_apart(node: sp.Basic) -> sp.Basic:
    """The same sum with symbols of its own, by which equal sums stay equal."""
    bound = set(node.bound_symbols)
    # limits may have a symbol of the same name that is free
    masks = {symbol: sp.Dummy() for symbol in bound & node.free_symbols}
    own = {symbol: _own(symbol) for symbol in bound}
    masked = node.subs(masks) if masks else node
    return masked.xreplace(own).xreplace({mask: symbol for symbol, mask in masks.items()})


def _own(symbol: sp.Symbol) -> sp.Symbol:
    """A symbol that no one else has, of the same assumptions."""
    index = getattr(symbol, "dummy_index", 0)
    if index >= _OWN:
        return symbol
    return sp.Dummy(symbol.name, dummy_index=_OWN + index, **symbol.assumptions0)


def told(value: sp.Basic) -> str:
    """A computed number in the words of an error, a long one by its first digits."""
    rationals = value.atoms(sp.Rational)
    long = {n for n in rationals if max(n.p.bit_length(), n.q.bit_length()) > _SHOWN_BITS}
    return str(value.xreplace({number: number.evalf(5) for number in long}))


def require_formulas(expr: sp.Basic) -> None:
    """Refuse functions that are only names."""
    for unknown in expr.atoms(AppliedUndef):
        raise InvalidParameterError(f"the function {unknown} has no formula: give it one")


def require_no_integrals(expr: sp.Basic) -> None:
    """Refuse integrals of functions of the variables: SciPy has no numbers of them at arrays."""
    for integral in expr.atoms(sp.Integral):
        if integral.free_symbols:
            raise InvalidParameterError(f"{integral} has no formula: integrate first, by doit()")


def derivative_of(value: sp.Function) -> sp.Expr:
    """The derivative of a function of one variable, refused where none is known."""
    try:
        return value.fdiff()
    except ArgumentIndexError as error:
        raise InvalidParameterError(f"no derivative of {value.func} is known") from error
