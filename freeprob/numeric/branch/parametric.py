"""G as a function of a law's parameters: the branch at fixed points moves with them.

The unknowns of a curve at points off the axis depend analytically on the parameters, so Newton's
method carries them from values where the branch is known to values near by, and its Jacobian gives
the derivatives of G. New values cost no SymPy and no walk from infinity.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, final

import numpy as np

from freeprob.errors import ConvergenceError
from freeprob.exact.systems.system import System, flatten, specialised
from freeprob.numeric.branch.branch import physical_branch
from freeprob.numeric.programs.arithmetic import FloatArithmetic
from freeprob.numeric.programs.linear import solve_batch
from freeprob.numeric.programs.lowering import compile_program
from freeprob.numeric.programs.straight_line import Program, linearise

_FLOAT = FloatArithmetic()
_CORRECTIONS = 12
_CONVERGED = 1e-12  # correction, relative, of an arrived point: four digits above rounding
_MOVED = 0.2  # largest change of an unknown in one step, relative: farther away is another sheet
_HALVINGS = 8


@final
@dataclass(frozen=True)
class ParametricBranch:
    """Unknowns at fixed points of the upper half plane, moved from start values.

    Parameters
    ----------
    program
        Relations, z and G of a curve in its unknowns and then its parameters.
    points
        Where G is asked for.
    state
        The parameters and unknowns last known, the only thing that changes.
    """

    program: Program
    points: np.ndarray
    state: dict[str, np.ndarray] = field(compare=False)

    @staticmethod
    def begin(
        system: System,
        values: Mapping[Any, Any],
        points: np.ndarray,
    ) -> ParametricBranch:
        """From parameters at which the branch is continued from infinity.

        Raises
        ------
        ConvergenceError
            If the curve with numbers is written in other unknowns than the curve with symbols.
        """
        curve, numbers = flatten(system), specialised(system, dict(values))
        if flatten(numbers).kept != curve.kept:
            raise ConvergenceError("the curve of these values has other unknowns")
        differences = [left - right for left, right in curve.relations]
        symbols = [*curve.unknowns, *values]
        program = compile_program([*differences, curve.z, curve.G], symbols)
        state = {
            "unknowns": physical_branch(numbers).unknowns(points),
            "parameters": np.array([float(value) for value in values.values()]),
        }
        return ParametricBranch(program, points, state)

    def cauchy(self, parameters: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """G at the points, and its derivatives by the parameters, one row for each.

        Raises
        ------
        ConvergenceError
            If the branch could not be followed to these parameters.
        """
        before, u = self.state["parameters"], self.state["unknowns"]
        share, done = 1.0, 0.0
        for _ in range(4 * _HALVINGS):
            share = min(share, 1.0 - done)
            here = before + (done + share) * (parameters - before)
            moved = self._moved(u, here)
            if moved is None:
                share /= 2
                if share < 2.0**-_HALVINGS:
                    break
                continue
            u, done = moved, done + share
            if done >= 1.0:
                self.state.update(unknowns=u, parameters=parameters.copy())
                return self._derivatives(u, parameters)
            share *= 2
        raise ConvergenceError("the branch could not be followed to other parameters")

    def _moved(self, start: np.ndarray, parameters: np.ndarray) -> np.ndarray | None:
        """The unknowns at new parameters by Newton's method; None if they are not near by."""
        u = start
        with np.errstate(all="ignore"):
            for _ in range(_CORRECTIONS):
                matrix, right, _, _ = self._linear(u, parameters)
                change = solve_batch(matrix, right[:, None, :])[:, 0]
                u = u + change
                far = np.abs(u - start) > _MOVED * (np.abs(start) + np.abs(self.points))
                if not np.isfinite(u).all() or far.any():
                    return None
                if (np.abs(change) <= _CONVERGED * np.abs(u)).all():
                    return u
        return None

    def _linear(
        self, u: np.ndarray, parameters: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[dict[int, np.ndarray]]]:
        """Jacobian by the unknowns, minus the residual, G and all partial derivatives."""
        size, count = u.shape
        inputs = [*u, *(np.full(count, value + 0j) for value in parameters)]
        values, partials = linearise(self.program, inputs, _FLOAT)
        matrix = np.zeros((size, size, count), dtype=complex)
        right = np.zeros((size, count), dtype=complex)
        for i in range(size):
            right[i] = -values[i]
            for j, slope in partials[i].items():
                if j < size:
                    matrix[i, j] = slope
        right[-1] += self.points
        return matrix, right, np.broadcast_to(values[-1], (count,)), partials

    def _derivatives(self, u: np.ndarray, parameters: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """G, and dG/dp = G_p - G_u (F_u)⁻¹ F_p."""
        size, count = u.shape
        matrix, _, G, partials = self._linear(u, parameters)
        right = np.zeros((size, len(parameters), count), dtype=complex)
        total = np.zeros((len(parameters), count), dtype=complex)
        for i in range(size + 1):
            for j, slope in partials[i].items():
                if j >= size and i < size:
                    right[i, j - size] = -slope
                elif j >= size:
                    total[j - size] = slope
        velocity = solve_batch(matrix, right)
        for j, slope in partials[size].items():
            if j < size:
                total = total + slope * velocity[j]
        return G, total
