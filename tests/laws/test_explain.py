"""Every law says how its answers were got, and which routes refused."""

from __future__ import annotations

import pytest
import sympy as sp

import freeprob as fp
from freeprob.routes import REFUSALS, Refusal, Route, first

HALF = sp.Rational(1, 2)


@pytest.mark.parametrize(
    ("law", "route", "proved"),
    [
        (fp.boxplus(fp.MarchenkoPastur(HALF), fp.Semicircle(1)), "exact candidates", True),
        (
            fp.mixture({fp.Semicircle(1): HALF, fp.MarchenkoPastur(2): HALF}),
            "outlines of the parts",
            True,
        ),
        (fp.boxplus(fp.Uniform(0, 1), fp.Semicircle(1)), "search on the branch", False),
    ],
    ids=str,
)
def test_the_route_of_a_support(law, route, proved) -> None:
    answer = next(a for a in law.explain().answers if a.question == "support")
    assert (answer.route, answer.proved) == (route, proved)
    assert answer.by


def test_refusals_are_told() -> None:
    told = fp.boxplus(fp.Uniform(0, 1), fp.Semicircle(1)).explain()
    support = next(a for a in told.answers if a.question == "support")
    refused = [refusal.route for refusal in support.refused]
    assert refused == ["exact candidates", "a part without gaps", "folds between poles"]
    assert "refused: exact candidates" in told.summary()
    assert repr(told) == told.summary()


def test_symbols_are_told() -> None:
    c = sp.Symbol("c", positive=True)
    told = fp.MarchenkoPastur(c).explain()
    assert "free symbols c" in told.curve
    assert all(answer.question != "support" for answer in told.answers)


def test_first_records_and_raises() -> None:
    def refuse() -> int:
        raise fp.errors.NotAlgebraicError("no polynomial")

    def fail() -> int:
        raise fp.errors.InvalidParameterError("wrong")

    found = first("q", [Route("a", refuse), Route("b", lambda: 3, proved=True, by="theorem")])
    assert (found.value, found.route, found.proved, found.by) == (3, "b", True, "theorem")
    assert found.refused == (Refusal("a", "no polynomial"),)
    with pytest.raises(fp.errors.ConvergenceError, match=r"no polynomial \(a, b\)"):
        first("q", [Route("a", refuse), Route("b", refuse)])
    # what is no refusal is an error of the call, and so is a refusal that a route does not list
    with pytest.raises(fp.errors.InvalidParameterError):
        first("q", [Route("a", fail), Route("b", lambda: 3)])
    narrow = Route("a", refuse, refuses=(fp.errors.ConvergenceError,))
    with pytest.raises(fp.errors.NotAlgebraicError):
        first("q", [narrow, Route("b", lambda: 3)])
    assert fp.errors.InvalidParameterError not in REFUSALS
