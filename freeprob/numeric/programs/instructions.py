"""Instructions of straight-line programs, and what a kind of number must offer to run them."""

from __future__ import annotations

import operator
from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, final

import numpy as np
from flint import acb, fmpq

from freeprob.numeric.programs.pole_sums import PoleStep

if TYPE_CHECKING:
    from freeprob.numeric.programs.straight_line import Program


OPERATORS = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": operator.truediv,
}
NEAR_ONE = 0.5  # |q - 1| below which the logarithm of q is taken from q - 1


class Oracle(ABC):
    """A function of one variable that no library knows: it brings its own values.

    Those of one family, such as derivatives of one function, share work at the same argument.
    """

    @property
    def family(self) -> Hashable:
        """What it shares with others, by default with itself only."""
        return self

    @classmethod
    def all_floats(cls, members: Sequence[Any], argument: np.ndarray) -> list[np.ndarray]:
        """Values of several of a family on complex128 arrays."""
        return [member.floats(argument) for member in members]

    @classmethod
    def all_balls(cls, members: Sequence[Any], argument: acb) -> list[acb]:
        """Balls around values of several of a family."""
        return [member.ball(argument) for member in members]

    @abstractmethod
    def floats(self, argument: np.ndarray) -> np.ndarray:
        """Values on complex128 arrays."""

    @abstractmethod
    def ball(self, argument: acb) -> acb:
        """A ball around the value, at the precision of FLINT's context."""


@final
@dataclass(frozen=True)
class Function:
    """A named function of one variable and its derivative, a program made when first needed."""

    name: str | Oracle
    derivative: Callable[[], Program]


@final
@dataclass(frozen=True)
class Step:
    """One instruction on the results of earlier steps.

    ``kind`` is input, constant, number, add, subtract, multiply, divide, power, call, poles (a sum
    over many poles), or logarithm, whose operands are q and q - 1.
    """

    kind: str
    operands: tuple[int, ...] = ()
    value: Any = None


class Arithmetic(Protocol):
    """What a kind of number must offer beyond its operators."""

    def constant(self, value: fmpq) -> Any:
        """A rational number that is no integer."""

    def number(self, name: Any) -> Any:
        """A named constant such as pi."""

    def power(self, base: Any, exponent: fmpq) -> Any:
        """Principal power with a rational exponent."""

    def call(self, function: Function, argument: Any) -> Any:
        """A named function."""

    def calls(self, family: Sequence[Function], argument: Any) -> list[Any]:
        """Oracles of one family."""
        ...

    def logarithm(self, quotient: Any, excess: Any) -> Any:
        """The logarithm of a quotient that is also known by what it exceeds 1."""

    def poles(self, terms: PoleStep, argument: Any) -> Any:
        """A sum over poles."""
