"""Real networks of finite width: the weights are drawn, nothing is reduced or averaged.

These are the experiments that the infinite-width theory is compared with.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike, NDArray

from freeprob.errors import InvalidParameterError
from freeprob.memory import require_memory
from freeprob.nets.activations.network_arguments import (
    checked_activation,
    count,
    filter_profile,
    keep_rate,
    non_negative,
)
from freeprob.nets.functions.as_numpy import pointwise
from freeprob.nets.samples.entries import drawn_biases, entry_law
from freeprob.nets.samples.signal_range import within_floats
from freeprob.parameters import finite, finite_reals, generator, many, one_of
from freeprob.tables import Tabled

Array = NDArray[np.float64]
Seed = int | np.random.Generator
_OF_LAYERS = ("weight_variance", "bias_variance", "weights", "biases")


def _variances(network: Any, names: tuple[str, ...]) -> None:
    """Replace the named fields of a frozen network by checked floats."""
    checked_activation(network.activation)
    for name in names:
        value = non_negative(getattr(network, name), name)
        _require_number(value, name)
        object.__setattr__(network, name, finite(value, name))


def _require_number(value: sp.Expr, name: str) -> None:
    if not value.is_number:
        raise InvalidParameterError(f"{name} must be a number to draw weights, not {value}")


def _inputs(inputs: ArrayLike, dimensions: int, shape: str) -> Array:
    """The inputs as a float64 array of the right shape, all finite."""
    array = finite_reals(inputs, "inputs")
    if array.ndim != dimensions or array.size == 0:
        raise InvalidParameterError(f"inputs must be a finite array of shape {shape}")
    return array


@dataclass(frozen=True)
class RandomNetwork:
    r"""A fully connected network with weights of variance ``weight_variance / fan-in``.

    :math:`h^l = W^l x^{l-1} + b^l`, :math:`x^l = f(h^l)`, :math:`l = 1, \dots, L + 1`, the last
    layer linear.

    Parameters
    ----------
    activation : Activation or sequence of them
        The nonlinearity f, or one for each of the L hidden layers.
    widths : tuple of int
        :math:`n_1, \dots, n_{L+1}`; the last entry is the number of outputs.
    weight_variance, bias_variance : number or sequence of numbers
        :math:`\sigma_w^2` (times 1/fan-in) and :math:`\sigma_b^2`, or one for each layer.
    keep_rate : number
        Dropout: each unit of each hidden layer is kept with this probability and divided by it,
        independently for every input.
    weights : str or tuple, or sequence of them as a list
        The law of the entries: "gaussian", "rademacher", "uniform" or ("student", degrees of
        freedom), or "orthogonal" matrices. A Student law without a variance is divided by its root
        mean square.
    biases : Law, or list of them
        The law of the biases in place of a Gaussian one of variance ``bias_variance``.

    Examples
    --------
    >>> import numpy as np
    >>> from freeprob import nets
    >>> network = nets.RandomNetwork(nets.relu, (50, 50, 3), weight_variance=2, bias_variance=0)
    >>> signals = network.draw(np.ones((4, 10)), rng=0)
    >>> [h.shape for h in signals.preactivations]
    [(50, 4), (50, 4), (3, 4)]
    """

    activation: Any
    widths: tuple[int, ...]
    weight_variance: Any
    bias_variance: Any
    keep_rate: float = 1.0
    weights: Any = "gaussian"
    biases: Any = None

    def __post_init__(self) -> None:
        widths = tuple(count(width, "a width", least=1) for width in many(self.widths, "widths"))
        if not widths:
            raise InvalidParameterError("a network needs at least one layer")
        object.__setattr__(self, "widths", widths)
        for name in ("activation", "weight_variance", "bias_variance"):
            value = getattr(self, name)
            if isinstance(value, list | tuple):
                object.__setattr__(self, name, tuple(value))
        for activation in self.activations:
            checked_activation(activation)
        for name in ("weight_variance", "bias_variance"):
            value, read = getattr(self, name), self._variances(name)
            object.__setattr__(self, name, read if isinstance(value, tuple) else read[0])
        object.__setattr__(self, "keep_rate", finite(keep_rate(self.keep_rate), "keep_rate"))
        entries = self.weights if isinstance(self.weights, list) else [self.weights]
        laws = tuple(entry_law(entry) for entry in entries)
        object.__setattr__(self, "weights", laws[0] if len(laws) == 1 else laws)
        biases = self.biases
        object.__setattr__(self, "biases", tuple(biases) if isinstance(biases, list) else biases)
        for name in ("weights", "biases"):
            self.per_layer(name)

    def per_layer(self, name: str) -> tuple[Any, ...]:
        """A parameter, once for every layer of weights."""
        value = getattr(self, one_of(name, "name", _OF_LAYERS))
        if not isinstance(value, tuple):
            return (value,) * len(self.widths)
        if len(value) != len(self.widths):
            raise InvalidParameterError(
                f"{name} must have {len(self.widths)} entries, one for each layer, it has "
                f"{len(value)}"
            )
        return value

    @property
    def activations(self) -> tuple[Any, ...]:
        """One activation for every hidden layer."""
        hidden = len(self.widths) - 1
        if not isinstance(self.activation, tuple):
            return (self.activation,) * hidden or (self.activation,)
        if len(self.activation) != hidden:
            raise InvalidParameterError(
                f"{len(self.activation)} activations for {hidden} hidden layers: give one for each"
            )
        return self.activation

    def _variances(self, name: str) -> tuple[float, ...]:
        found = [non_negative(value, name) for value in self.per_layer(name)]
        for value in found:
            _require_number(value, name)
        return tuple(finite(value, name) for value in found)

    @within_floats
    def draw(self, inputs: ArrayLike, rng: Seed = 0) -> Signals:
        """Draw all weights once and send ``inputs`` (samples, features) through the network.

        Returns
        -------
        Signals
            Pre-activations, layer kernels and the tangent kernel of this one network.
        """
        stream = generator(rng)
        signal = _inputs(inputs, 2, "(samples, features)").T
        functions = [pointwise(activation) for activation in self.activations]
        layers = zip(self.widths, *map(self.per_layer, _OF_LAYERS), strict=True)
        weights, activities, preactivations = [], [], []
        for index, (width, variance, spread, entries, biases) in enumerate(layers):
            if preactivations:
                signal = functions[index - 1](preactivations[-1])
                if self.keep_rate < 1:
                    kept = stream.random(signal.shape) < self.keep_rate
                    signal = signal * kept / self.keep_rate
            weights.append(np.sqrt(variance) * entries.draw(width, signal.shape[0], stream))
            activities.append(signal)
            shifts = drawn_biases(biases, spread, width, stream)
            preactivations.append(weights[-1] @ signal + shifts[:, None])
        return Signals(self, tuple(weights), tuple(activities), tuple(preactivations))


@dataclass(frozen=True, eq=False)
class Signals(Tabled):
    """What the inputs became in one drawn network; arrays are (units, samples)."""

    network: RandomNetwork
    weights: tuple[Array, ...]
    activities: tuple[Array, ...]
    preactivations: tuple[Array, ...]

    @cached_property
    def kernels(self) -> tuple[Array, ...]:
        r""":math:`\sigma_b^2 + \sigma_w^2 x^l \cdot x'^l / n_l` of each layer, l = 0, ..., L."""
        variances = (self.network.per_layer(f"{name}_variance") for name in ("bias", "weight"))
        return tuple(
            bias + weight * (x.T @ x) / x.shape[0]
            for x, bias, weight in zip(self.activities, *variances, strict=True)
        )

    def lengths(self) -> Array:
        """The mean square of each layer's pre-activations, shape (layers, samples)."""
        return np.array([(h**2).mean(axis=0) for h in self.preactivations])

    @cached_property
    def _slopes(self) -> tuple[Array, ...]:
        """The derivative of every hidden layer at its pre-activations."""
        pairs = zip(self.network.activations, self.preactivations[:-1], strict=False)
        return tuple(pointwise(activation.derivative(1))(h) for activation, h in pairs)

    @within_floats
    def jacobian(self, sample: int = 0) -> Array:
        r"""The Jacobian :math:`D_L W_L \cdots D_1 W_1` of the last hidden layer at one input.

        Shape (units, features), by the chain rule.
        """
        self._require_no_dropout()
        sample = count(sample, "sample", most=self.activities[0].shape[1] - 1)
        product = np.eye(self.activities[0].shape[0])
        for weight, slope in zip(self.weights, self._slopes, strict=False):
            product = slope[:, sample, None] * (weight @ product)
        return product

    def _require_no_dropout(self) -> None:
        if self.network.keep_rate < 1:
            raise InvalidParameterError("gradients are defined here for networks without dropout")

    @within_floats
    def backpropagated(self) -> tuple[Array, ...]:
        """The derivatives of all outputs by each layer's pre-activations.

        Arrays of shape (samples, units, outputs), one for every layer.
        """
        self._require_no_dropout()
        outputs, samples = self.preactivations[-1].shape
        gradients = [np.broadcast_to(np.eye(outputs), (samples, outputs, outputs))]
        for weight, slope in zip(self.weights[:0:-1], self._slopes[::-1], strict=True):
            gradients.append(slope.T[:, :, None] * (weight.T @ gradients[-1]))
        return tuple(reversed(gradients))

    @within_floats
    def tangent_kernel(self) -> Array:
        """The tangent kernel of this network in the NTK parametrisation, averaged over outputs."""
        outputs = self.network.widths[-1]
        total = np.zeros_like(self.kernels[0])
        for kernel, gradient in zip(self.kernels, self.backpropagated(), strict=True):
            flat = gradient.reshape(gradient.shape[0], -1)
            total = total + kernel * (flat @ flat.T) / outputs
        return total


