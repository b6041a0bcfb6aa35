"""Derivations of means and kernels: every recorded step holds, and a wrong one is noticed."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sympy as sp

from freeprob import nets
from freeprob.derivation import Derivation
from freeprob.errors import UndefinedOperationError
from freeprob.nets import Activation
from freeprob.nets.expectations.cascade import kernel_by_routes
from freeprob.nets.expectations.expectation import closed_mean

x, k = sp.symbols("x k", real=True)
q, q1, q2, a, p = sp.symbols("q q1 q2 a p", positive=True)
MEANS = {
    # activation, power, derivative, a word of the rule that closes it
    "relu": (nets.relu, 2, 0, "half-space"),
    "leaky relu": (nets.leaky_relu(a), 2, 0, "half-space"),
    "erf": (nets.erf, 2, 0, "2 half-spaces"),
    "gelu": (nets.gelu, 2, 0, "Stein"),
    "hard tanh": (nets.hard_tanh, 2, 0, "half-space"),
    "elu": (nets.elu(a), 2, 0, "Tilt"),
    "sine of a shifted wave": (nets.sin_wave(a, 1), 2, 0, "Tilt"),
    "sigmoid": (nets.sigmoid, 2, 0, "tanh"),
    "swish": (nets.swish, 2, 0, "tanh"),
    "arctan": (nets.arctan, 2, 1, "Laplace"),
    "real power": (Activation(sp.Max(0, x) ** p, x), 2, 0, "Mellin"),
    "kink": (nets.relu, 1, 2, "point mass"),
    "jump": (nets.step, 1, 3, "point mass"),
}
KERNELS = {
    "relu": (nets.relu, "Stein"),
    "erf": (nets.erf, "2 half-spaces"),
    "gaussian": (nets.gaussian, "Tilt"),
    "sin": (nets.sin, "Tilt"),
    "real power": (Activation(sp.Max(0, x) ** sp.Rational(3, 2), x), "Mehler"),
}


def refutes(derivation: Derivation, place: int) -> bool:
    """Whether a step that is wrong by a millionth is noticed."""
    step = derivation.steps[place]
    left, right = step.equation.args
    equation = sp.Eq(left, right + sp.Rational(1, 10**6), evaluate=False)
    wrong = replace(step, equation=equation)
    return replace(derivation, steps=(wrong,)).check(points=1).failed == (wrong,)


@pytest.mark.parametrize("name", MEANS)
def test_mean(name: str) -> None:
    f, power, order, word = MEANS[name]
    derivation = f.derive_mean(q, power, order)
    assert derivation.result.rhs == f.expect(q, power, order)
    assert any(word in step.rule for step in derivation.steps)
    assert all(step.rule and step.reference for step in derivation.steps)
    outcome = derivation.check(points=1)
    assert outcome, outcome.summary()
    assert all(refutes(derivation, place) for place in range(len(derivation.steps)))


@pytest.mark.parametrize("name", KERNELS)
def test_kernel(name: str) -> None:
    f, word = KERNELS[name]
    derivation = f.derive_dual(q1, k, q2)
    assert derivation.result.rhs == f.dual(q1, k, q2)
    assert any(word in step.rule for step in derivation.steps)
    outcome = derivation.check(points=1)
    assert outcome, outcome.summary()
    assert refutes(derivation, -1)


def test_kernel_at_given_numbers() -> None:
    pair = (sp.Integer(1), sp.Rational(1, 4), sp.Rational(3, 2))
    derivation = nets.erf.derive_dual(*pair)
    assert derivation.result.rhs == nets.erf.dual(*pair)
    assert derivation.check(points=1).passed


def test_an_odd_function_in_pieces_is_closed_by_symmetry() -> None:
    f = Activation(sp.Piecewise((sp.atan(x), sp.Abs(x) < 1), (sp.sin(sp.sin(x)), True)), x)
    derivation = f.derive_mean(q)
    assert derivation.result.rhs == 0
    assert [step.rule for step in derivation.steps] == ["Odd functions have mean 0"]


# a mean or a kernel, the route that answers, and how many refuse before it
ROUTES = {
    "relu": (nets.relu, "moment rule", 0),
    "kink": (Activation(sp.Abs(x) ** sp.Rational(1, 3), x), "real powers", 1),
    "atan": (nets.arctan, "symmetry", 2),
    "rational": (Activation(1 / (1 + x**2), x), "reductions", 3),
    "atan squared": (Activation(sp.atan(x) ** 2, x), "exact object", 4),
}


@pytest.mark.parametrize("name", ROUTES)
def test_the_route_of_a_mean_is_recorded_with_its_terms(name: str) -> None:
    f, route, refused = ROUTES[name]
    found = closed_mean(f.pieces_of(0))
    assert (found.route, len(found.refused)) == (route, refused)
    assert (found.value.terms is None) == (route == "exact object")
    if found.value.terms is not None:
        total = sp.Add(*(term.weight * term.value for term in found.value.terms()))
        assert sp.simplify(total - found.value.value) == 0


@pytest.mark.parametrize(
    ("f", "route"),
    [
        (nets.relu, "moment rule"),
        (Activation(sp.Abs(x) ** sp.Rational(1, 3), x), "real powers"),
        (nets.arctan, "exact object"),
    ],
)
def test_the_route_of_a_kernel_is_recorded(f: Activation, route: str) -> None:
    pieces = f.pieces_of(0)
    found = kernel_by_routes(pieces, pieces)
    assert found.route == route
    assert (found.value is None) == (route == "exact object")


def test_no_closed_form_is_said() -> None:
    for derivation in (nets.tanh.derive_mean(q, power=2), nets.mish.derive_mean(q)):
        (step,) = derivation.steps
        assert "No closed form" in step.rule
    (step,) = nets.tanh.derive_dual(1, sp.Rational(1, 2), 1).steps
    assert "No closed form" in step.rule


def test_nothing_to_derive() -> None:
    with pytest.raises(UndefinedOperationError, match="infinite"):
        nets.relu.derive_mean(q, power=2, derivative=2)
    with pytest.raises(UndefinedOperationError, match="multiples of each other"):
        nets.relu.derive_dual(1, 2, 4)


def test_document() -> None:
    text = nets.erf.derive_mean(q, power=2).latex()
    assert text.startswith(r"\paragraph{Gaussian mean.} $\mathbb{E}_{x\sim\mathcal{N}(0,q)}")
    assert text.count("{") == text.count("}")
    assert r"\frac{2 \operatorname{asin}{\left(\frac{2 q}{2 q + 1} \right)}}{\pi}" in text
    markdown = nets.relu.derive_dual(q1, k, q2).markdown()
    assert markdown.startswith("**Dual kernel.** $")
    assert "Dummy" not in markdown
