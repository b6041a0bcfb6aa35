"""What is told by what it does: objects by their methods, functions by how they are called."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import sympy as sp

from freeprob.errors import InvalidParameterError

if TYPE_CHECKING:
    from typing_extensions import TypeIs

T = TypeVar("T")


def does(value: object, protocol: type[T]) -> TypeIs[T]:
    """Whether an object has what a protocol asks for; a class has its methods, and answers none."""
    return isinstance(value, protocol) and not isinstance(value, type)


def function_of(value: Any, name: str, *arguments: str) -> Callable[..., Any]:
    """Read a user's function that is called with so many arguments, by place.

    What it raises when it is called is the user's own error. Functions of compiled code that do
    not tell their arguments are taken as they are.

    Raises
    ------
    InvalidParameterError
        For classes, expressions of SymPy, and what takes other numbers of arguments.
    """
    form = f"{name} must be a Python function of ({', '.join(arguments)})"
    if not callable(value) or isinstance(value, type | sp.Basic):
        kind = f"the class {value.__name__}" if isinstance(value, type) else type(value).__name__
        raise InvalidParameterError(f"{form}, got {kind:.80}")
    try:
        signature = inspect.signature(value)
    except (TypeError, ValueError):  # it does not tell
        return value
    try:
        signature.bind(*arguments)
    except TypeError as error:
        raise InvalidParameterError(f"{form}, this one takes {signature!s:.80}") from error
    return value
