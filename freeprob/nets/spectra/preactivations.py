"""Variances of preactivations through the layers of a network, for biases of any law."""

from __future__ import annotations

import sympy as sp

from freeprob.errors import UndefinedOperationError
from freeprob.laws.arguments import the_law
from freeprob.laws.base import Law
from freeprob.laws.named.atomic import Atomic, PointMass
from freeprob.nets.activations.activations import Activation
from freeprob.nets.activations.network_arguments import finite_mean_square
from freeprob.nets.expectations.normal import Normal


def preactivation_variances(
    activations: list[Activation], variances: list[sp.Expr], norm: sp.Expr, biases: list[Law]
) -> list[sp.Expr]:
    """q_1 = σ_w²|x₀|²/n₀ + σ_b², q_l = σ_w² E f(γ sqrt(q_(l-1) - σ_b²) + b)² + σ_b²."""
    seconds = [bias_square(law) for law in biases]
    lengths = [variances[0] * norm + seconds[0]]
    for index in range(1, len(variances)):
        gaussian = lengths[-1] - seconds[index - 1]
        mean = mean_square(activations[index - 1], gaussian, biases[index - 1])
        lengths.append(variances[index] * mean + seconds[index])
    return lengths


def bias_square(biases: object) -> sp.Expr:
    """E b², with a reason where it does not exist.

    Raises
    ------
    InvalidParameterError
        If this is no law.
    UndefinedOperationError
        If the law has no second moment.
    """
    law = the_law(biases, "bias_law")
    try:
        return law.moments(2)[1]
    except UndefinedOperationError as error:
        raise UndefinedOperationError(
            f"biases need a law with a variance and {law} has none: give Normal(0, variance), or "
            "atoms, as in Atomic({-1: '1/2', 1: '1/2'})"
        ) from error


def mean_square(activation: Activation, gaussian: sp.Expr, biases: Law) -> sp.Expr:
    """E f(γ sqrt(gaussian) + b)²."""
    w = sp.Symbol("w", real=True)
    if isinstance(biases, Normal):
        mean, spread = biases.args
        return finite_mean_square(Activation(activation(w + mean), w), gaussian + spread)
    if not isinstance(biases, Atomic | PointMass):
        raise UndefinedOperationError(
            f"the law of the biases must be Gaussian or of atoms, got {biases}; another one may "
            "be replaced by atoms at its quantiles"
        )
    atoms = biases.weights if isinstance(biases, Atomic) else {biases.args[0]: sp.S.One}
    shifted = ((mass, Activation(activation(w + b), w)) for b, mass in atoms.items())
    return sp.Add(*(mass * finite_mean_square(g, gaussian) for mass, g in shifted))
