"""Residual networks: lengths, inner products and gradients through skip connections."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import mpmath
import sympy as sp

from freeprob.errors import (
    BudgetExceededError,
    InvalidParameterError,
    UndefinedOperationError,
)
from freeprob.nets.activations.activations import Activation
from freeprob.nets.activations.kinks import values_at_infinity
from freeprob.nets.activations.network_arguments import (
    checked_activation,
    count,
    exact,
    non_negative,
)
from freeprob.nets.functions.callables import mpmath_function
from freeprob.nets.mean_field.gaussian_maps import (
    GaussianMaps,
    digit_maps,
    exact_maps,
    private_context,
    rounded,
    to_digits,
)
from freeprob.tables import Tabled


@dataclass(frozen=True)
class ResidualState(Tabled):
    r"""Averages over the units of one layer, for two inputs.

    ``second`` is :math:`\langle x_i^2\rangle` of the first input, ``other_second`` of the second,
    ``product`` :math:`\langle x_i x'_i\rangle`, ``mean`` and ``other_mean`` are
    :math:`\langle x_i\rangle` and :math:`\langle x'_i\rangle`; ``gradient`` is the factor by which
    mean square gradients have grown from this layer to the input.
    """

    second: Any
    other_second: Any
    product: Any
    mean: Any
    other_mean: Any
    gradient: Any


@dataclass(frozen=True)
class CorrelationLimit(Tabled):
    r"""Deep limits: :math:`e^l \to e^*` like :math:`l^{-\delta}`, gradients :math:`e^{A\sqrt l}`.

    Parameters
    ----------
    value, exponent, gradient_rate
        :math:`e^*`, :math:`\delta` and A.
    """

    value: Any
    exponent: Any
    gradient_rate: Any


@dataclass(frozen=True)
class ResidualField:
    r"""Signal propagation in a wide residual network.

    Full block :math:`x^l = x^{l-1} + V^l f(h^l) + a^l`, reduced block (``read_variance`` None)
    :math:`x^l = x^{l-1} + f(h^l)`, both with :math:`h^l = W^l x^{l-1} + b^l`. With
    :math:`p = \langle x_i^2\rangle`, :math:`\gamma = \langle x_i x'_i\rangle`,
    :math:`m = \langle x_i\rangle`, :math:`q = \sigma_w^2 p + \sigma_b^2`,
    :math:`\lambda = \sigma_w^2 \gamma + \sigma_b^2`:

    .. math:: \text{full: } & p \to p + \sigma_v^2 E f(u)^2 + \sigma_a^2, \qquad
              \gamma \to \gamma + \sigma_v^2 E f(u) f(v) + \sigma_a^2 \\
              \text{reduced: } & p \to p + E f(u)^2 + 2 m E f(u), \qquad m \to m + E f(u), \\
              & \gamma \to \gamma + E f(u) f(v) + m E f(v) + m' E f(u) .

    The cross terms vanish for odd activations only.

    Parameters
    ----------
    activation : Activation
    weight_variance, bias_variance : number or SymPy expression
        :math:`\sigma_w^2` and :math:`\sigma_b^2`, of W (times 1/N) and b.
    read_variance : number, SymPy expression or None
        :math:`\sigma_v^2`, of V (times 1/N); None for the reduced block, which has no V and a.
    read_bias_variance : number or SymPy expression
        :math:`\sigma_a^2`, of a.

    References
    ----------
    G. Yang, S. Schoenholz, *Mean Field Residual Networks: On the Edge of Chaos*, NeurIPS 2017
    (the reduced block there assumes an odd activation).

    Examples
    --------
    >>> from freeprob import nets
    >>> field = nets.ResidualField(nets.relu, weight_variance=1, bias_variance=0, read_variance=1)
    >>> [state.second for state in field.trajectory(2, second=1)]
    [1, 3/2, 9/4]
    """

    activation: sp.Basic
    weight_variance: sp.Expr
    bias_variance: sp.Expr
    read_variance: sp.Expr | None = None
    read_bias_variance: sp.Expr = sp.S.Zero

    def __post_init__(self) -> None:
        checked_activation(self.activation)
        names = ["weight_variance", "bias_variance", "read_bias_variance"]
        if self.read_variance is not None:
            names.append("read_variance")
        for name in names:
            object.__setattr__(self, name, non_negative(getattr(self, name), name))
        if self.read_variance is None and self.read_bias_variance != 0:
            raise InvalidParameterError("a reduced block has no read bias; give read_variance too")

    def trajectory(
        self,
        depth: int,
        second: object,
        *,
        other_second: object = None,
        product: object = None,
        mean: object = 0,
        other_mean: object = None,
        dps: int | None = None,
    ) -> list[ResidualState]:
        """The states of layers 0, ..., ``depth``.

        Parameters
        ----------
        depth : int
        second, other_second, product, mean, other_mean : number or SymPy expression
            Of the two inputs; the second input is by default the first one's twin in length and
            mean, and identical to it if ``product`` is left out.
        dps : int, optional
            Digits; without it exact expressions are carried, which grow with the depth.

        Raises
        ------
        InvalidParameterError
            For what is no number, or no averages of two signals.
        BudgetExceededError
            If exact expressions have grown too long; ``dps`` has no such bound.
        """
        other_second = second if other_second is None else other_second
        other_mean = mean if other_mean is None else other_mean
        identical = product is None
        product = second if identical else product
        start = [
            exact(value, name)
            for value, name in (
                (second, "second"),
                (other_second, "other_second"),
                (product, "product"),
                (mean, "mean"),
                (other_mean, "other_mean"),
            )
        ]
        if sp.expand(start[0] * start[1] - start[2] ** 2).is_negative:
            raise InvalidParameterError(
                f"no two signals have mean squares {start[0]}, {start[1]} and mean product "
                f"{start[2]}: their correlation would lie outside [-1, 1]"
            )
        variances = [
            self.weight_variance,
            self.bias_variance,
            sp.S.One if self.read_variance is None else self.read_variance,
            self.read_bias_variance,
        ]
        maps = exact_maps(self.activation)
        if dps is not None:
            context = private_context(dps)
            maps = digit_maps(self.activation, context)
            start, variances = (
                [to_digits(x, {}, context) for x in values] for values in (start, variances)
            )
        states = [ResidualState(*start, gradient=start[0] * 0 + 1)]
        for _ in range(count(depth, "depth")):
            states.append(self._next(_short(states[-1]), maps, variances, identical))
        if dps is None:
            return states
        return [ResidualState(*(rounded(x, dps) for x in _fields(state))) for state in states]

    def _next(
        self, state: ResidualState, maps: GaussianMaps, variances: list, identical: bool
    ) -> ResidualState:
        """One block further."""
        weight, bias, read, read_bias = variances
        q1, q2, k = (weight * x + bias for x in (state.second, state.other_second, state.product))
        # V has mean zero, so only the reduced block shifts the mean of the units
        shift, other_shift = (
            (maps.mean(q1), maps.mean(q2)) if self.read_variance is None else (q1 * 0, q2 * 0)
        )

        def grown(before: Any, branch: Any, cross: Any) -> Any:
            return before + read * branch + read_bias + cross

        second = grown(state.second, maps.second(q1), 2 * state.mean * shift)
        return ResidualState(
            second=second,
            other_second=grown(
                state.other_second, maps.second(q2), 2 * state.other_mean * other_shift
            ),
            product=second
            if identical
            else grown(
                state.product,
                maps.pair(q1, k, q2),
                state.mean * other_shift + state.other_mean * shift,
            ),
            mean=state.mean + shift,
            other_mean=state.other_mean + other_shift,
            gradient=state.gradient * (1 + read * weight * maps.slope_second(q1)),
        )

    def correlation_limit(self, dps: int = 30) -> CorrelationLimit:
        r"""The limit e* of :math:`\gamma/p` at great depth, for bounded activations.

        There p grows linearly and f acts as a step between its limits :math:`f(\pm\infty)`:

        .. math:: e^* = \frac{\sigma_v^2 S(e^*) + \sigma_a^2}{\sigma_v^2 S(1) + \sigma_a^2}, \qquad
                  |e^l - e^*| \sim l^{-\delta}, \quad \delta = 1 - \frac{\sigma_v^2 S'(e^*)}
                  {\sigma_v^2 S(1) + \sigma_a^2},

        with S(e) the mean product of the two steps. For :math:`p \sim sl` the mean square of f'
        falls like :math:`\int f'^2/\sqrt{2\pi\sigma_w^2 s l}`, so that gradients grow like
        :math:`e^{A\sqrt l}` with :math:`A = 2\sigma_v^2\sigma_w \int f'^2/\sqrt{2\pi s}`, s the
        denominator above; A is infinite if f jumps.

        References
        ----------
        G. Yang, S. Schoenholz, *Mean Field Residual Networks*, NeurIPS 2017, section 4.

        Raises
        ------
        UndefinedOperationError
            f is unbounded, or a reduced block shifts the mean of the units.
        """
        low, high = values_at_infinity(self.activation)
        if not (low.is_finite and high.is_finite):
            raise UndefinedOperationError(
                f"the limit is known for bounded activations; this one tends to {low} and {high}"
            )
        if self.read_variance is None and low + high != 0:
            raise UndefinedOperationError(
                "a reduced block with f(-oo) != -f(oo) shifts the mean of the units, and the "
                "correlation tends to 1"
            )
        context = private_context(dps)
        read = sp.S.One if self.read_variance is None else self.read_variance
        centre, half, read, read_bias = (
            to_digits(x, {}, context)
            for x in ((low + high) / 2, (high - low) / 2, read, self.read_bias_variance)
        )
        if half == 0 and centre == 0:
            raise UndefinedOperationError("f vanishes at infinity, so p does not grow linearly")
        whole = read * (centre**2 + half**2) + read_bias

        def gap(e: Any) -> Any:
            steps = centre**2 + half**2 * 2 / context.pi * context.asin(e)
            return (read * steps + read_bias) / whole - e

        def slope(e: Any) -> Any:
            return read * half**2 * 2 / context.pi / context.sqrt(1 - e**2) / whole

        value = _climb(gap, slope, context)
        width = context.sqrt(to_digits(self.weight_variance, {}, context))
        energy = _slope_energy(self.activation, context)
        rate = 2 * read * width * energy / context.sqrt(2 * context.pi * whole)
        return CorrelationLimit(*(rounded(x, dps) for x in (value, 1 - slope(value), rate)))


def _slope_energy(activation: Activation, context: mpmath.MPContext) -> Any:
    """The integral of f'^2 over the line; infinite if f jumps."""
    pieces = activation.pieces_of(1)
    if not pieces.is_function:
        return context.inf
    slope, kinks = mpmath_function(pieces, sp.S.One, context)
    return context.quad(lambda x: slope(x) ** 2, [-context.inf, *kinks, context.inf])


def _climb(gap: Any, slope: Any, context: mpmath.MPContext) -> Any:
    """The first zero of a convex gap above 0, by Newton's iteration, which never passes it."""
    e = context.zero
    while True:
        step = gap(e) / (1 - slope(e))
        if abs(step) <= context.eps * 100:
            return e
        e += step


# of a state of nested functions: the next is three times as long, and of 200 it takes minutes
_MOST_OPERATIONS = 150


def _short(state: ResidualState) -> ResidualState:
    """A state to be carried on: numbers, or exact expressions that have not grown long."""
    longest = max((sp.count_ops(x) for x in _fields(state) if isinstance(x, sp.Expr)), default=0)
    if longest > _MOST_OPERATIONS:
        raise BudgetExceededError(
            f"an exact state has {longest} operations, and the next layer's many times as many: "
            "ask for digits by dps=, or fewer layers"
        )
    return state


def _fields(state: ResidualState) -> tuple:
    return (
        state.second,
        state.other_second,
        state.product,
        state.mean,
        state.other_mean,
        state.gradient,
    )
