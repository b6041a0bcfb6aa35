"""Routes to an answer, in the order in which they are tried, and which of them answered."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache, wraps
from typing import Generic, NamedTuple, ParamSpec, TypeVar, final

from freeprob.errors import (
    BudgetExceededError,
    CertificationError,
    ConvergenceError,
    FreeprobError,
    NoClosedFormError,
    NotAlgebraicError,
)

T = TypeVar("T")
P = ParamSpec("P")

# how a route says, before or in the middle, that it does not lead to the answer
REFUSALS = (
    BudgetExceededError,
    CertificationError,
    ConvergenceError,
    NoClosedFormError,
    NotAlgebraicError,
)


def remembered(maxsize: int) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """As ``lru_cache``, refusals included: a search that gave up is not made again to give up."""

    def decorate(function: Callable[P, T]) -> Callable[P, T]:
        @lru_cache(maxsize=maxsize)
        def kept(*args: P.args, **kwargs: P.kwargs) -> tuple[T] | FreeprobError:
            try:
                return (function(*args, **kwargs),)
            except REFUSALS as refusal:
                # only what it says is kept, not the frames that it came through
                return type(refusal)(*refusal.args)

        @wraps(function)
        def answer(*args: P.args, **kwargs: P.kwargs) -> T:
            found = kept(*args, **kwargs)
            if isinstance(found, tuple):
                return found[0]
            raise type(found)(*found.args)

        return answer

    return decorate


class Refusal(NamedTuple):
    """A route that was tried and gave up, and its reason."""

    route: str
    reason: str


class Route(NamedTuple, Generic[T]):
    """One way to the answer.

    ``proved`` says whether theorems and balls decide what it gives, and ``by`` which ones; else
    ``by`` is the control that it must pass. Errors other than ``refuses`` are errors of the call.
    """

    name: str
    run: Callable[[], T]
    proved: bool = False
    by: str = ""
    refuses: tuple[type[Exception], ...] = REFUSALS


@final
@dataclass(frozen=True)
class Routed(Generic[T]):
    """An answer, the route that gave it, and those that refused before."""

    value: T
    route: str
    refused: tuple[Refusal, ...] = ()
    proved: bool = False
    by: str = ""


def first(
    question: str | Callable[[], str],
    routes: Iterable[Route[T]],
    error: type[FreeprobError] = ConvergenceError,
) -> Routed[T]:
    """The answer of the first route that has one.

    A question that is a function is written for an error only: to write a law takes longer than a
    value of it.

    Raises
    ------
    ConvergenceError
        Or another error, if every route refuses; with the reason of each.
    """
    refused: list[Refusal] = []
    for route in routes:
        try:
            value = route.run()
        except route.refuses as refusal:
            refused.append(Refusal(route.name, str(refusal)))
            continue
        return Routed(value, route.name, tuple(refused), route.proved, route.by)
    # several routes may stop at one obstacle
    reasons: dict[str, list[str]] = {}
    for refusal in refused:
        reasons.setdefault(refusal.reason, []).append(refusal.route)
    told = "; ".join(f"{reason} ({', '.join(names)})" for reason, names in reasons.items())
    asked = question if isinstance(question, str) else question()
    raise error(f"{asked}: {told}")
