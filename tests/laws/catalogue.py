"""Laws of every kind, with parameters and with values for them."""

from __future__ import annotations

import sympy as sp

import freeprob as fp
from freeprob.laws.base import Law

c, t = sp.symbols("c t", positive=True)
HALF, THIRD, SIXTH = sp.Rational(1, 2), sp.Rational(1, 3), sp.Rational(1, 6)
VALUES = {c: THIRD, t: sp.Rational(3, 2)}
G, z, w = sp.symbols("G z w")

SIGN = fp.Atomic({-1: HALF, 1: HALF})
THREE = fp.Atomic({-1: HALF, 0: THIRD, 2: SIXTH})
MP, SC = fp.MarchenkoPastur, fp.Semicircle

NAMED: list[Law] = [
    fp.Semicircle(t, c),
    fp.MarchenkoPastur(c, t),
    fp.Atomic({-1: HALF, c: HALF}),
    fp.PointMass(c),
    fp.Arcsine(c, c + 1),
    fp.KestenMcKay(t + 2),
    fp.Wachter(c + 1, t),
    fp.FussCatalan(c),
    fp.FussCatalan(sp.Rational(3, 2)),
    fp.Raney(sp.Rational(5, 2), HALF),
    fp.FreeMeixner(c, t),
    fp.Uniform(c, c + 2),
    fp.FreePoisson(c, t),
    fp.CompoundFreePoisson(c, THREE),
    fp.CompoundFreePoisson(2, fp.Uniform()),
    fp.AlgebraicLaw(c * z * G**2 - (z + c - 1) * G + 1, G, z),
    fp.AlgebraicLaw(G**3 * z + G**2 - G * z + 1, G, z),
    fp.TransformLaw("R", 2 * w / (1 - w**2), w),
    fp.TransformLaw("S", 1 / (1 + c * w), w),
    fp.TransformLaw("eta", w**2, w),
    fp.DensityLaw(2 * w / c**2, w, 0, c),
    fp.DensityLaw(2 * sp.sqrt(c**2 - w**2) / (sp.pi * c**2), w, -c, c),
]
OPERATIONS: list[Law] = [
    fp.boxplus(THREE, MP(c), SC(t)),
    fp.boxplus(fp.Uniform(), SC(t)),
    fp.boxplus_power(THREE, t),
    fp.boxtimes(MP(c), MP(t)),
    fp.boxtimes(SC(), MP(c)),
    fp.boxtimes(SC(), fp.Atomic({1: HALF, 3: HALF}), MP(c)),
    fp.boxtimes(fp.Uniform(), MP(c)),
    fp.boxtimes_power(MP(c), 3),
    fp.boxtimes_power(MP(c, t), HALF),
    fp.compress(THREE, HALF),
    fp.compress(MP(c), t / (1 + t)),
    fp.mixture({MP(c): HALF, SC(t): HALF}),
    MP(c).dilate(-2),
    MP(c).shift(t),
    MP(c).inverse(),
    MP(HALF).shift(1).inverse(),
    fp.mobius(SC(), 1, 0, 1, 3),
    MP(c).square(),
    SC(t).square(),
    fp.symmetrize(MP(c)),
    fp.sample_covariance(fp.Atomic({1: HALF, 3: HALF}), c),
    fp.information_plus_noise(fp.Atomic({0: HALF, c: HALF}), HALF, t),
    fp.boolean_sum(MP(c), SIGN),
    fp.monotone(MP(c), SIGN),
    fp.subtract(fp.boxplus(MP(c), SC(t)), MP(c)),
    fp.rectangular_boxplus(SIGN, fp.symmetrize(MP(c)), c),
    fp.boxplus_power(fp.boxtimes(fp.Atomic({0: HALF, 3: HALF}), MP(1)), t),
    fp.monotone(MP(HALF), fp.boolean_sum(THREE, MP(2))),
    fp.compress(fp.boxplus(SIGN, THREE), HALF),
]
WITHOUT_MOMENTS: list[Law] = [
    fp.Cauchy(c, t),
    fp.boxplus(fp.Cauchy(0, 1), SIGN).dilate(-2),
    fp.Cauchy(1, 2).inverse(),
    fp.mixture({SIGN: HALF, fp.Cauchy(): HALF}),
]
LAWS = NAMED + OPERATIONS + WITHOUT_MOMENTS
