"""What verifies derivations of errors on random features: traces and laws at random parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import final

import sympy as sp

from freeprob.exact.equations.steps import Step
from freeprob.law_symbols import admissible
from freeprob.laws.given.law_symbol import LawSymbol
from freeprob.laws.named.atomic import Atomic
from freeprob.models.traces.traces import TraceEquivalent
from freeprob.nets.spectra.feature_errors import error_symbols
from freeprob.nets.spectra.feature_laws import FeatureLaw, law_symbols, length_of
from freeprob.nets.spectra.feature_traces import FeatureRegression, feature_symbols
from freeprob.numeric.precision import bits_of, to_mpf

_WITNESS_DIGITS = 30
_HOLDS = 1e-15  # half of the digits of the witness: a wrong step misses by far more


def _failed(steps: Sequence[Step], known: Mapping[sp.Basic, sp.Basic]) -> list[Step]:
    """The steps whose sides differ at these numbers."""
    failed = []
    for step in steps:
        sides = [side.xreplace(known).evalf(_WITNESS_DIGITS) for side in step.equation.args]
        size = 1 + max(abs(side) for side in sides)
        if not abs(sides[0] - sides[1]) < _HOLDS * size:
            failed.append(step)
    return failed


@final
@dataclass(frozen=True)
class FeatureEvidence:
    """Traces of the kernel and of the predictor at random parameters."""

    regression: FeatureRegression

    @property
    def variable(self) -> sp.Expr:
        """τ₁."""
        return error_symbols().tau1

    @property
    def place(self) -> str:
        """Where the points lie."""
        return "of the parameters"

    def refuted(self, steps: Sequence[Step], random: Random) -> list[Step]:
        """The steps that do not hold at one random point."""
        return _failed(steps, self._witness(random))

    def _witness(self, random: Random) -> dict[sp.Symbol, sp.Expr]:
        """Numbers for all symbols; the errors by traces of squares and of the predictor."""
        s, names, own = feature_symbols(), error_symbols(), self.regression
        drawn = [sp.Rational(random.randint(3, 40), 10) for _ in range(6)]
        values = dict(zip(s, drawn, strict=True))
        values[s.zeta] = values[s.zeta] if own.linear else sp.S.Zero
        values[s.eta] = values[s.zeta] + (values[s.eta] if own.curved else 0)
        values[s.slope] += values[s.zeta]
        noise = sp.Rational(random.randint(1, 20), 10)

        def number(*traces: TraceEquivalent) -> sp.Expr:
            found = (t.at_values(values).evaluate(dps=_WITNESS_DIGITS) for t in traces)
            return sp.Add(*(sp.Float(str(value), _WITNESS_DIGITS) for value in found))

        inverse, gram = own.kernel.inverse(), own.gram
        squares = (
            number(TraceEquivalent.of(gram * inverse**2)),
            number(TraceEquivalent.of(inverse**2)),
        )
        signal = 1 - 2 * number(*own.mean()) + number(*own.signal(""))
        one, two = number(own.tau1()), number(own.tau2())
        return values | {
            names.tau1: one,
            names.tau2: two,
            names.slope1: -squares[1],
            names.slope2: -squares[0],
            names.noise: noise,
            names.train: values[s.gamma] ** 2 * (squares[0] + noise * squares[1]),
            names.test: signal + noise * number(*own.noise("")),
        }


@final
@dataclass(frozen=True)
class DataEvidence:
    """The integrals over a law of data, at the traces that its kernel's law has.

    Letters in the law become laws of two atoms. How errors follow from the traces depends neither
    on the data nor on the features, and is verified with Gaussian inputs and features that have
    the fewest block traces, those that forget their inputs.
    """

    law: FeatureLaw

    @property
    def errors(self) -> FeatureEvidence:
        """What verifies the last two steps."""
        return FeatureEvidence(FeatureRegression(tangent=False, linear=False, curved=True))

    @property
    def variable(self) -> sp.Expr:
        """τ₁."""
        return self.errors.variable

    @property
    def place(self) -> str:
        """Where the points lie."""
        return self.errors.place

    def refuted(self, steps: Sequence[Step], random: Random) -> list[Step]:
        """The steps that do not hold at one random point."""
        last = len(steps) - 2
        return [
            *_failed(steps[:last], self._witness(random)),
            *self.errors.refuted(steps[last:], random),
        ]

    def _witness(self, random: Random) -> dict[sp.Basic, sp.Basic]:
        """Numbers for all symbols, laws for letters."""

        def drawn() -> sp.Rational:
            return sp.Rational(random.randint(3, 40), 10)

        s, names = feature_symbols(), error_symbols()
        letters = self.law.data.atoms(LawSymbol)
        # of mean 1, as letters are
        away = {one: sp.Rational(random.randint(1, 9), 10) for one in letters}
        known = {one: Atomic({1 - d: sp.S.Half, 1 + d: sp.S.Half}) for one, d in away.items()}
        data = self.law.data.subs(known)
        known |= admissible(data, random)
        data = data.subs(known)
        zeta = sp.S.Zero if self.law.zeta.is_zero else drawn()
        linear = (self.law.eta - self.law.zeta).is_zero
        eta = zeta if linear else zeta + drawn()
        slope = None if self.law.slope is None else eta + drawn()
        psi1, psi2, gamma = drawn(), drawn(), drawn()
        law = FeatureLaw(eta, zeta, slope, psi2 / psi1, data, length_of(data))
        traces = law.balls(gamma, bits_of(_WITNESS_DIGITS))
        one, two = (sp.Float(str(to_mpf(t, _WITNESS_DIGITS)), _WITNESS_DIGITS) for t in traces[:2])
        h, k = law_symbols()
        inside = zeta / law.length * two + (eta - zeta) * one
        known |= dict(zip(s, (psi1, psi2, gamma, eta, zeta, slope or eta), strict=True))
        return known | {
            names.tau1: one,
            names.tau2: two,
            h: inside,
            k: (1 - (gamma + law.rest) * one) / inside,
        }
