"""Laws, each with another a few percent away whose matrices must be told from its own."""

from __future__ import annotations

import freeprob as fp

SIGN = fp.Atomic({-1: "1/2", 1: "1/2"})
HALF = fp.MarchenkoPastur("1/2")
THREE = fp.Atomic({"1/2": "1/2", 2: "1/4", 3: "1/4"})
HOLE = fp.Atomic({0: "1/2", 3: "1/2"})

CHECKED: list[tuple[fp.Law, fp.Law]] = [
    (fp.PointMass(3), fp.PointMass("3.1")),
    (fp.Atomic({-1: "1/3", 0: "1/6", "5/2": "1/2"}), fp.Atomic({-1: "1/3", 0: "1/4", 2.5: "5/12"})),
    (fp.Semicircle(2, 1), fp.Semicircle(2, "1.1")),
    (fp.MarchenkoPastur("1/2"), fp.MarchenkoPastur("0.55")),
    (fp.MarchenkoPastur(3, 2), fp.MarchenkoPastur(3, "2.1")),
    (fp.boxplus(HALF, fp.Semicircle(1), SIGN), fp.boxplus(HALF, fp.Semicircle("1.1"), SIGN)),
    (fp.boxplus_power(SIGN, "5/2"), fp.boxplus_power(SIGN, "13/5")),
    (fp.boxplus_power(HALF, 5), fp.boxplus_power(HALF, "5.2")),
    (fp.Arcsine(-1, 3), fp.Arcsine(-1, "3.2")),
    (fp.KestenMcKay(5), fp.KestenMcKay("5.2")),
    (fp.Wachter("3/4", 2), fp.Wachter("3/4", "2.2")),
    (fp.FussCatalan(3), fp.boxtimes(fp.FussCatalan(2), fp.MarchenkoPastur("0.7"))),
    (fp.FreeMeixner(1, 0), fp.FreeMeixner("1.3", 0)),
    (fp.FreeMeixner(0, 0), fp.FreeMeixner("0.2", 0)),
    (fp.FreeMeixner("1/2", "-1/4"), fp.FreeMeixner("1/2", "-1/2")),
    (fp.FreeMeixner("1/2", -1), fp.FreeMeixner("0.6", -1)),
    (fp.FreePoisson("3/2", -2), fp.FreePoisson("3/2", "-2.1")),
    (fp.CompoundFreePoisson(2, SIGN), fp.CompoundFreePoisson("2.2", SIGN)),
    (fp.CompoundFreePoisson("1/3", HALF), fp.CompoundFreePoisson("0.4", HALF)),
    (fp.compress(SIGN, "2/3"), fp.compress(SIGN, "0.7")),
    (fp.compress(HALF, "1/5"), fp.compress(HALF, "1/4")),
    (fp.boxtimes(HALF, THREE, fp.PointMass(2)), fp.boxtimes(HALF, HALF, fp.PointMass(2))),
    (fp.boxtimes(HALF, fp.Semicircle(1)), fp.boxtimes(HALF, fp.Semicircle("1.1"))),
    (fp.boxtimes_power(HALF, 3), fp.boxtimes_power(fp.MarchenkoPastur("0.55"), 3)),
    (fp.sample_covariance(THREE, "1/4"), fp.sample_covariance(THREE, "0.3")),
    (fp.information_plus_noise(THREE, "1/2", 2), fp.information_plus_noise(THREE, "1/2", "2.1")),
    (fp.information_plus_noise(HOLE, 2, 1), fp.information_plus_noise(HOLE, 2, "1.1")),
    (HALF.dilate(-2), HALF.dilate("-2.1")),
    (HALF.shift(3), HALF.shift("3.1")),
    (HALF.inverse(), fp.MarchenkoPastur("0.47").inverse()),
    (fp.mobius(HALF, 1, 2, 1, 1), fp.mobius(HALF, 1, 2, 1, "1.1")),
    (fp.symmetrize(HALF), fp.symmetrize(fp.MarchenkoPastur("0.6"))),
    (fp.symmetrize(THREE).square(), fp.symmetrize(HALF).square()),
    (fp.mixture({HALF: "1/4", SIGN: "3/4"}), fp.mixture({HALF: "1/3", SIGN: "2/3"})),
    (
        fp.rectangular_boxplus(SIGN, fp.symmetrize(THREE), 0),
        fp.rectangular_boxplus(SIGN, fp.symmetrize(THREE), "1/4"),
    ),
    (fp.Uniform(0, 1), fp.Uniform(0, "1.1")),
    (fp.Cauchy(0, 1), fp.Cauchy(0, "1.2")),
    (fp.boxplus(fp.Cauchy(0, 1), HALF), fp.boxplus(fp.Cauchy(0, "1.2"), HALF)),
    (fp.Raney(3, 2), fp.Raney(3, "2.2")),
    (fp.FussCatalan("5/2"), fp.FussCatalan(3)),
    (fp.FreeMeixner(1, 2), fp.FreeMeixner(1, 3)),
    (fp.monotone(SIGN, HALF), fp.monotone(HALF, SIGN)),
    (fp.subtract(fp.Semicircle(3), fp.Semicircle(1)), fp.Semicircle("2.2")),
    (fp.boxtimes_power(HALF, "3/2"), fp.boxtimes_power(HALF, "8/5")),
]

# laws whose support is not decided: their matrices are compared with exact moments
MOMENTS: list[tuple[fp.Law, fp.Law]] = [
    (fp.Semicircle(1, 1).square(), fp.Semicircle(1, "1.1").square()),
    (
        fp.rectangular_boxplus(SIGN, fp.symmetrize(THREE), "1/2"),
        fp.rectangular_boxplus(SIGN, fp.symmetrize(THREE), 1),
    ),
]
