"""Collecting derived closed forms: one rational coefficient per transcendental monomial."""

from __future__ import annotations

from itertools import count

import sympy as sp


def tidy(expr: sp.Expr, *, join: bool = True) -> sp.Expr:
    """Return ``expr`` collected by its transcendental monomials, each coefficient factored.

    Exponents are brought over one denominator if ``join``; left apart, as float64 wants them,
    the squares in them do not cancel.
    """
    if expr.has(sp.I):
        expr = _real_part(expr)
    hidden, names = _hide(expr, join=join)
    groups: dict[sp.Expr, sp.Expr] = {}
    for term in sp.Add.make_args(sp.expand(hidden, power_base=False, power_exp=False)):
        rational, key = _split(term, names, join=join)
        groups[key] = groups.get(key, sp.Integer(0)) + rational
    groups = {key: sp.factor(value) for key, value in groups.items() if value != 0}
    return sp.Add(*(value * key for key, value in _complement(groups).items()))


def _real_part(expr: sp.Expr) -> sp.Expr:
    """Return a real expression with its complex exponentials written as sines and cosines."""

    def unfolded(argument: sp.Expr) -> sp.Expr:
        real, imaginary = sp.expand(argument).as_real_imag()
        return sp.exp(real) * (sp.cos(imaginary) + sp.I * sp.sin(imaginary))

    expanded = sp.expand(expr.replace(sp.exp, unfolded), power_exp=False, deep=False)
    return sp.Add(
        *(t for t in sp.Add.make_args(sp.expand(expanded, power_exp=False)) if not t.has(sp.I))
    )


def _hide(expr: sp.Expr, *, join: bool) -> tuple[sp.Expr, dict[sp.Symbol, sp.Expr]]:
    """Replace functions (but exp) and square roots by symbols, so that the rest is rational."""
    numbers, seen = count(), {}

    def symbol(node: sp.Expr) -> sp.Symbol:
        if node not in seen:
            seen[node] = sp.Dummy(f"t{next(numbers)}", positive=True)
        return seen[node]

    def walk(node: sp.Expr) -> sp.Expr:
        if node.is_Atom:
            # stored inverted: symbols must stay out of denominators, which expand would mix
            return 1 / symbol(1 / node) if node.is_NumberSymbol else node
        if isinstance(node, sp.exp):
            # hidden unless joined: expansion would cancel the squares in it
            exponential = sp.exp(_exponent(node.args[0], join=join))
            return exponential if join else symbol(exponential)
        if isinstance(node, sp.Function):
            return symbol(node.func(*map(_argument, node.args)))
        if not isinstance(node, sp.Add | sp.Mul | sp.Pow):
            return symbol(node)
        base, power = node.as_base_exp()
        if power.is_Rational and not power.is_Integer:
            whole = sp.ceiling(power)
            return walk(base) ** whole * symbol(base ** (power - whole))
        return node.func(*map(walk, node.args))

    hidden = walk(expr)
    return hidden, {name: node for node, name in seen.items()}


def _argument(expr: sp.Basic) -> sp.Basic:
    """Return a function's argument in one form if it is rational in its symbols."""
    # branches of a Piecewise are no expressions
    if not isinstance(expr, sp.Expr) or expr.is_Atom or not expr.is_rational_function():
        return expr
    return sp.factor(sp.cancel(expr))


def _exponent(expr: sp.Expr, *, join: bool) -> sp.Expr:
    return _argument(expr) if join else sp.Add(*map(_argument, sp.Add.make_args(expr)))


def _split(
    term: sp.Expr, names: dict[sp.Symbol, sp.Expr], *, join: bool
) -> tuple[sp.Expr, sp.Expr]:
    """Return the rational coefficient of a product and its transcendental monomial."""
    rational, key, exponent = sp.Integer(1), sp.Integer(1), sp.Integer(0)
    for factor in sp.Mul.make_args(term):
        base, power = factor.as_base_exp()
        if isinstance(factor, sp.exp):
            exponent += factor.args[0]
        elif base in names:
            node = names[base]
            if node.is_Pow and node.exp.is_Rational:
                total = node.exp * power
                rational *= node.base ** sp.floor(total)
                key *= node.base ** (total - sp.floor(total))
            else:
                key *= node**power
        else:
            rational *= factor
    if exponent != 0:
        key *= sp.exp(_exponent(exponent, join=join))
    return rational, key


def _complement(groups: dict[sp.Expr, sp.Expr]) -> dict[sp.Expr, sp.Expr]:
    """Write a - a erf as a erfc, which keeps its digits in the tail."""
    result = dict(groups)
    for key in groups:
        for error in key.atoms(sp.erf):
            rest = key / error
            if rest.has(error) or key not in result or rest not in result:
                continue
            value = result[key]
            if sp.cancel(result[rest] + value) == 0:
                del result[key], result[rest]
                result[rest * sp.erfc(error.args[0])] = -value
    return result
