"""The activations that networks use, by name."""

from __future__ import annotations

import itertools

import sympy as sp

from freeprob.errors import InvalidParameterError
from freeprob.nets.activations.activations import Activation
from freeprob.nets.functions.bound_symbol import ARGUMENT as X
from freeprob.nets.functions.bound_symbol import natural
from freeprob.parameters import exact, many

_SQRT2 = sp.sqrt(2)


def _named(expr: sp.Expr) -> Activation:
    return Activation(expr, X)


def _pieces(negative: sp.Expr, positive: sp.Expr) -> Activation:
    return _named(sp.Piecewise((negative, X < 0), (positive, True)))


linear = _named(X)
relu = _named(sp.Max(0, X))
abs_ = _named(sp.Abs(X))
step = _named(sp.Heaviside(X))
sign = _named(sp.sign(X))
erf = _named(sp.erf(X))
normal_cdf = _named((1 + sp.erf(X / _SQRT2)) / 2)
gelu = _named(X * (1 + sp.erf(X / _SQRT2)) / 2)
tanh = _named(sp.tanh(X))
sigmoid = _named(1 / (1 + sp.exp(-X)))
softplus = _named(sp.log(1 + sp.exp(X)))
swish = _named(X / (1 + sp.exp(-X)))
mish = _named(X * sp.tanh(sp.log(1 + sp.exp(X))))
gelu_tanh = _named(X / 2 * (1 + sp.tanh(sp.sqrt(2 / sp.pi) * (X + sp.Rational("0.044715") * X**3))))
hard_tanh = _named(sp.Max(-1, sp.Min(1, X)))
sin = _named(sp.sin(X))
cos = _named(sp.cos(X))
exp = _named(sp.exp(X))
gaussian = _named(sp.exp(-(X**2) / 2))
arctan = _named(sp.atan(X))
softsign = _named(X / (1 + sp.Abs(X)))


def leaky_relu(slope: object = sp.Rational(1, 100)) -> Activation:
    """Return x for x > 0 and ``slope`` x for x < 0.

    Parameters
    ----------
    slope
        On the negative side, a number or a symbol.

    Returns
    -------
    Activation

    Raises
    ------
    InvalidParameterError
        If the slope is no number or expression.

    Examples
    --------
    >>> leaky_relu(0).expect(1, power=2)
    1/2
    """
    return _pieces(exact(slope, "the slope") * X, X)


def elu(alpha: object = 1) -> Activation:
    """Return x for x > 0 and ``alpha`` (exp(x) - 1) for x < 0 (Clevert et al. 2016).

    Parameters
    ----------
    alpha
        Positive, a number or a symbol.

    Returns
    -------
    Activation

    Raises
    ------
    InvalidParameterError
        If ``alpha`` is no number or expression.

    Examples
    --------
    >>> elu().expect(2, power=1, derivative=1)
    E*erfc(1)/2 + 1/2
    """
    return _pieces(exact(alpha, "alpha") * (sp.exp(X) - 1), X)


def _selu() -> Activation:
    """Return lambda [x_+ + alpha (exp(x) - 1) 1_(x<0)] with E f = 0 and E f^2 = 1 at q = 1."""
    negative = _pieces(sp.exp(X) - 1, sp.Integer(0))
    positive = relu.mean(1)
    alpha = -positive / negative.mean(1)
    square = relu.expect(1, power=2) + alpha**2 * negative.expect(1, power=2)
    return _pieces(alpha / sp.sqrt(square) * (sp.exp(X) - 1), X / sp.sqrt(square))


def sin_wave(frequency: object = 1, phase: object = 0) -> Activation:
    """Return sin(frequency x + phase).

    Parameters
    ----------
    frequency, phase
        Numbers or symbols.

    Returns
    -------
    Activation

    Raises
    ------
    InvalidParameterError
        If one of them is no number or expression.

    Examples
    --------
    >>> import sympy as sp
    >>> sin_wave(2).expect(1, power=2)
    1/2 - exp(-8)/2
    """
    return _named(sp.sin(exact(frequency, "frequency") * X + exact(phase, "phase")))


def hermite(n: int) -> Activation:
    """Return the orthonormal Hermite polynomial He_n(x)/sqrt(n!).

    Parameters
    ----------
    n : int
        The degree, from 0.

    Returns
    -------
    Activation

    Raises
    ------
    InvalidParameterError
        If the degree is no whole number, or negative.

    Examples
    --------
    >>> import sympy as sp
    >>> hermite(3).dual(1, sp.Rational(1, 2), 1)
    1/8
    """
    n = natural(n, "the degree")
    return _named(sp.expand(sp.hermite_prob(n, X) / sp.sqrt(sp.factorial(n))))


def monomial(n: int) -> Activation:
    """Return x^n.

    Parameters
    ----------
    n : int
        The power, from 0.

    Returns
    -------
    Activation

    Raises
    ------
    InvalidParameterError
        If the power is no whole number, or negative.

    Examples
    --------
    >>> monomial(3).expect(2, power=2)
    120
    """
    return _named(X ** natural(n, "the degree"))


def piecewise_linear(
    knots: list[object], values: list[object], left_slope: object = 0, right_slope: object = 0
) -> Activation:
    """Return the continuous piecewise-linear function through (knots, values).

    Parameters
    ----------
    knots, values : list
        Increasing places and the values there.
    left_slope, right_slope
        Slopes before the first and after the last knot.

    Returns
    -------
    Activation

    Raises
    ------
    InvalidParameterError
        If the knots do not increase.

    Examples
    --------
    >>> piecewise_linear([-1, 1], [-1, 1]).expect(1, power=2) == hard_tanh.expect(1, power=2)
    True
    """
    places = [exact(knot, "a knot") for knot in many(knots, "knots")]
    heights = [exact(value, "a value") for value in many(values, "values")]
    if not places or len(places) != len(heights):
        raise InvalidParameterError("give as many values as knots, at least one")
    if not all((b - a).is_positive for a, b in itertools.pairwise(places)):
        raise InvalidParameterError(f"the knots {knots} must increase")
    cases = [(heights[0] + exact(left_slope, "left_slope") * (X - places[0]), places[0] > X)]
    for i in range(len(places) - 1):
        slope = (heights[i + 1] - heights[i]) / (places[i + 1] - places[i])
        cases.append((heights[i] + slope * (X - places[i]), places[i + 1] > X))
    last = heights[-1] + exact(right_slope, "right_slope") * (X - places[-1])
    return _named(sp.Piecewise(*cases, (last, True)))


def __getattr__(name: str) -> Activation:
    if name == "selu":
        globals()[name] = _selu()
        return globals()[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
