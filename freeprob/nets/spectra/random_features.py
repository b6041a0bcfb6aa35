"""Training and test error of ridge regression on random features, as traces."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, final

import numpy as np
import sympy as sp
from flint import arb, ctx

from freeprob.derivation import Derivation
from freeprob.errors import InvalidParameterError, UndefinedOperationError
from freeprob.exact.algebra.door import to_fmpq
from freeprob.exact.equations.steps import Step
from freeprob.models.traces.trace_grids import enclosures
from freeprob.models.traces.traces import TraceEquivalent
from freeprob.nets.activations.activations import Activation
from freeprob.nets.spectra.feature_curves import FeatureCurve, error_curve, positive_ridges
from freeprob.nets.spectra.feature_errors import (
    FeatureEvidence,
    error_equations,
    error_symbols,
    stationary_ridge,
)
from freeprob.nets.spectra.feature_traces import FeatureRegression, feature_symbols
from freeprob.nets.spectra.features import one_feature
from freeprob.numeric.precision import (
    FLOAT_DIGITS,
    bits_of,
    context,
    digits_in,
    rounded,
    to_mpf,
)
from freeprob.parameters import digits, exact, one_of, require

_AP = "Adlam-Pennington 2020"
_SPARE = 12  # digits lost to subtractions and to the conditioning of the equations
_GUARD = 64
_KERNELS = ("features", "tangent")


@final
@dataclass(frozen=True)
class RandomFeatures:
    """Ridge regression on random features; build it with :func:`random_features`.

    Parameters
    ----------
    eta, zeta
        Var f and (E z f)² of the activation.
    slope
        E f'², or None without the tangent kernel.
    psi1, psi2
        Features and samples over inputs.
    ridge
        λ.
    noise
        Variance of the label noise.
    """

    eta: sp.Expr
    zeta: sp.Expr
    slope: sp.Expr | None
    psi1: sp.Expr
    psi2: sp.Expr
    ridge: sp.Expr
    noise: sp.Expr

    @cached_property
    def regression(self) -> FeatureRegression:
        """The matrices."""
        linear, curved = not self.zeta.is_zero, (self.eta - self.zeta).is_zero is not True
        return FeatureRegression(self.slope is not None, linear, curved)

    def tau1(self, dps: int | None = None) -> Any:
        """The trace tr K⁻¹/m."""
        return self._number(lambda bits: self._taus(bits)[0], dps)

    def tau2(self, dps: int | None = None) -> Any:
        """The trace tr XᵀX K⁻¹/(n₀ m)."""
        return self._number(lambda bits: self._taus(bits)[1], dps)

    def train(self, dps: int | None = None) -> Any:
        """Mean square residual on the samples, -γ²(σ² τ₁' + τ₂')."""

        def ball(bits: int) -> arb:
            *_, slope1, slope2 = self._taus(bits)
            gamma, noise = (self._ball(v, bits) for v in (self.ridge * self.psi2, self.noise))
            with ctx.workprec(bits + _GUARD):
                return -(gamma**2) * (noise * slope1 + slope2)

        return self._number(ball, dps)

    def test(self, dps: int | None = None) -> Any:
        """Mean square error on new inputs beyond the noise, E_train/(γ τ₁)² - σ²."""

        def ball(bits: int) -> arb:
            signal, noise = self._coefficients(bits)
            variance = self._ball(self.noise, bits)
            with ctx.workprec(bits + _GUARD):
                return signal + variance * noise

        return self._number(ball, dps)

    def curve(self, ridges: Any) -> FeatureCurve:
        """Both errors at many ridges λ at once, float64.

        Raises
        ------
        InvalidParameterError
            If parameters are symbols or a ridge is not positive.
        """
        table = positive_ridges(ridges)
        self._require_numbers(ridge=False)
        values = {symbol: np.array([float(v)]) for symbol, v in self._values(2 * _GUARD).items()}
        return error_curve(self.regression, values, table, float(self.psi2), float(self.noise))

    def decomposition(self, dps: int | None = None) -> dict[str, Any]:
        """The six terms of the test error by what they vary with: parameters, samples X, noise ε.

        Each is a difference of traces of two predictors that share X, the parameters P or nothing:
        B is the bias of the predictor averaged over all, V_P, V_X, V_PX and V_Xeps, V_PXeps are
        the terms of the analysis of variance. Their sum is the test error.

        Source: Adlam and Pennington, NeurIPS 2020.
        """
        terms = cache(self._terms)
        return {
            name: self._number(lambda bits, place=place: terms(bits)[place], dps)
            for place, name in enumerate(("B", "V_P", "V_X", "V_PX", "V_Xeps", "V_PXeps"))
        }

    def ridgeless(self, dps: int | None = None) -> dict[str, Any]:
        """The limit λ → 0: test error = signal + noise σ², and χ of Mei and Montanari.

        χ = -(η - ζ) ψ₂ γ τ₁ τ̃₁ with the trace τ̃₁ of the n₁ x n₁ side.

        Raises
        ------
        UndefinedOperationError
            At ψ₁ = ψ₂, where the error diverges like λ^(-1/2), and for the tangent kernel, where
            λ = 0 is a point like others.
        """
        if self.slope is not None:
            raise UndefinedOperationError(
                "the tangent kernel has an inverse without a ridge: take ridge=0 and test()"
            )
        if self.psi1 == self.psi2:
            raise UndefinedOperationError(
                "with as many features as samples the test error diverges like ridge^(-1/2): "
                "take a positive ridge, or other ratios"
            )
        wanted = digits(dps) or FLOAT_DIGITS
        s, own, private = feature_symbols(), self.regression, context(wanted + _SPARE)
        self._require_numbers(ridge=False)
        values = self._values(bits_of(wanted + _SPARE))
        del values[s.gamma]
        one, two, companion = own.tau1(), own.tau2(), TraceEquivalent.of(own.companion.inverse())
        traces = (one, companion, one.diff(s.gamma), two.diff(s.gamma))
        powers, leading = [], []
        for trace in traces:
            power, coefficient = trace.at_values(values).limit(s.gamma).leading(dps=wanted + _SPARE)
            powers.append(power)
            leading.append(private.mpf(coefficient))
        # τ₁ τ̃₁ ~ 1/γ, and slopes that grow less than τ₁² leave nothing
        tau, other, noise, signal = leading
        scale = (values[s.eta] - values[s.zeta]) * values[s.psi2]
        found = {
            "chi": -tau * other * scale.p / scale.q
            if powers[0] + powers[1] == -1
            else private.mpf(0),
            "signal": -signal / tau**2 if powers[3] == 2 * powers[0] else private.mpf(0),
            "noise": (-noise / tau**2 if powers[2] == 2 * powers[0] else private.mpf(0)) - 1,
        }
        return {
            name: float(value) if dps is None else to_mpf(value, wanted)
            for name, value in found.items()
        }

    def optimal_ridge(self, dps: int | None = None) -> Any:
        """The λ of least test error: 0 where the error grows from there on.

        Raises
        ------
        UndefinedOperationError
            If the error falls for ever, as with ζ = 0, where the features know nothing.
        """
        self._require_numbers(ridge=False)

        def ball(bits: int) -> arb:
            values = self._values(bits + _GUARD)
            del values[feature_symbols().gamma]
            noise = self._ball(self.noise, bits)
            gamma = stationary_ridge(self.regression, values, noise, bits)
            with ctx.workprec(bits + _GUARD):
                return gamma / self._ball(self.psi2, bits)

        return self._number(ball, dps)

    def equations(self) -> list[sp.Eq]:
        """The two equations of τ₁ and τ₂, then both errors in terms of these and their slopes.

        Symbols: ψ₁, ψ₂, γ = λψ₂, η, ζ of :func:`feature_symbols`, τ₁, τ₂ and τ₁', τ₂' (d/dγ), σ².
        """
        own = self.regression
        t1, t2, *_ = unknowns = error_symbols()
        *found, _ = own.tau1().equations(
            {t1: own.kernel.inverse(), t2: own.gram * own.kernel.inverse()}
        )
        return [*found, *error_equations(unknowns)]

    def derive(self) -> Derivation:
        """From the matrices to both errors; ``check()`` verifies each step by traces anew.

        The test error is verified with the traces of the predictor itself.

        Examples
        --------
        >>> from freeprob import nets
        >>> nets.random_features(nets.relu, 2, 3, "1/100", 0).derive().result.lhs
        E_test
        """
        *taus, train, test = self.equations()
        kernel = (
            rf"K = \tfrac1{{n_1}} F^T F + \gamma, \quad F = {sp.latex(self.regression.features)}"
        )
        steps = (
            *(
                Step(equation, "Block traces of K⁻¹ with Gaussian letters, in τ₁ and τ₂", _AP)
                for equation in taus
            ),
            Step(train, "Residuals are γ times labels times K⁻¹", _AP),
            Step(test, "The test error is the training error over (γ τ₁)², less the noise", _AP),
        )
        return Derivation("Random features", kernel, steps, FeatureEvidence(self.regression))

    def _number(self, ball: Callable[[int], arb], dps: int | None) -> Any:
        """A float, or so many right digits."""
        wanted = digits(dps)
        number = rounded(ball, wanted or FLOAT_DIGITS)
        return number if wanted else float(number)

    def _require_numbers(self, ridge: bool = True) -> None:
        """Values for all parameters, and a ridge where the kernel needs one."""
        fields = {name: getattr(self, name) for name in self.__dataclass_fields__}
        for name, value in fields.items():
            if value is not None and value.free_symbols:
                raise InvalidParameterError(
                    f"numbers need values and {name} = {value} is a symbol: give a number; "
                    "equations() keeps symbols"
                )
        if ridge and self.ridge.is_zero and self.slope is None:
            raise InvalidParameterError(
                "the kernel of random features needs a ridge > 0; ridgeless() has the limit"
            )

    def _values(self, bits: int) -> dict[sp.Symbol, sp.Expr]:
        """Rationals for the symbols of the equations, next to irrational ones by so many bits."""
        s = feature_symbols()
        values = {s.psi1: self.psi1, s.psi2: self.psi2, s.gamma: self.ridge * self.psi2}
        values |= {s.eta: self.eta, s.zeta: self.zeta}
        if self.slope is not None:
            values[s.slope] = self.slope
        return {symbol: _rational(value, bits) for symbol, value in values.items()}

    def _ball(self, value: sp.Expr, bits: int) -> arb:
        """A number as a ball."""
        with ctx.workprec(bits + _GUARD):
            return arb(to_fmpq(_rational(value, bits + _GUARD)))

    def _taus(self, bits: int) -> tuple[arb, arb, arb, arb]:
        """τ₁, τ₂ and their slopes in γ."""
        self._require_numbers()
        s, own, values = feature_symbols(), self.regression, self._values(bits + _GUARD)
        one, two = own.tau1(), own.tau2()
        traces = [one, two, one.diff(s.gamma), two.diff(s.gamma)]
        traces = [trace.at_values(values) for trace in traces]
        return tuple(value.real for value in enclosures(traces, bits + _GUARD))

    def _coefficients(self, bits: int) -> tuple[arb, arb]:
        """Test errors of the signal alone and of noise of variance 1."""
        tau, _, slope1, slope2 = self._taus(bits)
        with ctx.workprec(bits + _GUARD):
            return -slope2 / tau**2, -slope1 / tau**2 - 1

    def _terms(self, bits: int) -> tuple[arb, ...]:
        """The decomposition."""
        self._require_numbers()
        own, values = self.regression, self._values(bits + _GUARD)

        def total(traces: list[TraceEquivalent]) -> arb:
            found = [enclosures([trace.at_values(values)], bits + _GUARD) for trace in traces]
            return sum((value.real for (value,) in found), arb(0))

        with ctx.workprec(bits + _GUARD):
            mean, both = total(own.mean()), total(own.signal("WX"))
            shared_p, shared_x = total(own.signal("X")), total(own.signal("W"))
            noise_x = total(own.noise("W"))
        signal, noise = self._coefficients(bits)
        variance = self._ball(self.noise, bits)
        with ctx.workprec(bits + _GUARD):
            bias = 1 - 2 * mean + both
            v_p, v_x = shared_p - both, shared_x - both
            return (
                bias, v_p, v_x, signal - bias - v_p - v_x,
                variance * noise_x, variance * (noise - noise_x),
            )  # fmt: skip


def _rational(value: sp.Expr, bits: int) -> sp.Rational:
    """A number, or one of so many right bits."""
    if value.is_Rational:
        return value
    return sp.Rational(value.evalf(digits_in(bits) + _SPARE))


def random_features(
    f: Any, psi1: Any, psi2: Any, ridge: Any, noise: Any = 0, kernel: str = "features"
) -> RandomFeatures:
    r"""Ridge regression on features f(Wx) of Gaussian inputs, and its errors in the limit.

    n₀ inputs x ~ N(0, 1), n₁ = ψ₁n₀ features, m = ψ₂n₀ samples, labels y = β·x/√n₀ + ε with
    |β|² = n₀ and Var ε = σ². The readout a minimises Σ(y - a·f(Wx))²/m + λ n₁ |a|²/n₀ and is

    .. math:: \hat y(x) = y K^{-1} F^T f(Wx)/n_1, \quad K = F^T F/n_1 + \gamma, \quad
              \gamma = \lambda \psi_2 .

    With φ = 1/ψ₂, ψ = 1/ψ₁ this is γ, φ, ψ of Adlam and Pennington, with μ₁² = ζ, μ_*² = η - ζ
    that of Mei and Montanari; errors are ``train()`` and ``test()``, the latter beyond the noise.

    Parameters
    ----------
    f
        An activation, which counts as centred by its mean; or a pair (η, ζ).
    psi1, psi2
        n₁/n₀ and m/n₀.
    ridge
        λ of Mei and Montanari.
    noise
        σ². A nonlinear target adds the variance of its nonlinear part.
    kernel : {"features", "tangent"}
        With "tangent" both layers are trained, in the tangent kernel with output weights of
        variance 1 and the network function at the start taken off.

    Returns
    -------
    RandomFeatures

    Raises
    ------
    InvalidParameterError
        For ratios that are not positive, negative ridges or noise, ζ > η, other kernels, and a pair
        (η, ζ) for the tangent kernel, which needs E f'².

    Notes
    -----
    Source: Adlam and Pennington, ICML and NeurIPS 2020; Mei and Montanari 2022.

    Examples
    --------
    >>> from freeprob import nets
    >>> model = nets.random_features(nets.relu, 2, 3, "1/100", "1/5")
    >>> print(model.test(dps=20))
    0.56354807380091411967
    """
    one_of(kernel, "the kernel", _KERNELS)
    feature = one_feature(f)
    slope = None
    if kernel == "tangent":
        if not isinstance(f, Activation):
            raise InvalidParameterError(
                "the tangent kernel needs an activation: it depends on E f'² beside (eta, zeta)"
            )
        slope = f.expect(1, power=2, derivative=1)
        require(slope.is_finite is not False, f"E f'² of {f} is infinite: it has no tangent kernel")
    numbers = {"psi1": psi1, "psi2": psi2, "ridge": ridge, "noise": noise}
    read = {name: exact(value, name) for name, value in numbers.items()}
    for name in ("psi1", "psi2"):
        require(read[name] > 0, f"{name} must be positive, got {read[name]}")
    for name in ("ridge", "noise"):
        require(read[name] >= 0, f"{name} must not be negative, got {read[name]}")
    return RandomFeatures(feature.eta, feature.zeta, slope, **read)
