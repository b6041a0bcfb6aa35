"""Mean-field theory of depth: how lengths, angles and gradients travel through wide networks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import mpmath
import sympy as sp

from freeprob.errors import FreeprobError, InvalidParameterError, UndefinedOperationError
from freeprob.nets.activations.network_arguments import count, digits, exact
from freeprob.nets.mean_field.correlation_map import CorrelationMap, CriticalDecay
from freeprob.nets.mean_field.gaussian_maps import GUARD_DIGITS, private_context, rounded, to_digits
from freeprob.nets.mean_field.length_fixed_points import FixedPoint, fixed_point, fixed_points
from freeprob.nets.mean_field.length_map import LengthMap
from freeprob.tables import Tabled, html_table

FLOAT_DIGITS = 19
_LARGEST_ORDER = 100  # of lengths: means over a slope's narrow peak take minutes beyond


@dataclass(frozen=True)
class DepthScales(Tabled):
    r"""Depths over which perturbations shrink by a factor e; infinite when they do not.

    ``xi_q`` :math:`= -1/\log|\chi_q|` of lengths, ``xi_c`` :math:`= -1/\log C'(c^*)` of
    correlations, ``xi_gradient`` :math:`= -1/\log\chi_1` of gradients (negative when they grow).
    """

    xi_q: Any
    xi_c: Any
    xi_gradient: Any


@dataclass(frozen=True)
class ManifoldLayer(Tabled):
    """Metric and curvature of the image of a circle in one layer, both per unit."""

    metric: Any
    curvature: Any


@dataclass(frozen=True)
class MeanField:
    r"""Signal propagation in a wide random network at initialisation.

    With :math:`h^l = W^l f(h^{l-1}) + b^l` the length :math:`q^l` (variance of h) and the
    correlation :math:`c^l` of two inputs follow

    .. math:: q^{l+1} = V(q^l) = \frac{\sigma_w^2}{\rho} E f(\sqrt{q^l} Z)^2 + \sigma_b^2, \qquad
              c^{l+1} = C(c^l) = \frac{\sigma_w^2 E f(u) f(v) + \sigma_b^2}{q^*} .

    Parameters
    ----------
    activation : Activation
    weight_variance, bias_variance : number
        :math:`\sigma_w^2` (times 1/fan-in) and :math:`\sigma_b^2`; variances, not standard
        deviations.
    keep_rate : number
        Dropout: :math:`\rho`, with independent masks for the two inputs.

    Notes
    -----
    Every method takes ``dps``: with it the answer is an mpf with that many digits, without it a
    float.

    References
    ----------
    B. Poole et al., *Exponential expressivity in deep neural networks through transient chaos*,
    NeurIPS 2016. S. Schoenholz et al., *Deep Information Propagation*, ICLR 2017.

    Examples
    --------
    >>> from freeprob import nets
    >>> field = nets.MeanField(nets.erf, weight_variance=2, bias_variance=0.05)
    >>> round(field.fixed_point(), 12)
    0.965954812593
    >>> round(field.correlation_fixed_point(), 12)
    0.434481237456
    """

    activation: sp.Basic
    weight_variance: sp.Expr
    bias_variance: sp.Expr
    keep_rate: sp.Expr = sp.S.One

    def __post_init__(self) -> None:
        checked = LengthMap(
            self.activation, self.weight_variance, self.bias_variance, self.keep_rate
        )
        for name in ("weight_variance", "bias_variance", "keep_rate"):
            object.__setattr__(self, name, getattr(checked, name))

    def _repr_html_(self) -> str:
        """What the field settles to, as a table; what does not exist says why."""
        questions = {
            "fixed length q*": self.fixed_point,
            "χ₁, slope of gradients": self.chi_1,
            "fixed correlation c*": self.correlation_fixed_point,
            "depth of correlations ξ_c": lambda: self.depth_scales().xi_c,
        }
        rows = [(name, _shown(question)) for name, question in questions.items()]
        variances = f"σ_w² = {self.weight_variance}, σ_b² = {self.bias_variance}"
        return html_table((), rows, f"mean field of {self.activation}, {variances}")

    @cached_property
    def length_map(self) -> LengthMap:
        """The map V from one layer's length to the next."""
        return LengthMap(self.activation, self.weight_variance, self.bias_variance, self.keep_rate)

    def fixed_points(self, dps: int | None = None) -> tuple[FixedPoint, ...]:
        """All fixed points of V in increasing order, with slope and stability."""
        found = fixed_points(self.length_map, _working_digits(dps) + GUARD_DIGITS)
        return tuple(FixedPoint(_out(p.value, dps), _out(p.slope, dps), p.kind) for p in found)

    def fixed_point(self, dps: int | None = None, start: object = None) -> Any:
        r"""The length :math:`q^*` that networks flow to.

        Parameters
        ----------
        dps : int, optional
        start : number, optional
            The first layer's length, needed only when several lengths attract.

        Raises
        ------
        UndefinedOperationError
            No length attracts (the error says why), or several do and ``start`` is missing.
        """
        return _out(
            fixed_point(self.length_map, _working_digits(dps) + GUARD_DIGITS, start).value, dps
        )

    def chi_1(self, dps: int | None = None) -> Any:
        r""":math:`\chi_1 = \sigma_w^2 E f'(\sqrt{q^*} Z)^2`: growth of gradients per layer.

        Without dropout also C'(1); ordered when below 1, chaotic when above.
        """
        return _out(self._settled(dps).moment(power=2, derivative=1), dps)

    def chi_q(self, dps: int | None = None) -> Any:
        r""":math:`\chi_q = V'(q^*) = \frac{\sigma_w^2}\rho E[f'^2 + f f'']`."""
        return _out(_star(self.length_map, _working_digits(dps)).slope, dps)

    def chi_2(self, dps: int | None = None) -> Any:
        r""":math:`\chi_2 = \sigma_w^2 E f''(\sqrt{q^*} Z)^2`; infinite at kinks."""
        return _out(self._settled(dps).moment(power=2, derivative=2), dps)

    def correlation_map(self, c: object, dps: int | None = None, length: object = None) -> Any:
        """C(c) at the fixed point, or at another ``length`` shared by both inputs."""
        step = self._settled(dps, length)
        return _out(step(_correlation(c, step.context)), dps)

    def correlations(
        self, c: object, depth: int, dps: int | None = None, length: object = None
    ) -> list:
        """The correlations of layers 0 to ``depth`` when the first is c, the length staying put."""
        step = self._settled(dps, length)
        values = [_correlation(c, step.context)]
        for _ in range(count(depth, "depth")):
            values.append(step(values[-1]))
        return [_out(value, dps) for value in values]

    def correlation_fixed_point(self, dps: int | None = None) -> Any:
        r"""The correlation :math:`c^*` that two inputs flow to.

        C is a power series with non-negative coefficients, so it is convex on [0, 1]: without
        dropout :math:`c^* = 1` exactly when :math:`\chi_1 \le 1`, and otherwise there is one
        other fixed point, below 1.
        """
        return _out(self._settled(dps).fixed_point, dps)

    def correlation_slope(self, dps: int | None = None) -> Any:
        r""":math:`C'(c^*) = \sigma_w^2 E f'(u^*) f'(v^*)`, equal to :math:`\chi_1` if c* = 1."""
        settled = self._settled(dps)
        return _out(settled.slope(settled.fixed_point), dps)

    def depth_scales(self, dps: int | None = None) -> DepthScales:
        r"""The depth scales :math:`\xi_q`, :math:`\xi_c` and that of gradients."""
        settled = self._settled(dps)
        slopes = (
            _star(self.length_map, _working_digits(dps)).slope,
            settled.slope(settled.fixed_point),
            settled.moment(power=2, derivative=1),
        )
        return DepthScales(*(_out(_scale(slope, settled), dps) for slope in slopes))

    def gradient_scale(self, layers: int, dps: int | None = None) -> Any:
        r"""The factor :math:`\chi_1^{n}` on mean square gradients over n ``layers``."""
        return _out(self._settled(dps).moment(2, 1) ** count(layers, "layers"), dps)

    def manifold(self, depth: int, dps: int | None = None) -> tuple[ManifoldLayer, ...]:
        r"""Metric and curvature of a circle of squared norm N q* in layers 1, ..., ``depth`` + 1.

        .. math:: g^{l+1} = \chi_1 g^l, \quad (\kappa^{l+1})^2 = \frac{3\chi_2}{\chi_1^2} +
                  \frac{(\kappa^l)^2}{\chi_1}, \qquad g^1 = q^*, \; (\kappa^1)^2 = 1/q^* .

        Per unit: the Euclidean metric of the layer is N g, its curvature :math:`\kappa/\sqrt N`.

        References
        ----------
        Poole et al. (2016), section 3.
        """
        settled = self._settled(dps)
        if settled.length == 0:
            raise UndefinedOperationError("all lengths shrink to zero, and with them the circle")
        chi_1, chi_2 = settled.moment(2, 1), settled.moment(2, 2)
        metric, squared = settled.length, 1 / settled.length
        layers = []
        for _ in range(count(depth, "depth") + 1):
            pair = (metric, settled.context.sqrt(squared))
            layers.append(ManifoldLayer(*(_out(value, dps) for value in pair)))
            metric, squared = chi_1 * metric, 3 * chi_2 / chi_1**2 + squared / chi_1
        return tuple(layers)

    def critical_decay(self, dps: int | None = None, length: object = None) -> CriticalDecay:
        r"""How :math:`1 - c^l` vanishes at criticality: :math:`A\, l^{-p}`.

        Smooth activations: p = 1, :math:`A = 2/(q^* \chi_2)`. Activations with kinks: p = 2, with
        A from the jumps of f'; for relu :math:`A = 9\pi^2/2`.

        Raises
        ------
        UndefinedOperationError
            :math:`\chi_1 \ne 1` to the digits asked for.
        """
        decay = self._settled(dps, length).critical_decay()
        return CriticalDecay(decay.exponent, _out(decay.amplitude, dps))

    def _settled(self, dps: int | None, length: object = None) -> CorrelationMap:
        """The correlation map at the fixed length, or at a given one, with guard digits."""
        digits = _working_digits(dps)
        if length is None:
            return _at_fixed_length(self.length_map, digits)
        context = private_context(digits)
        given = exact(length, "length")
        if given.is_number and not 0 <= given <= 10**_LARGEST_ORDER:
            raise InvalidParameterError(
                f"length must be at least 0 and at most 10^{_LARGEST_ORDER}, got {length!s:.80}"
            )
        q = to_digits(given, {}, context)
        return CorrelationMap(self.length_map, q, context)


