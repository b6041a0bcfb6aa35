"""Training and test error of ridge regression on random features, as traces."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Any, final

import sympy as sp
from flint import arb, ctx

from freeprob.derivation import Derivation
from freeprob.errors import InvalidParameterError, UndefinedOperationError
from freeprob.exact.algebra.door import to_fmpq
from freeprob.exact.equations.steps import Step
from freeprob.laws.base import Law
from freeprob.laws.given.law_symbol import LawSymbol
from freeprob.laws.named.marchenko_pastur import MarchenkoPastur
from freeprob.models.traces.trace_grids import enclosures
from freeprob.models.traces.traces import TraceEquivalent
from freeprob.nets.spectra.feature_curves import FeatureCurve, error_curve, positive_ridges
from freeprob.nets.spectra.feature_errors import (
    error_equations,
    error_symbols,
    stationary_ridge,
)
from freeprob.nets.spectra.feature_evidence import DataEvidence, FeatureEvidence
from freeprob.nets.spectra.feature_laws import SPARE, FeatureLaw, Traces, length_of
from freeprob.nets.spectra.feature_limits import ridgeless_limit
from freeprob.nets.spectra.feature_traces import FeatureRegression, feature_symbols
from freeprob.numeric.precision import (
    FLOAT_DIGITS,
    digits_in,
    rounded,
)
from freeprob.parameters import digits
from freeprob.tables import Tabled

_AP = "Adlam-Pennington 2020"
_GUARD = 64


@final
@dataclass(frozen=True)
class RandomFeatures(Tabled):
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
    data
        Law of XᵀX/n₀, or None for independent Gaussian inputs.
    """

    eta: sp.Expr
    zeta: sp.Expr
    slope: sp.Expr | None
    psi1: sp.Expr
    psi2: sp.Expr
    ridge: sp.Expr
    noise: sp.Expr
    data: Law | None = None

    @cached_property
    def law(self) -> FeatureLaw:
        """The kernel's law, from which both traces follow."""
        data = MarchenkoPastur(self.psi2) if self.data is None else self.data
        ratio = self.psi2 / self.psi1
        return FeatureLaw(self.eta, self.zeta, self.slope, ratio, data, length_of(data))

    @cached_property
    def regression(self) -> FeatureRegression:
        """The matrices, of independent Gaussian inputs."""
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
            _, _, slope1, slope2, *_ = self._taus(bits)
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
        return error_curve(self.law, table, self.psi2, self.noise)

    def decomposition(self, dps: int | None = None) -> dict[str, Any]:
        """The six terms of the test error by what they vary with: parameters, samples X, noise ε.

        Each is a difference of traces of two predictors that share X, the parameters P or nothing:
        B is the bias of the predictor averaged over all, V_P, V_X, V_PX and V_Xeps, V_PXeps are
        the terms of the analysis of variance. Their sum is the test error.

        Raises
        ------
        UndefinedOperationError
            For inputs that are known by a law of XᵀX/n₀ alone.

        Notes
        -----
        Source: Adlam-Pennington 2020.
        """
        if self.data is not None:
            raise UndefinedOperationError(
                "terms of the decomposition compare predictors of two independent samples, and a "
                "law of XᵀX/n₀ is known of one alone: leave out data for Gaussian inputs; of a law "
                "follow train(), test(), curve(ridges), ridgeless() and optimal_ridge()"
            )
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
            At ψ₁ = ψ₂, where the error diverges like λ^(-1/2), and with ζ = η where the rank of the
            data is ψ₁ or their law reaches down to 0; for the tangent kernel, where λ = 0 is a
            point like others.
        """
        if self.slope is not None:
            raise UndefinedOperationError(
                "the tangent kernel has an inverse without a ridge: take ridge=0 and test()"
            )
        self._require_numbers(ridge=False)
        limit = cache(lambda bits: ridgeless_limit(self.law, bits + _GUARD))

        def chi(bits: int) -> arb:
            with ctx.workprec(bits + _GUARD):
                return limit(bits).chi * self._ball(self.psi2, bits)

        return {
            "chi": self._number(chi, dps),
            "signal": self._number(lambda bits: limit(bits).signal, dps),
            "noise": self._number(lambda bits: limit(bits).noise, dps),
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
            gamma = stationary_ridge(self.law, self._ball(self.noise, bits), bits)
            with ctx.workprec(bits + _GUARD):
                return gamma / self._ball(self.psi2, bits)

        return self._number(ball, dps)

    def equations(self) -> list[sp.Eq]:
        """Equations of τ₁ and τ₂, then both errors in terms of these and their slopes.

        Symbols: ψ₁, ψ₂, γ = λψ₂, η, ζ of :func:`feature_symbols`, τ₁, τ₂ and τ₁', τ₂' (d/dγ), σ².
        For Gaussian inputs τ₁ and τ₂ have two polynomial equations; for a law of data they stand
        in integrals over it, with the auxiliary h and k.
        """
        t1, t2, *_ = unknowns = error_symbols()
        if self.data is not None:
            s = feature_symbols()
            slope = None if self.slope is None else s.slope
            law = FeatureLaw(s.eta, s.zeta, slope, s.psi2 / s.psi1, self.data, self.law.length)
            law = law if not self.zeta.is_zero else replace(law, zeta=sp.S.Zero)
            return [*law.equations(s.gamma, t1, t2), *error_equations(unknowns)]
        own = self.regression
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
        own = FeatureEvidence(self.regression)
        if self.data is None:
            rule, evidence = "Block traces of K⁻¹ with Gaussian letters, in τ₁ and τ₂", own
        else:
            rule = "The law of K is a free product; h is the trace of the features' covariance"
            evidence = DataEvidence(self.law)
        steps = (
            *(Step(equation, rule, _AP) for equation in taus),
            Step(train, "Residuals are γ times labels times K⁻¹", _AP),
            Step(test, "The test error is the training error over (γ τ₁)², less the noise", _AP),
        )
        return Derivation("Random features", kernel, steps, evidence)

    def _number(self, ball: Callable[[int], arb], dps: int | None) -> Any:
        """A float, or so many right digits."""
        wanted = digits(dps)
        number = rounded(ball, wanted or FLOAT_DIGITS)
        return number if wanted else float(number)

    def _require_numbers(self, ridge: bool = True) -> None:
        """Values for all parameters, and a ridge where the kernel needs one."""
        fields = {name: getattr(self, name) for name in self.__dataclass_fields__}
        for name, value in fields.items():
            if isinstance(value, Law) and value.atoms(LawSymbol):
                raise InvalidParameterError(
                    f"numbers need a law for {value}: replace the letter; equations() keeps it"
                )
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

    def _taus(self, bits: int) -> Traces:
        """τ₁, τ₂ and their slopes in γ."""
        self._require_numbers()
        return self.law.balls(self.ridge * self.psi2, bits + _GUARD)

    def _coefficients(self, bits: int) -> tuple[arb, arb]:
        """Test errors of the signal alone and of noise of variance 1."""
        tau, _, slope1, slope2, *_ = self._taus(bits)
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
    return sp.Rational(value.evalf(digits_in(bits) + SPARE))
