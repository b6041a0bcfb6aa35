"""Every recorded step of a derivation is an equation whose two sides agree numerically."""

from __future__ import annotations

import pytest
import sympy as sp

from freeprob import nets

q = sp.Symbol("q", positive=True)


@pytest.mark.parametrize("name", ["erf", "gelu", "hard_tanh", "relu", "sin", "sigmoid", "arctan"])
def test_steps_of_a_mean(name: str) -> None:
    f, value = getattr(nets, name), sp.Rational(4, 5)
    derivative = 1 if name == "arctan" else 0
    steps = f.derive_mean(q, power=2, derivative=derivative)
    assert steps[-1].equation.rhs == f.expect(q, 2, derivative)
    assert all(step.rule and step.reference for step in steps)
    # a sine is split into complex exponentials, whose means no real quadrature gives
    real = [step for step in steps if not step.equation.has(sp.I)]
    assert real[-1] is steps[-1]
    assert name == "sin" or len(real) == len(steps)
    for step in real:
        left, right = (side.subs(q, value) for side in step.equation.args)
        assert abs(left.evalf(20) - right.evalf(20)) < sp.Float("1e-18")


def test_steps_of_a_kernel() -> None:
    pair = (sp.Integer(1), sp.Rational(1, 4), sp.Rational(3, 2))
    for f in (nets.relu, nets.erf, nets.gaussian):
        steps = f.derive_dual(*pair)
        assert steps[-1].equation.rhs == f.dual(*pair)
        for step in steps:
            left, right = step.equation.args
            assert abs(left.evalf(12) - right.evalf(12)) < sp.Float("1e-11")


def test_no_closed_form_is_said() -> None:
    (step,) = nets.tanh.derive_mean(q, power=2)
    assert "no closed form" in step.rule
    (step,) = nets.tanh.derive_dual(1, sp.Rational(1, 2), 1)
    assert "no closed form" in step.rule


def test_a_wrong_step_would_be_seen() -> None:
    steps = nets.erf.derive_mean(q, power=2)
    left, right = (side.subs(q, 1).evalf(20) for side in steps[-1].equation.args)
    assert abs(left - right * sp.Rational(1001, 1000)) > 1e-4
