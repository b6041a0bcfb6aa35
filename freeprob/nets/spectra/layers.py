"""Layers of a network: what they compute, and how their weights and biases are drawn."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, final

from freeprob.errors import InvalidParameterError
from freeprob.laws.arguments import the_law
from freeprob.laws.base import Law
from freeprob.laws.named.atomic import PointMass
from freeprob.nets.activations.activations import Activation
from freeprob.nets.activations.network_arguments import checked_activation, non_negative, positive
from freeprob.nets.expectations.normal import Normal
from freeprob.nets.mean_field.residual import ResidualField
from freeprob.nets.spectra.preactivations import bias_square
from freeprob.parameters import one_of
from freeprob.tables import Tabled

_WEIGHTS = ("iid", "orthogonal")


@final
@dataclass(frozen=True)
class Layer(Tabled):
    r"""A fully connected layer :math:`x^l = f(W^l x^{l-1} + b^l)`.

    Parameters
    ----------
    activation : Activation
        f.
    ratio
        Width over that of the layer before, n_l/n_(l-1).
    weight_variance
        σ_w² (times 1/n_(l-1)).
    bias_variance
        σ_b² of Gaussian biases.
    weights : {"iid", "orthogonal"}
    biases : Law, optional
        The law of the biases where it is not Gaussian, in place of ``bias_variance``.
    """

    activation: Activation
    ratio: Any = 1
    weight_variance: Any = 1
    bias_variance: Any = 0
    weights: str = "iid"
    biases: Law | None = None

    def __post_init__(self) -> None:
        checked_activation(self.activation)
        for name, read in (("ratio", positive), ("weight_variance", positive)):
            object.__setattr__(self, name, read(getattr(self, name), name))
        variance = non_negative(self.bias_variance, "bias_variance")
        if self.biases is not None:
            the_law(self.biases, "biases")
            if variance != 0:
                raise InvalidParameterError("give bias_variance or biases, not both")
            variance = bias_square(self.biases)
        object.__setattr__(self, "bias_variance", variance)
        one_of(self.weights, "weights", _WEIGHTS)

    @property
    def bias_law(self) -> Law:
        """The law of the biases, Gaussian ones included."""
        if self.biases is not None:
            return self.biases
        return PointMass(0) if self.bias_variance.is_zero else Normal(0, self.bias_variance)


@final
@dataclass(frozen=True)
class ResidualLayer(Tabled):
    r"""A residual step :math:`x^l = x^{l-1} + V^l f(W^l x^{l-1} + b^l) + a^l`, or without V and a.

    Parameters
    ----------
    activation, weight_variance, bias_variance, read_variance, read_bias_variance
        As of :class:`ResidualField`.
    """

    activation: Activation
    weight_variance: Any = 1
    bias_variance: Any = 0
    read_variance: Any = None
    read_bias_variance: Any = 0

    def __post_init__(self) -> None:
        field = ResidualField(*self)
        for entry in fields(self):
            object.__setattr__(self, entry.name, getattr(field, entry.name))

    def __iter__(self) -> Any:
        return iter(getattr(self, entry.name) for entry in fields(self))
