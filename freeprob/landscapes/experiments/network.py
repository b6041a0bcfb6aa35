"""A small network and its loss: gradients, products with the Hessian, and the Hessian itself.

Derivatives are exact up to rounding: the gradient by the reverse mode, and its derivative along a
direction by the forward mode through it (Pearlmutter 1994).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from freeprob.errors import InvalidParameterError
from freeprob.landscapes.damping.objectives import the_parameters
from freeprob.landscapes.experiments.losses import LOSSES
from freeprob.memory import require_memory
from freeprob.nets.activations.activations import Activation
from freeprob.nets.activations.network_arguments import checked_activation
from freeprob.nets.functions.as_numpy import Pointwise, pointwise
from freeprob.parameters import count, finite, flag, generator, many, one_of, reals

Array = NDArray[np.float64]

# directions of the Hessian that are worked on at once: arrays of this times the activities
_DIRECTIONS = 32


@final
@dataclass(frozen=True, eq=False)
class Training:
    """The loss of a fully connected network on given data, as a function of its parameters.

    h_l = W_l a_{l-1} + b_l, a_l = f(h_l), the last layer linear. Parameters are one vector, layer
    by layer, each the rows of (W_l, b_l). With m samples, e the differences of outputs y to
    targets t,

    - ``"square"``: L = (1/2m) Σ |e|²;
    - ``"softmax"``: L = -(1/m) Σ t·log softmax(y), targets being probabilities.

    Where f has a kink, f'' is taken without its point mass: the Hessian almost everywhere.

    Parameters
    ----------
    activation
        f, a :class:`freeprob.nets.Activation`.
    hidden
        Widths of the hidden layers; none for a linear model.
    inputs
        samples x features.
    targets
        samples x outputs.
    loss
        ``"square"`` or ``"softmax"``.
    biases
        Whether layers have b_l.

    Raises
    ------
    InvalidParameterError
        For data that are no finite arrays of matching shapes, and other losses.

    Examples
    --------
    >>> import numpy as np
    >>> from freeprob import nets
    >>> from freeprob.landscapes.experiments import Training
    >>> rng = np.random.default_rng(0)
    >>> training = Training(nets.tanh, (3,), rng.normal(size=(20, 2)), rng.normal(size=(20, 1)))
    >>> training.size, training.hessian(training.initial(rng=1)).shape
    (13, (13, 13))
    """

    activation: Activation
    hidden: Sequence[int]
    inputs: Any
    targets: Any
    loss: Literal["square", "softmax"] = "square"
    biases: bool = True

    def __post_init__(self) -> None:
        """Read the data."""
        checked_activation(self.activation)
        widths = tuple(count(width, "a width", least=1) for width in many(self.hidden, "hidden"))
        one_of(self.loss, "the loss", sorted(LOSSES))
        flag(self.biases, "biases")
        inputs, targets = _matrix(self.inputs, "inputs"), _matrix(self.targets, "targets")
        if len(inputs) != len(targets):
            raise InvalidParameterError(
                f"{len(inputs)} inputs and {len(targets)} targets: there is one for each sample"
            )
        LOSSES[self.loss].check(targets)
        for name, value in (("hidden", widths), ("inputs", inputs), ("targets", targets)):
            object.__setattr__(self, name, value)

    @property
    def samples(self) -> int:
        """Their number m."""
        return len(self.inputs)

    @cached_property
    def shapes(self) -> tuple[tuple[int, int], ...]:
        """Outputs and inputs of each layer, the constant 1 of the biases among the inputs."""
        widths = (self.inputs.shape[1], *self.hidden, self.targets.shape[1])
        return tuple((b, a + int(self.biases)) for a, b in pairwise(widths))

    @property
    def size(self) -> int:
        """The number of parameters."""
        return sum(rows * columns for rows, columns in self.shapes)

    @cached_property
    def _functions(self) -> tuple[Pointwise, Pointwise, Pointwise]:
        """f, f' and f'', these without point masses."""
        pieces = (self.activation.pieces_of(order).smooth for order in (0, 1, 2))
        first, *rest = (Activation(piece.expression(), piece.variable) for piece in pieces)
        return pointwise(first), pointwise(rest[0]), pointwise(rest[1])

    def initial(
        self,
        rng: Any = 0,
        weight_variance: float = 1.0,
        bias_variance: float = 0.0,
        weights: Literal["iid", "orthogonal"] = "iid",
    ) -> Array:
        """Random parameters: weights of variance σ_w²/inputs, or σ_w times Haar orthogonal blocks.

        Raises
        ------
        InvalidParameterError
            For other kinds of weights, and negative variances.
        """
        stream = generator(rng)
        spread, offset = (
            finite(value, name)
            for value, name in (
                (weight_variance, "weight_variance"),
                (bias_variance, "bias_variance"),
            )
        )
        if spread < 0 or offset < 0:
            raise InvalidParameterError(
                f"variances are not negative, got {weight_variance} and {bias_variance}"
            )
        kind = one_of(weights, "the kind of weights", ("iid", "orthogonal"))
        blocks = []
        for rows, columns in self.shapes:
            fan_in = columns - int(self.biases)
            if kind == "iid":
                block = stream.normal(size=(rows, fan_in)) / np.sqrt(fan_in)
            else:
                block = _orthogonal(rows, fan_in, stream)
            block = np.sqrt(spread) * block
            if self.biases:
                bias = np.sqrt(offset) * stream.normal(size=(rows, 1))
                block = np.hstack([block, bias])
            blocks.append(block.ravel())
        return np.concatenate(blocks)

    def outputs(self, theta: Array, inputs: Any = None) -> Array:
        """The network's outputs, on its own inputs or on others."""
        data = self.inputs if inputs is None else _matrix(inputs, "inputs")
        if data.shape[1] != self.inputs.shape[1]:
            raise InvalidParameterError(
                f"inputs have {self.inputs.shape[1]} features, got {data.shape[1]}"
            )
        return self._forward(self._layers(theta), data)[1][-1]

    def value(self, theta: Array, batch: Array | None = None) -> float:
        """The loss, of all samples or of those of a batch (their positions)."""
        inputs, targets = self._batch(batch)
        _, signals = self._forward(self._layers(theta), inputs)
        return LOSSES[self.loss].value(signals[-1], targets)

    def gradient(self, theta: Array, batch: Array | None = None) -> Array:
        """The gradient of the loss."""
        return self.value_and_gradient(theta, batch)[1]

    def value_and_gradient(self, theta: Array, batch: Array | None = None) -> tuple[float, Array]:
        """The loss and its gradient, of one pass."""
        inputs, targets = self._batch(batch)
        layers = self._layers(theta)
        activities, signals = self._forward(layers, inputs)
        loss = LOSSES[self.loss]
        errors = self._backward(layers, signals, loss.slope(signals[-1], targets))
        blocks = [error.T @ a for error, a in zip(errors, activities, strict=True)]
        gradient = np.concatenate([block.ravel() for block in blocks]) / len(inputs)
        return loss.value(signals[-1], targets), gradient

    def hessian_product(self, theta: Array, directions: Array, batch: Any = None) -> Array:
        """H v for a direction v, or for each row of an array of directions."""
        inputs, targets = self._batch(batch)
        layers = self._layers(theta)
        activities, signals = self._forward(layers, inputs)
        pass_ = _Pass(self, layers, activities, signals, targets)
        rows = np.atleast_2d(reals(directions, "directions"))
        if rows.ndim != 2 or rows.shape[1] != self.size:
            raise InvalidParameterError(
                f"directions are vectors of {self.size} numbers, got the shape "
                f"{np.shape(directions)}"
            )
        chunks = range(0, len(rows), _DIRECTIONS)
        found = np.concatenate([pass_.along(rows[k : k + _DIRECTIONS]) for k in chunks])
        return found.reshape(np.shape(directions))

    def hessian(self, theta: Array, batch: Any = None) -> Array:
        """The full Hessian, size x size."""
        require_memory((self.size, self.size), "the Hessian")
        found = self.hessian_product(theta, np.eye(self.size), batch)
        return (found + found.T) / 2

    def jacobian(self, theta: Array, batch: Any = None) -> Array:
        """Derivatives of all outputs: samples·outputs x size, without the loss."""
        inputs, _ = self._batch(batch)
        layers = self._layers(theta)
        activities, signals = self._forward(layers, inputs)
        outputs = signals[-1].shape[1]
        require_memory((len(inputs), outputs, self.size), "the Jacobian")
        rows = np.empty((len(inputs), outputs, self.size))
        for k in range(outputs):
            unit = np.zeros_like(signals[-1])
            unit[:, k] = 1
            errors = self._backward(layers, signals, unit)
            parts = [
                (error[:, :, None] * a[:, None, :]).reshape(len(inputs), -1)
                for error, a in zip(errors, activities, strict=True)
            ]
            rows[:, k] = np.hstack(parts)
        return rows.reshape(-1, self.size)

    def kronecker_factors(self, theta: Array, batch: Any = None) -> list[tuple[Array, Array]]:
        """For each layer the factors S and A of its Gauss-Newton block, near S ⊗ A.

        A = ⟨a aᵀ⟩ over the layer's inputs, and S = ⟨g gᵀ⟩ summed over the columns g of outputs'
        derivatives times a root of the loss's curvature (Martens and Grosse 2015).
        """
        inputs, _ = self._batch(batch)
        layers = self._layers(theta)
        activities, signals = self._forward(layers, inputs)
        m = len(inputs)
        slopes = [np.zeros((rows, rows)) for rows, _ in self.shapes]
        for column in LOSSES[self.loss].roots(signals[-1]):
            for total, error in zip(slopes, self._backward(layers, signals, column), strict=True):
                total += error.T @ error / m
        return [(s, a.T @ a / m) for s, a in zip(slopes, activities, strict=True)]

    def _batch(self, batch: Any) -> tuple[Array, Array]:
        if batch is None:
            return self.inputs, self.targets
        whole = isinstance(batch, np.ndarray) and batch.dtype.kind in "iu"
        if not whole or np.ma.is_masked(batch):
            batch = np.array([count(entry, "a position") for entry in many(batch, "batch")])
        chosen = np.asarray(batch)
        if chosen.ndim != 1 or chosen.dtype.kind not in "iu" or not chosen.size:
            raise InvalidParameterError("a batch is a list of positions of samples")
        if chosen.min() < 0 or chosen.max() >= self.samples:
            raise InvalidParameterError(
                f"positions of samples go from 0 to {self.samples - 1}, got {chosen.min()} to "
                f"{chosen.max()}"
            )
        return self.inputs[chosen], self.targets[chosen]

    def _layers(self, theta: Array) -> list[Array]:
        vector = the_parameters(self, theta)
        ends = np.cumsum([rows * columns for rows, columns in self.shapes])
        parts = np.split(vector, ends[:-1])
        return [part.reshape(shape) for part, shape in zip(parts, self.shapes, strict=True)]

    def _extended(self, activities: Array) -> Array:
        return _with_ones(activities) if self.biases else activities

    def _forward(self, layers: list[Array], inputs: Array) -> tuple[list[Array], list[Array]]:
        """Inputs of each layer, its ones among them, and what each layer makes of them."""
        function = self._functions[0]
        activities, signals = [self._extended(inputs)], []
        for k, layer in enumerate(layers):
            signals.append(activities[-1] @ layer.T)
            if k + 1 < len(layers):
                activities.append(self._extended(function(signals[-1])))
        return activities, signals

    def _backward(self, layers: list[Array], signals: list[Array], last: Array) -> list[Array]:
        """Derivatives by each layer's signals of a function whose derivative at the end is last."""
        errors = [last]
        for layer, signal in zip(layers[:0:-1], signals[-2::-1], strict=True):
            errors.append(errors[-1] @ self._free(layer) * self._functions[1](signal))
        return errors[::-1]

    def _free(self, layer: Array) -> Array:
        """The columns that belong to activities, not to the constant."""
        return layer[..., :-1] if self.biases else layer


