"""Routes to an answer are tried in order, and what was found or refused is remembered."""

from __future__ import annotations

import pytest

from freeprob.errors import ConvergenceError, InvalidParameterError
from freeprob.routes import Route, first, remembered


def test_answers_and_refusals_are_remembered() -> None:
    asked: list[int] = []

    @remembered(maxsize=8)
    def half(n: int) -> int:
        """Half of an even number."""
        asked.append(n)
        if n < 0:
            raise InvalidParameterError("negative")
        if n % 2:
            raise ConvergenceError(f"{n} is odd")
        return n // 2

    assert half.__doc__ == "Half of an even number."
    assert [half(4), half(4)] == [2, 2]
    for _ in range(2):
        with pytest.raises(ConvergenceError, match="3 is odd"):
            half(3)
    assert asked == [4, 3]
    # an error of the call is no refusal
    for _ in range(2):
        with pytest.raises(InvalidParameterError):
            half(-1)
    assert asked == [4, 3, -1, -1]


def test_the_first_route_that_answers_is_told_with_those_that_refused() -> None:
    def refuses() -> int:
        raise ConvergenceError("too far")

    found = first("nothing", [Route("one", refuses), Route("two", lambda: 2, proved=True)])
    assert (found.value, found.route, found.proved) == (2, "two", True)
    assert [(r.route, r.reason) for r in found.refused] == [("one", "too far")]
    with pytest.raises(ConvergenceError, match=r"nothing: too far \(one, other\)"):
        first("nothing", [Route("one", refuses), Route("other", refuses)])


def test_a_question_is_written_for_an_error_only() -> None:
    def question() -> str:
        raise AssertionError("nobody asked")

    assert first(question, [Route("one", lambda: 1)]).value == 1

    def refuses() -> int:
        raise ConvergenceError("too far")

    with pytest.raises(ConvergenceError, match=r"no number: too far \(one\)"):
        first(lambda: "no number", [Route("one", refuses)])
