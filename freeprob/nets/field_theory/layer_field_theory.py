"""The statistical field theory of the layers of a random network."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
import sympy as sp

from freeprob.errors import InvalidParameterError, UndefinedOperationError
from freeprob.nets.activations.network_arguments import count, non_negative, positive
from freeprob.nets.field_theory.continuum import ContinuumTheory
from freeprob.nets.field_theory.lattice_action import as_kernel, lattice_action
from freeprob.nets.mean_field.fixed_length import FixedLength, fixed_length
from freeprob.nets.mean_field.gaussian_maps import (
    is_unevaluated,
    private_context,
    rounded,
    to_digits,
)
from freeprob.nets.mean_field.length_map import LengthAverages, LengthMap
from freeprob.nets.samples.layer_sampling import FIELDS, LayerSample, sample_layers
from freeprob.parameters import expression, finite, one_of

Field = Literal["kernel", "length", "norm"]
_FARTHEST_LAYER = 10**6


@dataclass(frozen=True)
class LayerFieldTheory:
    r"""Layers of a random network of width N as a one-dimensional lattice field.

    With the weights integrated out exactly, :math:`P(z) = e^{-H[z]}` where

    .. math:: H = \frac12 \sum_l \left[ \frac{|z^l|^2}{K^l} + N \log 2\pi K^l \right], \qquad
              K^l = \sigma_b^2 + \frac{\sigma_w^2}N \sum_j f(z^{l-1}_j)^2 .

    Around the fixed point q of the length map, :math:`K^l = q + \kappa^l/\sqrt N` is Gaussian at
    large N, with :math:`\chi = \sigma_w^2 \partial_q E f^2`,
    :math:`D = \sigma_w^4 \mathrm{Var} f^2` and

    .. math:: S[\kappa] = \frac1{2D} \sum_l (\kappa_{l+1} - \chi \kappa_l)^2, \qquad
              \langle|\hat\kappa_k|^2\rangle = \frac D{1 + \chi^2 - 2\chi\cos k} .

    Parameters
    ----------
    activation : Activation
    weight_variance, bias_variance : number or SymPy expression
        :math:`\sigma_w^2` (each weight has variance :math:`\sigma_w^2/N`) and :math:`\sigma_b^2`.

    Notes
    -----
    Three fields are described: ``"kernel"`` is :math:`K^l`, ``"length"`` is
    :math:`u^l = |z^l|^2/N` and ``"norm"`` is :math:`|z^l|`. Covariances of the first two are
    multiplied by N; that of the norm is O(1) as it stands.

    References
    ----------
    S. Schoenholz, J. Pennington, J. Sohl-Dickstein, *A Correspondence Between Random Neural
    Networks and Statistical Field Theory*, arXiv:1710.06570 (2017).

    Examples
    --------
    >>> import sympy as sp
    >>> from freeprob import nets
    >>> theory = nets.LayerFieldTheory(nets.linear, sp.Rational(4, 5), sp.Rational(1, 5))
    >>> theory.covariance(5, 5), theory.covariance(5, 6)
    (32/9, 128/45)
    >>> print(theory.correlation_length(dps=20))
    4.4814201177245497869
    """

    activation: sp.Basic
    weight_variance: sp.Expr
    bias_variance: sp.Expr

    def __post_init__(self) -> None:
        checked = LengthMap(self.activation, self.weight_variance, self.bias_variance)
        object.__setattr__(self, "weight_variance", checked.weight_variance)
        object.__setattr__(self, "bias_variance", checked.bias_variance)

    @cached_property
    def length_map(self) -> LengthMap:
        """The recursion of the mean of K, of which the theory describes the fluctuations."""
        return LengthMap(self.activation, self.weight_variance, self.bias_variance)

    def action(
        self,
        width: object = None,
        depth: object = None,
        field: sp.IndexedBase | None = None,
        input_kernel: object = None,
    ) -> sp.Expr:
        r"""The exact lattice action H, with :math:`P(z) = e^{-H}` normalised.

        Parameters
        ----------
        width, depth : int or SymPy expression, optional
            N and the number of layers; with integers ``.doit()`` writes all terms out.
        field : IndexedBase, optional
            ``field[l, i]`` is :math:`z^l_i`; with several inputs ``field[l, a, i]``, a = 1, 2, ...
        input_kernel : expression or symmetric matrix, optional
            :math:`K^1 = \sigma_b^2 + \sigma_w^2 x_a \cdot x_b/n_0`; its size
            is the number of inputs.

        Returns
        -------
        sympy.Expr
        """
        width, depth = _number_of(width, "N"), _number_of(depth, "L")
        field = _indexed(field, "z")
        kernel = sp.Dummy("K^{1}", positive=True) if input_kernel is None else input_kernel
        return lattice_action(
            self.activation,
            self.weight_variance,
            self.bias_variance,
            field,
            as_kernel(kernel),
            width,
            depth,
        )

    def length(self) -> sp.Expr:
        """The fixed point q of the length map: closed form, or an exact unevaluated number."""
        return fixed_length(self.length_map)

    def chi(self) -> sp.Expr:
        r"""The slope :math:`\chi = \sigma_w^2 \partial_q E f(\sqrt q Z)^2` at the fixed point."""
        return self.length_map.exact.slope(self.length())

    def noise(self, field: Field = "kernel") -> sp.Expr:
        r"""The noise strength D, :math:`D = (1 - \chi^2) N \mathrm{Var}` of the field.

        :math:`\sigma_w^4(E f^4 - (E f^2)^2)` for the kernel; :math:`2q^2(1-\chi^2)` more for the
        length.
        """
        q = self.length()
        driving = self.length_map.exact.noise(q)
        if one_of(field, "field", FIELDS) == "kernel":
            return driving
        return _observe(field, driving, 2 * q**2 * (1 - self.chi() ** 2), q)

    def gaussian_action(self, depth: Any = None, field: sp.IndexedBase | None = None) -> sp.Expr:
        r"""The Gaussian action of :math:`\kappa = \sqrt N (K - q)` on layers 1 to ``depth``.

        With ``field[l]`` for :math:`\kappa_l`; general activation, leading order in 1/N.
        """
        depth = _number_of(depth, "L")
        kappa = _indexed(field, "kappa")
        l = sp.Dummy("l", integer=True, positive=True)
        step = (kappa[l + 1] - self.chi() * kappa[l]) ** 2
        return sp.Sum(step, (l, 1, depth - 1)) / (2 * self.noise())

    def propagator(self, k: object, field: Field = "kernel", dps: int | None = None) -> sp.Expr:
        r""":math:`\langle|\hat\kappa_k|^2\rangle = D/(1 + \chi^2 - 2\chi\cos k)`, wave number k."""
        chi = self.chi()
        value = self.noise(field) / (1 + chi**2 - 2 * chi * sp.cos(expression(k, "k")))
        return _answer(value, dps)

    def covariance(
        self,
        l: object,
        m: object,
        *,
        field: Field = "kernel",
        input_variance: object = None,
        width: object = None,
        dps: int | None = None,
    ) -> sp.Expr:
        r"""N times the covariance of the field between layers l and m.

        Stationary: :math:`N\mathrm{Var} \cdot \chi^{|l-m|}` with
        :math:`N\mathrm{Var} K = D/(1-\chi^2)` and :math:`N\mathrm{Var} u = D/(1-\chi^2) + 2q^2`.

        Parameters
        ----------
        l, m : int or SymPy expression
            Layers; with ``input_variance`` integers from 1.
        field : {"kernel", "length", "norm"}
            K, :math:`u = |z|^2/N`, or :math:`|z|` (whose covariance is not multiplied by N).
        input_variance : number or expression, optional
            The given :math:`K^1 = \sigma_b^2 + \sigma_w^2 |x^0|^2/n_0`: then the layers are not
            stationary, and :math:`v_1 = 0, v_{l+1} = \chi(q^l)^2 v_l + D(q^l)`.
        width : int or expression, optional
            N, for the exact covariance at finite width instead of the leading order in 1/N;
            linear, relu and other positively homogeneous activations only.
        dps : int, optional
            Digits; without it the exact expression is returned.

        Raises
        ------
        UndefinedOperationError
            No stationary law; or ``width`` given for an activation whose moments do not close.
        """
        correction = sp.S.Zero if width is None else 1 / positive(width, "width")
        if correction != 0:
            self._require_homogeneous()
        if input_variance is None:
            layers = (_layer(l), _layer(m))
            return _answer(self._stationary(*layers, field, correction), dps)
        first, last = sorted((count(l, "a layer", 1), count(m, "a layer", 1)))
        start = non_negative(input_variance, "input_variance")
        if dps is None:
            return self._given_input(self.length_map.exact, start, first, last, field, correction)
        context = private_context(dps)
        numbers = (to_digits(x, {}, context) for x in (start, correction))
        averages = self.length_map.digits(context)
        start, correction = numbers
        value = self._given_input(averages, start, first, last, field, correction)
        return rounded(value, dps)

    def _stationary(self, l: sp.Expr, m: sp.Expr, field: Field, correction: sp.Expr) -> sp.Expr:
        """The covariance far from the input."""
        q, chi, driving = self.length(), self.chi(), self.noise()
        decay = 1 - chi**2
        if correction != 0:
            decay -= correction * driving / q**2
        if decay.is_number and decay.evalf(15) <= 0:
            raise UndefinedOperationError(
                f"the layers have no stationary variance: chi = {sp.N(chi, 6)} is too close to 1; "
                "give input_variance= for the covariance at finite depth"
            )
        kernel = driving / decay
        return _observe(field, kernel, 2 * (q**2 + correction * kernel), q) * chi ** sp.Abs(l - m)

    def _given_input(
        self,
        averages: LengthAverages,
        start: Any,
        first: int,
        last: int,
        field: Field,
        correction: Any,
    ) -> Any:
        """The covariance between two layers of a network that sees one given input."""
        q, kernel = start, start * 0
        for _ in range(first - 1):
            kernel, q = self._next(averages, q, kernel, correction)
        value = _observe(field, kernel, 2 * (q**2 + correction * kernel), q)
        for _ in range(last - first):
            value, q = value * averages.slope(q), averages.step(q)
        return value

    @staticmethod
    def _next(averages: LengthAverages, q: Any, kernel: Any, correction: Any) -> tuple[Any, Any]:
        """N Var K and E K one layer further; the correction is 1/N for the exact moments."""
        driving = averages.noise(q)
        spread = averages.slope(q) ** 2 * kernel + driving
        if correction != 0:
            spread += correction * kernel * driving / q**2
        return spread, averages.step(q)

    def _require_homogeneous(self) -> None:
        """Finite-width moments close only when f(t x) = t f(x) for t > 0."""
        if not self.length_map.is_homogeneous:
            raise UndefinedOperationError(
                "exact finite-width moments close only for positively homogeneous activations "
                "such as linear and relu; leave out width= for the leading order in 1/N"
            )

    def correlation_length(self, dps: int | None = None) -> sp.Expr:
        r""":math:`\xi = -1/\log|\chi|` in layers; infinite at criticality."""
        chi = self.chi()
        if dps is None and not chi.is_number:
            return -1 / sp.log(chi)
        context = private_context(15 if dps is None else dps)
        size = to_digits(chi, {}, context)
        if abs(size) > 1 + context.eps:
            raise UndefinedOperationError(f"fluctuations grow with depth: chi = {sp.N(chi, 6)}")
        if dps is not None:
            return rounded(-1 / context.log(abs(size)) if abs(size) != 1 else context.inf, dps)
        magnitude = -chi if size < 0 else chi
        return sp.oo if magnitude == 1 else -1 / sp.log(magnitude)

    def mass_squared(self, dps: int | None = None) -> sp.Expr:
        r""":math:`m^2 = (1-\chi)^2/\chi`; on the lattice :math:`\cosh(1/\xi) = 1 + m^2/2`."""
        return _answer(self.continuum().mass_squared(), dps)

    def continuum(self, field: Field = "kernel") -> ContinuumTheory:
        """The effective theory at long distances, which shares chi and D with the lattice."""
        return ContinuumTheory(self.chi(), self.noise(field))

    def sample(
        self,
        width: int,
        depth: int,
        draws: int,
        rng: int | np.random.Generator = 0,
        input_variance: Any = None,
        executor: Executor | None = None,
    ) -> LayerSample:
        """Lengths and kernels of all layers in real networks, every weight drawn.

        The input has the given :math:`K^1`, by default the fixed point q.
        """
        start = self.length() if input_variance is None else input_variance
        variance = finite(start, "input_variance")
        return sample_layers(self.length_map, width, depth, draws, variance, rng, executor)

    def latex(self) -> str:
        r"""The whole theory as LaTeX: action, Gaussian action, propagator, lengths.

        The Gaussian theory is written in :math:`\chi` and D, whose values come first; what is in
        closed form follows each equation, and what has no meaning at these variances, such as a
        stationary covariance at criticality, says why.
        """
        k = sp.Dummy("k", real=True)
        l, m = sp.symbols("l m", integer=True, cls=sp.Dummy)
        chi, noise = sp.Symbol("chi", positive=True), sp.Symbol("D", positive=True)
        place = sp.IndexedBase("kappa")
        general = ContinuumTheory(chi, noise)
        action = sp.Sum((place[l + 1] - chi * place[l]) ** 2, (l, 1, sp.Symbol("L") - 1))
        lines = [
            ("H", self.action, None),
            ("q_*", self._length_equation, None),
            (r"\chi", self.chi, None),
            ("D", self.noise, None),
            ("S", lambda: action / (2 * noise), None),
            (
                r"\left\langle|\hat\kappa_k|^2\right\rangle",
                lambda: noise / (1 + chi**2 - 2 * chi * sp.cos(k)),
                lambda: self.propagator(k),
            ),
            (
                r"N\,\mathrm{Cov}(K^l, K^m)",
                lambda: noise / (1 - chi**2) * chi ** sp.Abs(l - m),
                lambda: self.covariance(l, m),
            ),
            (r"\xi", lambda: -1 / sp.log(chi), self.correlation_length),
            ("m^2", general.mass_squared, self.mass_squared),
        ]
        body = " \\\\\n".join(_line(*line) for line in lines)
        return f"\\begin{{align}}\n{body}\n\\end{{align}}"

    def _length_equation(self) -> sp.Expr:
        """The fixed length in closed form, or what the length map makes of it."""
        length = self.length()
        return self.length_map.exact.step(length) if length.has(FixedLength) else length

    def _repr_latex_(self) -> str:
        return self.latex()


def _line(name: str, ask: Callable[[], sp.Expr], explicit: Callable[[], sp.Expr] | None) -> str:
    """One aligned line, with the explicit value if in closed form, or why there is none."""
    try:
        text = f"{name} &= {sp.latex(ask())}"
        value = explicit() if explicit else None
    except UndefinedOperationError as error:
        return rf"{name} &: \text{{{str(error).partition(';')[0]}}}"
    if value is None or is_unevaluated(value) or value.has(FixedLength):
        return text
    return f"{text} = {sp.latex(value)}"


def _layer(value: object) -> sp.Expr:
    """A layer, whose distance from another is an exponent."""
    read = expression(value, "a layer")
    if read.is_Rational and abs(read) > _FARTHEST_LAYER:
        raise InvalidParameterError(f"a layer must be at most {_FARTHEST_LAYER}, got {value!s:.80}")
    return read


def _indexed(field: object, name: str) -> sp.IndexedBase:
    """A field that is indexed by layers, a letter where none is given."""
    if field is None:
        return sp.IndexedBase(sp.Dummy(name, real=True))
    if not isinstance(field, sp.IndexedBase):
        raise InvalidParameterError(f"field must be a SymPy IndexedBase, got {field!r:.80}")
    return field


def _number_of(value: object, name: str) -> sp.Expr:
    """A number of units or layers, a letter where none is given."""
    letter = sp.Dummy(name, positive=True, integer=True)
    return letter if value is None else expression(value, f"the number {name}")


def _observe(field: Field, kernel: Any, own: Any, q: Any) -> Any:
    """The variance of a field from N Var K and the units' own Gaussian scatter."""
    if one_of(field, "field", FIELDS) == "kernel":
        return kernel
    if field == "length":
        return kernel + own
    return (kernel + own) / (4 * q)


def _answer(value: sp.Expr, dps: int | None) -> Any:
    """The expression itself, or its digits."""
    if dps is None:
        return value
    return rounded(to_digits(value, {}, private_context(dps)), dps)
