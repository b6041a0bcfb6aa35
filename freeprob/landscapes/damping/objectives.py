"""What optimisers ask of a loss."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from freeprob.behaviour import does
from freeprob.errors import InvalidParameterError
from freeprob.parameters import finite_reals

Array = NDArray[np.float64]


@runtime_checkable
class Objective(Protocol):
    """A mean loss over samples, as a function of a vector of parameters.

    ``batch`` is an array of positions of samples, None for all.
    """

    @property
    def samples(self) -> int:
        """Their number."""
        ...

    @property
    def size(self) -> int:
        """The number of parameters."""
        ...

    def value_and_gradient(self, theta: Array, batch: Any = None) -> tuple[float, Array]:
        """The loss and its gradient."""
        ...

    def hessian_product(self, theta: Array, directions: Array, batch: Any = None) -> Array:
        """The Hessian times a direction."""
        ...


@runtime_checkable
class LayeredObjective(Objective, Protocol):
    """A loss whose Gauss-Newton matrix is near a Kronecker product in each layer."""

    def kronecker_factors(self, theta: Array, batch: Any = None) -> list[tuple[Array, Array]]:
        """For each layer S and A, its block being near S ⊗ A."""
        ...


def the_objective(value: object) -> Objective:
    """A loss with its derivatives.

    Raises
    ------
    InvalidParameterError
        For anything else.
    """
    if not does(value, Objective):
        raise InvalidParameterError(
            "the objective has samples, size, value_and_gradient and hessian_product, as "
            f"landscapes.experiments.Training does, got {type(value).__name__}"
        )
    return value


def the_parameters(objective: Objective, value: object, name: str = "parameters") -> Array:
    """One vector of the objective's size, of finite numbers.

    Raises
    ------
    InvalidParameterError
        For anything else.
    """
    vector = finite_reals(value, name)
    if vector.shape != (objective.size,):
        raise InvalidParameterError(
            f"{name} must be a vector of {objective.size} numbers, got the shape {vector.shape}"
        )
    return vector
