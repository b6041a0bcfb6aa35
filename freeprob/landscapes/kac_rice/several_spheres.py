"""Complexities of fields on several spheres, at one set of levels or on a grid of them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from concurrent.futures import Executor
from functools import partial
from typing import Any

import numpy as np
import sympy as sp

from freeprob.errors import InvalidParameterError, NoClosedFormError
from freeprob.landscapes.kac_rice import arguments
from freeprob.landscapes.kac_rice.supremum import Supremum
from freeprob.parameters import digits, flag, mapper


def complexity(
    supremum: Supremum,
    levels: Sequence[Any],
    dps: int | None,
    executor: Executor | None = None,
    progress: bool = False,
) -> Any:
    """The supremum below levels that are numbers or arrays, one for each bounded function."""
    supremum.covariances.require_numbers()
    if executor is not None and not isinstance(executor, Executor):
        raise InvalidParameterError(
            f"executor must be a concurrent.futures.Executor, got {executor!r:.80}"
        )
    places = digits(dps)
    arrays = [arguments.table(level) for level in levels]
    try:
        grids = np.broadcast_arrays(*arrays)
    except ValueError as error:
        shapes = [array.shape for array in arrays]
        raise InvalidParameterError(f"the levels' shapes {shapes} do not fit together") from error
    points = [
        tuple(arguments.energy(value) for value in point)
        for point in zip(*(grid.ravel() for grid in grids), strict=True)
    ]
    task = partial(_one, supremum, places)
    results: Iterable[Any] = mapper(executor)(task, points)
    if flag(progress, "progress"):
        from tqdm.auto import tqdm

        results = tqdm(results, total=len(points), desc="complexity")
    found = list(results)
    if grids[0].ndim == 0:
        return found[0]
    kind = float if places is None else object
    values = np.empty(len(found), dtype=kind)
    values[:] = found
    return values.reshape(grids[0].shape)


def _one(supremum: Supremum, dps: int | None, point: tuple[sp.Expr, ...]) -> Any:
    if dps is None:
        return supremum.optimum(_floats(point)).value
    return supremum.digits(point, dps)


def typical_radial(supremum: Supremum, levels: Sequence[Any]) -> list[float]:
    """The radial derivatives where the supremum below the levels is."""
    supremum.covariances.require_numbers()
    found = supremum.optimum(_floats([arguments.energy(level) for level in levels]))
    return [float(value) for value in found.point[len(supremum.covariances.kernels) :]]


def _floats(point: Sequence[sp.Expr]) -> list[float]:
    return [math.inf if level is sp.oo else float(level) for level in point]


def refuse_index(index: Any) -> None:
    """Only counts of all critical points are known on several spheres.

    Raises
    ------
    NoClosedFormError
        For a fixed index.
    """
    if arguments.index(index) is not None:
        raise NoClosedFormError(
            "no rate of a fixed index is known on several spheres (that of Hessians with few "
            "negative eigenvalues): leave index out, or count them by .simulate"
        )