def _shown(question: Callable[[], Any]) -> str:
    """A number, or the reason why there is none."""
    try:
        return f"{float(question()):.6g}"
    except FreeprobError as error:
        return str(error)


def _working_digits(dps: int | None) -> int:
    """Digits worked with: in steps, so that neighbouring requests share one solution."""
    return 10 * -(-(FLOAT_DIGITS if dps is None else digits(dps) + 2) // 10)


@lru_cache(maxsize=64)
def _at_fixed_length(lengths: LengthMap, digits: int) -> CorrelationMap:
    """The correlation map at the fixed length."""
    context = private_context(digits)
    return CorrelationMap(lengths, context.mpf(_star(lengths, digits).value), context)


def _star(lengths: LengthMap, digits: int) -> FixedPoint:
    """The attracting fixed point, to the guard digits as well."""
    return fixed_point(lengths, digits + GUARD_DIGITS)


def _correlation(c: object, context: mpmath.MPContext) -> Any:
    """A correlation in [-1, 1]."""
    read = exact(c, "a correlation")
    if not read.is_number or not -1 <= read <= 1:
        raise InvalidParameterError(f"a correlation lies in [-1, 1], not {c}")
    return to_digits(read, {}, context)


def _scale(slope: Any, settled: CorrelationMap) -> Any:
    """-1/log|slope|, infinite when the slope is 1 to the digits asked for."""
    context = settled.context
    size = abs(context.mpf(slope))
    if abs(size - 1) < settled.tolerance:
        return context.inf
    return context.zero if size == 0 else -1 / context.log(size)


def _out(value: Any, dps: int | None) -> Any:
    """A float, or the mpf rounded to the digits asked for."""
    return float(value) if dps is None else rounded(value, dps)
