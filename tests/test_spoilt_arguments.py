"""Values that once left a public call with a foreign error, and their kin."""

from __future__ import annotations

import inspect
from collections.abc import Callable

import numpy as np
import pytest
import sympy as sp
from flint import ctx, fmpz_poly

import freeprob as fp
from freeprob.errors import FreeprobError, InvalidParameterError
from freeprob.geometry.candidates.algebraic_numbers import real_roots
from freeprob.landscapes import PSpin

RAGGED = [[1, 2], [3]]
w, c, N = sp.Symbol("w"), sp.Symbol("c", positive=True), sp.Symbol("N", positive=True)
LAW, FIELD = fp.MarchenkoPastur("1/2"), PSpin(3)


@pytest.mark.parametrize(
    "points", [RAGGED, ([1], 2), [[], [1]], sp.MatrixSymbol("M", N, N)], ids=str
)
@pytest.mark.parametrize(
    "call",
    [
        LAW.cdf,
        LAW.density,
        LAW.cauchy,
        LAW.quantile,
        FIELD.complexity,
        lambda u: FIELD.complexity(u, dps=10),
        lambda u: FIELD.mean_critical_points(4, u),
        lambda u: FIELD.asymptotics(40, u),
    ],
)
def test_ragged_rows_are_no_points(call: Callable[[object], object], points: object) -> None:
    with pytest.raises(InvalidParameterError):
        call(points)


@pytest.mark.parametrize(
    "points", [np.array([1j]), sp.I, None, RAGGED, "a", object()], ids=lambda x: str(x)[:9]
)
@pytest.mark.parametrize(
    "call",
    [
        *(getattr(fp.TracyWidom(2), name) for name in ("cdf", "sf", "pdf", "ppf", "isf")),
        *(getattr(fp.HardEdge(1), name) for name in ("cdf", "sf", "pdf", "ppf")),
        fp.TracyWidom(2).interval,
    ],
)
def test_points_of_fluctuations_at_an_edge_are_real(
    call: Callable[[object], object], points: object
) -> None:
    with pytest.raises(InvalidParameterError):
        call(points)


def test_points_of_fluctuations_may_be_exact() -> None:
    law = fp.TracyWidom(2)
    assert (law.cdf(-(10**400)), law.cdf(10**400)) == (0, 1)
    assert law.cdf(sp.Rational(1, 2)) == law.cdf("1/2") == law.cdf(0.5)


@pytest.mark.parametrize(
    "expression",
    [int, len, slice(1, 2), object(), {1: 2}, None, [None]],
    ids=lambda value: type(value).__name__,
)
def test_images_are_of_expressions(expression: object) -> None:
    with pytest.raises(InvalidParameterError):
        fp.image(expression, {w: fp.Normal(0, 1)})


@pytest.mark.parametrize("parameter", [slice(1, 2), [1], {}, np.eye(2), None, 3])
def test_a_trace_is_drawn_over_a_symbol(parameter: object) -> None:
    trace = fp.normalized_trace((fp.GOE("H", N) ** 2 + c * sp.Identity(N)).inverse())
    with pytest.raises(InvalidParameterError, match="free symbol"):
        fp.plotting.plot_trace(trace, parameter, [1, 2], ax=fp.plotting.figure().subplots())


@pytest.mark.parametrize("value", [10**400, 3, 0])
def test_roots_beyond_floats(value: int) -> None:
    roots = real_roots(fmpz_poly([-(value**2) - 1, 0, 1]))
    with ctx.workprec(3000):
        found = [root.ball(2000) for root in roots]
        assert all(
            (x**2 - value**2 - 1).contains(0) and x.rel_accuracy_bits() > 1900 for x in found
        )


@pytest.mark.parametrize("law", [fp, inspect.signature(lambda c: c), None, 3, [LAW]], ids=repr)
def test_a_family_has_parameters_of_its_own(law: object) -> None:
    ax = fp.plotting.figure().subplots()
    with pytest.raises(InvalidParameterError, match="draws a law whose free symbol is c"):
        fp.plotting.plot_family(law, c, [1, 2], ax=ax, points=20)


def test_a_family_beyond_floats_is_refused() -> None:
    ax, values = fp.plotting.figure().subplots(), np.array([10**400], dtype=object)
    with pytest.raises(FreeprobError):
        fp.plotting.plot_family(fp.MarchenkoPastur(c), c, values, ax=ax, points=20)