@dataclass(frozen=True)
class RandomConvolutionalNetwork:
    r"""A circular one-dimensional convolutional network with Gaussian filters.

    Filter weights have variance :math:`v_\beta \sigma_w^2 / C`, where the profile v over the
    filter's sites sums to 1 (uniform: 1/(2k+1), so that the fan-in is C(2k+1)).

    Parameters
    ----------
    activation : Activation
    channels : tuple of int
        The number of channels of each layer.
    filter_variances : tuple of float
        The profile v, of odd length 2k + 1.
    weight_variance, bias_variance : number
    """

    activation: sp.Basic
    channels: tuple[int, ...]
    filter_variances: tuple[float, ...]
    weight_variance: float
    bias_variance: float

    def __post_init__(self) -> None:
        given = many(self.channels, "channels")
        channels = tuple(count(c, "a number of channels", least=1) for c in given)
        object.__setattr__(self, "channels", channels)
        profile = tuple(
            finite(v, "a filter variance") for v in filter_profile(self.filter_variances)
        )
        object.__setattr__(self, "filter_variances", profile)
        _variances(self, ("weight_variance", "bias_variance"))

    @within_floats
    def draw(self, inputs: ArrayLike, rng: Seed = 0) -> tuple[Array, ...]:
        """Pre-activations (channels, samples, sites) of every layer for one drawn network.

        ``inputs`` have shape (samples, channels, sites).
        """
        stream = generator(rng)
        function = pointwise(self.activation)
        signal = _inputs(inputs, 3, "(samples, channels, sites)").transpose(1, 0, 2)
        reach = len(self.filter_variances) // 2
        preactivations = []
        for channels in self.channels:
            h = np.sqrt(self.bias_variance) * stream.standard_normal((channels, 1, 1))
            for offset, share in zip(range(-reach, reach + 1), self.filter_variances, strict=True):
                scale = np.sqrt(self.weight_variance * share / signal.shape[0])
                weights = scale * stream.standard_normal((channels, signal.shape[0]))
                h = h + np.tensordot(weights, np.roll(signal, -offset, axis=2), axes=1)
            preactivations.append(h)
            signal = function(h)
        return tuple(preactivations)


