"""What is integrated against a law, in one form: an expression or a callable, and its parts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple, final

import sympy as sp

from freeprob.errors import InvalidParameterError
from freeprob.parameters import expression as formula


class Logarithm(NamedTuple):
    """A term c log(ax + b), or c log|ax + b| with ``modulus``."""

    factor: sp.Expr
    slope: sp.Expr
    shift: sp.Expr
    modulus: bool


@final
@dataclass(frozen=True)
class Integrand:
    """An expression in a variable as c₀ + polynomial + Σ cᵢ log|aᵢx + bᵢ| + the rest."""

    variable: sp.Symbol
    polynomial: sp.Poly | None
    logarithms: tuple[Logarithm, ...]
    rest: sp.Expr

    @property
    def expression(self) -> sp.Expr:
        """All parts together, the modulus taken in logarithms."""
        x = self.variable
        logs = (log.factor * sp.log(sp.Abs(log.slope * x + log.shift)) for log in self.logarithms)
        return sp.Add(self.without_logarithms, *logs)

    @property
    def without_logarithms(self) -> sp.Expr:
        """The polynomial and the rest."""
        return (self.polynomial.as_expr() if self.polynomial else sp.S.Zero) + self.rest


def read(f: Any, x: Any, parameters: tuple[sp.Symbol, ...]) -> Integrand | Callable[[Any], Any]:
    """Read an expression, an Activation or a callable.

    Raises
    ------
    InvalidParameterError
        For anything else, or where the variable is not clear.
    """
    expression = getattr(f, "expression", None)
    if isinstance(f, sp.Basic) and not isinstance(f, sp.Expr) and callable(expression):
        variable = sp.Dummy("x", real=True)
        return _split(expression(variable), variable)
    # SymPy's functions are classes, and mean functions of one number
    if isinstance(f, type) and not isinstance(f, sp.FunctionClass):
        raise InvalidParameterError(_WHAT.format(f))
    if callable(f) and not isinstance(f, sp.Basic):
        return f
    try:
        value = formula(f)
    except InvalidParameterError as error:
        raise InvalidParameterError(_WHAT.format(f)) from error
    return _split(value, _variable(value, x, parameters))


_WHAT = "a function is an expression in x, an Activation or a callable, got {!r:.80}"


def _variable(value: sp.Expr, x: Any, parameters: tuple[sp.Symbol, ...]) -> sp.Symbol:
    """The variable that is meant."""
    if isinstance(x, sp.Symbol) and x.is_commutative:
        if x in parameters:
            raise InvalidParameterError(f"{x} is a parameter of the law: take another variable")
        return x
    free = value.free_symbols - set(parameters)
    if x is not None or len(free) > 1:
        names = ", ".join(sorted(map(str, free)))
        raise InvalidParameterError(
            f"the variable must be a symbol, as in law.expect(f, x), got {x!r:.80} and an "
            f"expression in {names or 'no symbol'}"
        )
    return free.pop() if free else sp.Dummy("x")


@lru_cache(maxsize=1024)
def _split(value: sp.Expr, x: sp.Symbol) -> Integrand:
    """The parts of an expression."""
    if value.is_polynomial(x):
        return Integrand(x, sp.Poly(value, x), (), sp.S.Zero)
    smooth, rest, logarithms = [], [], []
    for term in sp.Add.make_args(value):
        coefficient, factor = term.as_independent(x, as_Add=False)
        terms = _linear_logarithms(coefficient, factor, x)
        if terms:
            logarithms += terms
        else:
            (smooth if term.is_polynomial(x) else rest).append(term)
    polynomial = sp.Poly(sp.Add(*smooth), x) if smooth else None
    return Integrand(x, polynomial, tuple(logarithms), sp.Add(*rest))


def _linear_logarithms(
    coefficient: sp.Expr, factor: sp.Expr, x: sp.Symbol
) -> tuple[Logarithm, ...]:
    """The terms of c log of a linear function, or of a product of such; none where it is not."""
    if not isinstance(factor, sp.log):
        return ()
    inside = factor.args[0]
    modulus = isinstance(inside, sp.Abs)
    inside = inside.args[0] if modulus else inside
    if not inside.is_polynomial(x):
        return ()
    polynomial = sp.Poly(inside, x)
    if polynomial.degree() == 1:
        slope, constant = polynomial.all_coeffs()
        return (Logarithm(coefficient, slope, constant, modulus),)
    if not modulus:
        return ()  # the sign of a product is not that of its factors
    lead, factors = polynomial.factor_list()
    if lead != 1 or any(each.degree() != 1 for each, _ in factors):
        return ()
    linear = [(*each.all_coeffs(), power) for each, power in factors]
    return tuple(
        Logarithm(power * coefficient, slope, constant, True) for slope, constant, power in linear
    )


def special_places(value: sp.Expr, x: sp.Symbol) -> list[sp.Expr]:
    """Real places where an expression may not be smooth, those that are roots of polynomials."""
    inner: set[sp.Expr] = set()
    for node in sp.preorder_traversal(value):
        if isinstance(node, sp.log | sp.Abs | sp.sign | sp.Heaviside):
            inner.add(node.args[0])
        elif isinstance(node, sp.Pow) and not (node.exp.is_integer and node.exp.is_nonnegative):
            inner.add(node.base)
        elif isinstance(node, sp.core.relational.Relational):
            inner.add(node.lhs - node.rhs)
        elif isinstance(node, sp.Max | sp.Min):
            inner.update(a - b for a in node.args for b in node.args if a != b)
    places: set[sp.Expr] = set()
    for expression in inner:
        numerator = sp.numer(sp.together(expression))
        if numerator.is_polynomial(x) and numerator.has(x):
            polynomial = sp.Poly(numerator, x)
            if all(c.is_Rational for c in polynomial.all_coeffs()):
                places.update(sp.real_roots(polynomial, multiple=True))
    return sorted(places)
