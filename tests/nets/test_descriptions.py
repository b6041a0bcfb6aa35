"""``help`` on an activation tells its own formula, means and kernels."""

from __future__ import annotations

import inspect
import pydoc

import pytest
import sympy as sp

from freeprob import nets
from freeprob.nets import Activation
from freeprob.nets.activations.description import facts

NAMED = {
    name: value for name in nets.__all__ if isinstance(value := getattr(nets, name), Activation)
}


def test_help_on_relu_tells_relu() -> None:
    text = pydoc.render_doc(nets.relu, renderer=pydoc.plaintext)
    for line in (
        "f(x) = Max(0, x)",
        "mean(q): E f(z) = sqrt(2)*sqrt(q)/(2*sqrt(pi))",
        "eta(q): var f(z) = -q/(2*pi) + q/2",
        "zeta(q): q (E f'(z))² = q/4",
        "expect(q, power=2, derivative=1): E f'(z)² = χ₁/σ_w² = 1/2",
        "dual_derivative(q_1, k, q_2): E f'(u) f'(v) = asin(k/(sqrt(q_1)*sqrt(q_2)))/(2*pi) + 1/4",
        "A real function f applied entrywise",
    ):
        assert line in text


def test_the_class_keeps_its_own_docstring() -> None:
    text = inspect.getdoc(Activation) or ""
    assert text.startswith("A real function f applied entrywise")
    assert "Examples\n--------" in text
    assert text in (nets.tanh.__doc__ or "")


@pytest.mark.parametrize("name", NAMED)
def test_every_activation_describes_itself_on_a_page(name: str) -> None:
    text = (NAMED[name].__doc__ or "").partition("A real function")[0]
    assert text.startswith("f(x) = ")
    assert len(facts(NAMED[name])) == 6
    assert all(len(line) < 600 for line in text.splitlines())
    assert "nan" not in text


def test_what_is_typed_gives_what_is_told() -> None:
    q, q_1, k, q_2 = (
        sp.Symbol(name, real=True, positive=name != "k" or None)
        for name in ("q", "q_1", "k", "q_2")
    )
    letters = {"q": q, "q_1": q_1, "k": k, "q_2": q_2}
    for fact in facts(nets.gelu):
        assert eval(f"gelu.{fact.question}", {"gelu": nets.gelu, **letters}) == fact.answer


def test_long_formulas_give_a_number_and_undefined_ones_a_reason() -> None:
    text = nets.selu.__doc__ or ""
    assert "mean(q): E f(z) = 0 at q = 1" in text
    assert "eta(q): var f(z) = 1.00000 at q = 1" in text
    assert "is not defined: " in (nets.step.__doc__ or "")


def test_parameters_of_the_activation_keep_their_names() -> None:
    q = sp.Symbol("q")
    assert "zeta(q'): q (E f'(z))² = q'*(q/2 + 1/2)**2" in (nets.leaky_relu(q).__doc__ or "")
