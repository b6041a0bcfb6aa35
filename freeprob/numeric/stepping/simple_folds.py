"""Simple critical points of z on a curve, where its tangent v has d(relations, z) v = 0.

The equations in the unknowns u and v are of the size of the curve's own, whatever the number of
unknowns: no determinant is expanded. Their solutions are regular exactly where the critical point
is simple, so Newton's method converges and interval Newton proves. Source: Moore-Spence 1980.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from flint import acb, arb, ctx, fmpq

from freeprob.numeric.programs.arithmetic import FloatArithmetic
from freeprob.numeric.programs.instructions import Step
from freeprob.numeric.programs.points import Place
from freeprob.numeric.programs.straight_line import Program, Tape, evaluate
from freeprob.numeric.stepping.balls import BALLS, double
from freeprob.numeric.stepping.continuation import Complexes, jacobian, polish

# inputs are v + 2: a relative error means something where v has no component
LIFT = 2
_STEPS = 16
ZERO = Place(fmpq(0))


@lru_cache(maxsize=64)
def tangent_program(program: Program) -> Program:
    """Relations, d(relations, z) v and v·v - 1 as functions of u and v + 2; then z and G."""
    size, derivative = program.inputs, program.derivative
    tape = Tape(derivative.program.steps)
    outputs = derivative.program.outputs
    values, partials = outputs[: size + 1], outputs[size + 1 :]
    lift = tape.constant(LIFT)
    raised = (tape.add(Step("input", (), size + j)) for j in range(size))
    tangent = [tape.add(Step("subtract", (v, lift))) for v in raised]
    terms: list[list[int]] = [[] for _ in range(size + 1)]
    for (i, j), slope in zip(derivative.places, partials, strict=True):
        terms[i].append(tape.product(slope, tangent[j]))
    along = [tape.total(row) for row in terms[:size]]
    length = tape.total([tape.constant(-1), *(tape.product(v, v) for v in tangent)])
    equations = (*values[: size - 1], *along, length)
    return Program(2 * size, tuple(tape.steps), (*equations, *values[size - 1 :]))


def approached(program: Program, u: np.ndarray) -> tuple[Complexes, np.ndarray]:
    """Unknowns of the tangent program near points (k, n) of a curve, and which converged nearby.

    Tangents start from the direction in which relations and z change least.
    """
    size, count = u.shape
    with np.errstate(all="ignore"):
        matrices = np.moveaxis(jacobian(program, u, np.zeros(count))[0], 2, 0)
        # rows alike: equations may be of very different size
        matrices = matrices / np.max(np.abs(matrices), axis=2, keepdims=True)
    matrices[~np.isfinite(matrices).all(axis=(1, 2))] = np.eye(size)
    tangent = np.linalg.svd(matrices)[2][:, -1].conj().T
    tangent /= np.sqrt(np.sum(tangent**2, axis=0))
    start = np.concatenate([u, tangent + LIFT])
    tangents = tangent_program(program)
    found, _ = polish(tangents, start, np.zeros(count), iterations=_STEPS)
    _, settled = polish(tangents, found, np.zeros(count), iterations=2)
    tangent = np.where(settled, found[size:] - LIFT, 1)
    # one of the two signs
    first = np.argmax(np.abs(tangent) > 0.5 * np.max(np.abs(tangent), axis=0), axis=0)
    sign = np.where(np.real(tangent[first, np.arange(count)]) < 0, -1, 1)
    return np.concatenate([found[:size], sign * tangent + LIFT]), settled


def float_location(program: Program, u: np.ndarray) -> np.ndarray:
    """Values of z at critical points in float64."""
    with np.errstate(all="ignore"):
        return np.asarray(evaluate(tangent_program(program), list(u), FloatArithmetic())[-2])


def critical_unknowns(program: Program, start: Sequence[acb], bits: int) -> list[acb] | None:
    """Real unknowns and tangent of a critical point near those of a curve's point.

    None if Newton's method does not converge.
    """
    rough, settled = approached(program, np.array([[complex(u).real] for u in start]) + 0j)
    if not settled[0]:
        return None
    u = [acb(complex(value).real) for value in rough[:, 0]]
    return double(tangent_program(program), u, ZERO, bits)


def location(program: Program, u: Sequence[acb], bits: int) -> arb:
    """The value of z at a critical point."""
    with ctx.workprec(bits + 32):
        return acb(evaluate(tangent_program(program), list(u), BALLS)[-2]).real
