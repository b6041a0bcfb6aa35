"""Layers of many real networks, each with its own drawn weights."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from freeprob.errors import InvalidParameterError
from freeprob.memory import require_memory
from freeprob.nets.activations.network_arguments import count
from freeprob.nets.functions.as_numpy import pointwise
from freeprob.nets.mean_field.length_map import LengthMap
from freeprob.nets.samples.signal_range import within_floats
from freeprob.parameters import generator, mapper, one_of
from freeprob.tables import Tabled

FIELDS = ("kernel", "length", "norm")

NETWORKS_PER_TASK = 64


@dataclass(frozen=True, eq=False)
class LayerSample(Tabled):
    """Fields of drawn networks: arrays of shape (draws, depth), layers 1, 2, ..., depth.

    ``length`` is :math:`|z^l|^2/N`; ``kernel`` is :math:`K^l`, which the layer before decides.
    """

    width: int
    length: NDArray[np.float64]
    kernel: NDArray[np.float64]

    def covariance(self, field: str = "kernel") -> NDArray[np.float64]:
        """N times the empirical covariance matrix between layers (not times N for the norm)."""
        if one_of(field, "field", FIELDS) == "norm":
            return np.cov(np.sqrt(self.width * self.length), rowvar=False)
        return self.width * np.cov(getattr(self, field), rowvar=False)


def sample_layers(
    lengths: LengthMap,
    width: int,
    depth: int,
    draws: int,
    input_variance: float,
    rng: int | np.random.Generator = 0,
    executor: Executor | None = None,
) -> LayerSample:
    """Draw networks of constant width whose input has the given K of layer 1.

    The draws are split into tasks with their own random streams, so that the result does not
    depend on the executor.
    """
    width, depth = count(width, "width", least=1), count(depth, "depth", least=1)
    draws = count(draws, "draws", least=1, most=10**7)
    bias, gain = float(lengths.bias_variance), float(lengths.weight_variance)
    if input_variance < bias or (gain == 0 and input_variance != bias):
        raise InvalidParameterError(
            f"no input has variance {input_variance} in layer 1: biases alone give {bias}"
        )
    require_memory((min(NETWORKS_PER_TASK, draws), width, width), "weights of a batch of networks")
    squared = (input_variance - bias) / gain if gain else 0.0
    sizes = [min(NETWORKS_PER_TASK, draws - i) for i in range(0, draws, NETWORKS_PER_TASK)]
    streams = generator(rng).spawn(len(sizes))
    task = partial(_networks, lengths, width, depth, np.sqrt(squared))
    run = mapper(executor)
    parts = list(run(task, sizes, streams))
    return LayerSample(width, *(np.concatenate(field) for field in zip(*parts, strict=True)))


@within_floats
def _networks(
    lengths: LengthMap,
    width: int,
    depth: int,
    amplitude: float,
    networks: int,
    generator: np.random.Generator,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Length and kernel of each layer in a batch of networks."""
    function = pointwise(lengths.activation)
    bias, gain = float(lengths.bias_variance), float(lengths.weight_variance)
    signal = np.full((networks, width), amplitude)
    length, kernel = np.empty((networks, depth)), np.empty((networks, depth))
    for layer in range(depth):
        kernel[:, layer] = bias + gain * (signal**2).mean(axis=1)
        weights = generator.standard_normal((networks, width, width))
        biases = generator.standard_normal((networks, width))
        h = np.sqrt(gain / width) * (weights @ signal[:, :, None])[:, :, 0] + np.sqrt(bias) * biases
        length[:, layer] = (h**2).mean(axis=1)
        signal = function(h)
    return length, kernel