@dataclass(frozen=True)
class RandomResidualNetwork:
    r"""A residual network with Gaussian weights.

    Full block: :math:`x^l = x^{l-1} + V^l f(h^l) + a^l`; reduced block (``read_variance`` is
    None): :math:`x^l = x^{l-1} + f(h^l)`; both with :math:`h^l = W^l x^{l-1} + b^l`.

    Parameters
    ----------
    activation : Activation
    depth : int
    weight_variance, bias_variance : number
        Of W (times 1/N) and b.
    read_variance, read_bias_variance : number or None
        Of V (times 1/N) and a.
    """

    activation: sp.Basic
    depth: int
    weight_variance: float
    bias_variance: float
    read_variance: float | None = None
    read_bias_variance: float = 0.0

    def __post_init__(self) -> None:
        count(self.depth, "depth")
        names = ("weight_variance", "bias_variance", "read_bias_variance")
        _variances(self, names if self.read_variance is None else (*names, "read_variance"))

    @within_floats
    def draw(self, inputs: ArrayLike, rng: Seed = 0) -> ResidualSignals:
        """Send ``inputs`` (samples, N) through one drawn network of width N."""
        stream = generator(rng)
        function = pointwise(self.activation)
        slope = pointwise(self.activation.derivative(1))
        states, blocks = [_inputs(inputs, 2, "(samples, N)").T], []
        for _ in range(self.depth):
            weights, h = _affine(stream, states[-1], self.weight_variance, self.bias_variance)
            branch, readout = function(h), None
            if self.read_variance is not None:
                readout, branch = _affine(
                    stream, branch, self.read_variance, self.read_bias_variance
                )
            states.append(states[-1] + branch)
            blocks.append(ResidualBlock(weights, slope(h), readout))
        return ResidualSignals(tuple(states), tuple(blocks))