@final
class _Pass:
    """One pass forward and backward, kept for the derivative along directions."""

    def __init__(
        self,
        training: Training,
        layers: list[Array],
        activities: list[Array],
        signals: list[Array],
        targets: Array,
    ) -> None:
        self._training, self._layers, self._signals = training, layers, signals
        self._activities, self._targets = activities, targets
        loss = LOSSES[training.loss]
        self._errors = training._backward(layers, signals, loss.slope(signals[-1], targets))
        _, first, second = training._functions
        self._slopes = [first(signal) for signal in signals[:-1]]
        self._bends = [second(signal) for signal in signals[:-1]]

    def along(self, directions: Array) -> Array:
        """Derivatives of the gradient along each direction (a row each)."""
        training, layers = self._training, self._layers
        ends = np.cumsum([layer.size for layer in layers])
        steps = [
            part.reshape(-1, *layer.shape)
            for part, layer in zip(np.split(directions, ends[:-1], axis=1), layers, strict=True)
        ]
        moved, turned = self._forward(steps)
        loss = LOSSES[training.loss]
        error = loss.curvature(self._signals[-1], self._targets, moved[-1])
        blocks = []
        for k in range(len(layers) - 1, -1, -1):
            block = error.transpose(0, 2, 1) @ self._activities[k]
            if k:
                free = turned[k]
                inner = self._errors[k].T @ free
                if training.biases:
                    inner = np.concatenate([inner, np.zeros((*inner.shape[:2], 1))], axis=2)
                block = block + inner
            blocks.append(block.reshape(len(directions), -1))
            if k:
                back = self._errors[k] @ training._free(layers[k])
                sent = error @ training._free(layers[k]) + self._errors[k] @ training._free(
                    steps[k]
                )
                error = sent * self._slopes[k - 1] + back * self._bends[k - 1] * moved[k - 1]
        return np.concatenate(blocks[::-1], axis=1) / len(self._targets)

    def _forward(self, steps: list[Array]) -> tuple[list[Array], list[Array]]:
        """Derivatives of the signals, and of the inputs of each layer but the first."""
        training = self._training
        moved: list[Array] = []
        turned: list[Array] = [np.zeros(0)]
        for k, (layer, step) in enumerate(zip(self._layers, steps, strict=True)):
            change = self._activities[k] @ step.transpose(0, 2, 1)
            if k:
                change = change + turned[k] @ training._free(layer).T
            moved.append(change)
            if k + 1 < len(steps):
                turned.append(self._slopes[k] * change)
        return moved, turned


def _matrix(value: Any, name: str) -> Array:
    array = reals(value, name)
    if array.ndim != 2 or array.size == 0 or not np.isfinite(array).all():
        raise InvalidParameterError(f"{name} are a finite array of samples x numbers")
    return array


def _with_ones(activities: Array) -> Array:
    return np.concatenate([activities, np.ones((*activities.shape[:-1], 1))], axis=-1)


def _orthogonal(rows: int, columns: int, rng: np.random.Generator) -> Array:
    """Haar distributed, rows or columns orthonormal, whichever are fewer."""
    from scipy.stats import ortho_group

    size = max(rows, columns)
    if size == 1:
        return rng.choice([-1.0, 1.0], size=(1, 1))
    return ortho_group.rvs(size, random_state=rng)[:rows, :columns]


def the_training(value: object) -> Training:
    """The loss of a network on its data, refused if it is another object."""
    if not isinstance(value, Training):
        raise InvalidParameterError(
            f"the training must be an experiments.Training, got {type(value).__name__}"
        )
    return value
