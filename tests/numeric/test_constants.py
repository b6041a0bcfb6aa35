"""Quotients of integers inside programs are exact: as floats they made balls that missed roots."""

from __future__ import annotations

import sympy as sp
from flint import acb, ctx, fmpq

from freeprob.numeric.programs.lowering import compile_program
from freeprob.numeric.programs.straight_line import linearise
from freeprob.numeric.stepping.balls import BALLS


def test_derivatives_enclose_quotients_of_integers() -> None:
    u, v = sp.symbols("u v")
    program = compile_program([2057 * u / 1152 + 5 / (24 * (7 * v / 3 - u / 11))], (u, v))
    with ctx.workprec(300):
        at = [acb(2), acb(5)]
        _, (partials,) = linearise(program, at, BALLS)
        bottom = fmpq(7, 3) * 5 - fmpq(2, 11)
        exact = {
            0: fmpq(2057, 1152) + fmpq(5, 24) / bottom**2 / 11,
            1: -fmpq(5, 24) / bottom**2 * fmpq(7, 3),
        }
        for place, value in exact.items():
            assert acb(partials[place]).contains(acb(value))
            assert acb(partials[place]).rel_accuracy_bits() > 250