def _affine(
    stream: np.random.Generator, signal: Array, weight_variance: float, bias_variance: float
) -> tuple[Array, Array]:
    """Fresh square weights and what they make of the signal, biases included."""
    width = signal.shape[0]
    require_memory((width, width), "a weight matrix")
    weights = np.sqrt(weight_variance / width) * stream.standard_normal((width, width))
    biases = np.sqrt(bias_variance) * stream.standard_normal((width, 1))
    return weights, weights @ signal + biases


@dataclass(frozen=True, eq=False)
class ResidualBlock:
    """One drawn block: W, the slopes f'(h) of each sample, and V unless the block is reduced."""

    weights: Array
    slopes: Array
    readout: Array | None

    def backward(self, gradient: Array) -> Array:
        """The gradient (N, samples) at the block's input, given that at its output."""
        branch = gradient if self.readout is None else self.readout.T @ gradient
        return gradient + self.weights.T @ (self.slopes * branch)


@dataclass(frozen=True, eq=False)
class ResidualSignals(Tabled):
    r"""States :math:`x^0, \dots, x^L` of one drawn residual network, arrays (N, samples)."""

    states: tuple[Array, ...]
    blocks: tuple[ResidualBlock, ...]

    def correlations(self) -> tuple[Array, ...]:
        r""":math:`x^l \cdot x'^l / N` of each layer, arrays (samples, samples)."""
        return tuple(x.T @ x / x.shape[0] for x in self.states)

    @within_floats
    def backpropagated(self, rng: Seed = 0) -> Array:
        """Mean square gradient of each layer for a random gradient at the output.

        Shape (depth + 1, samples), the first row being the input's.
        """
        gradient = generator(rng).standard_normal(self.states[-1].shape)
        squares = [(gradient**2).mean(axis=0)]
        for block in reversed(self.blocks):
            gradient = block.backward(gradient)
            squares.append((gradient**2).mean(axis=0))
        return np.array(squares[::-1])
