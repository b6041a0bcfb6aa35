"""Derivatives of G by a parameter of the law, by implicit differentiation on the curve.

With relations f(u, c) = 0 and z(u, c) held fixed, du/dc solves ∂(f, z)/∂u · du/dc = -∂(f, z)/∂c,
and dG/dc = ∂G/∂u · du/dc + ∂G/∂c.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, final

import numpy as np
from flint import acb, arb, ctx, fmpq

from freeprob.errors import ConvergenceError
from freeprob.exact.algebra.door import to_fmpq
from freeprob.exact.systems.system import System, flatten, specialised
from freeprob.numeric.branch.digits import Digits, digits_of
from freeprob.numeric.precision import FLOAT_DIGITS, bits_of
from freeprob.numeric.programs.arithmetic import Complexes, FloatArithmetic
from freeprob.numeric.programs.linear import solve, solve_batch
from freeprob.numeric.programs.lowering import compile_curve, compile_program
from freeprob.numeric.programs.points import Place
from freeprob.numeric.programs.straight_line import Program, evaluate, linearise
from freeprob.numeric.stepping.balls import BALLS

_FLOAT = FloatArithmetic()
_ATTEMPTS = 6
_GUARD = 64


@final
@dataclass(frozen=True)
class ParametricBranch:
    """The physical branch at a value of a parameter, on the curve that has it as a symbol.

    Parameters
    ----------
    digits
        The branch at the value.
    onto
        The unknowns of the curve with the parameter, from those of the branch.
    program
        Relations, z and G as functions of these unknowns and of the parameter.
    value
        The parameter's value.
    """

    digits: Digits
    onto: Program
    program: Program
    value: fmpq

    def derivatives(self, z: Complexes) -> np.ndarray:
        """The derivative dG/dc at points with Im z ≥ 0, flat; real z means z + i0."""
        arrival = self.digits.branch.follow(z)
        u = np.where((z.imag == 0) & (arrival.G.imag == 0), arrival.unknowns.real, arrival.unknowns)
        with np.errstate(all="ignore"):
            kept = evaluate(self.onto, list(u.astype(complex)), _FLOAT)
            inputs = [np.broadcast_to(v, z.shape).astype(complex) for v in kept]
            inputs.append(np.full(z.shape, float(arb(self.value)), dtype=complex))
            _, partials = linearise(self.program, inputs, _FLOAT)
            out = np.broadcast_to(_total(partials, len(kept), _batch), z.shape).copy()
        for i in np.flatnonzero(arrival.undecided | ~np.isfinite(out)):
            out[i] = complex(self.ball(Place.of(complex(z[i])), bits_of(FLOAT_DIGITS)))
        return out

    def ball(self, place: Place, bits: int) -> acb:
        """The derivative dG/dc at a point with Im z ≥ 0, proved.

        Raises
        ------
        ConvergenceError
            At edges and atoms, where there is none; on the axis for laws given by functions with
            branches.
        """
        lifted = place.is_real and not self.digits.branch.program.is_real
        start = None if lifted else self.digits.near(place)
        for attempt in range(_ATTEMPTS):
            if start is None:
                break
            working = bits + _GUARD * 2**attempt
            unknowns = self.digits.unknowns(place, working, start)
            value = None if unknowns is None else self._enclosed(unknowns, working)
            if value is not None and value.rel_accuracy_bits() >= bits:
                return value
        raise ConvergenceError(
            f"no derivative of G by the parameter could be proved at {complex(place()):.17g}: an "
            "edge, an atom, or a function's cut; take a point nearby, or above the axis"
        )

    def _enclosed(self, unknowns: Sequence[acb], bits: int) -> acb | None:
        """A ball for the derivative; None where the curve is singular."""
        with ctx.workprec(bits + 16):
            kept = evaluate(self.onto, unknowns, BALLS)
            _, partials = linearise(self.program, [*kept, acb(arb(self.value))], BALLS)
            try:
                value = acb(_total(partials, len(kept), _over_balls))
            except ZeroDivisionError:
                return None
        return value if value.is_finite() else None


def parametric_branch(system: System, parameter: Any, value: Any) -> ParametricBranch:
    """The branch at a rational value of a symbol, the only parameter of a system."""
    curve = flatten(system)
    digits = digits_of(specialised(system, {parameter: value}))
    here = digits.branch.curve
    # both curves are solved from the same list of unknowns, maybe for different ones
    onto = compile_program([here.all_unknowns[i] for i in curve.kept], here.unknowns)
    extended = replace(curve, unknowns=(*curve.unknowns, parameter))
    return ParametricBranch(digits, onto, compile_curve(extended), to_fmpq(value))


def _total(partials: Sequence[dict[int, Any]], size: int, solver: Callable[..., Any]) -> Any:
    """∂G/∂u · du/dc + ∂G/∂c from the partial derivatives of (f, z) and G by u and c."""
    rows = [[partials[i].get(j, 0) for j in range(size)] for i in range(size)]
    step = solver(rows, [-partials[i].get(size, 0) for i in range(size)])
    own = [partials[size].get(j, 0) * move for j, move in enumerate(step)]
    return sum(own, partials[size].get(size, 0))


def _batch(rows: list[list[Any]], right: list[Any]) -> list[np.ndarray]:
    """Solve at all points at once."""
    count = max(np.size(value) for value in (*right, *(entry for row in rows for entry in row)))
    matrix = np.array([[np.broadcast_to(entry, (count,)) for entry in row] for row in rows])
    columns = np.array([[np.broadcast_to(value, (count,))] for value in right])
    return list(solve_batch(matrix, columns)[:, 0])


def _over_balls(rows: list[list[Any]], right: list[Any]) -> list[acb]:
    """Solve over balls."""
    (step,) = solve([[acb(entry) for entry in row] for row in rows], [acb(v) for v in right])
    return step
