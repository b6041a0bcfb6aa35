"""Cost against size: atoms of data, points of a grid, depth of a network, degree of a curve.

``python -m tests.benchmarks.sizes [--plot sizes.png]``, alone on a machine. Each curve ends with
the power of the size that its second half follows: 1 is linear.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator

import numpy as np
import sympy as sp

import freeprob as fp
from freeprob import nets

Point = tuple[int, float]
Curve = Iterator[Point]


def seconds(task: Callable[[], object]) -> float:
    """CPU time of one run."""
    start = time.process_time()
    task()
    return time.process_time() - start


def atoms() -> Curve:
    """Law of k population values i^(-3/2), its support and 1,000 densities, edges among them."""

    def task(count: int) -> None:
        law = fp.sample_covariance(np.arange(1, count + 1) ** -1.5, "1/2")
        cuts = law.support(dps=15)
        law.density(np.linspace(float(cuts[0][0]), float(cuts[-1][1]), 1000))

    task(50)  # loads what all of them need
    for count in (100, 300, 1000, 3000, 10_000):
        yield count, seconds(lambda count=count: task(count))


def distribution_functions() -> Curve:
    """100 values of the distribution function of such a law, whose cuts grow in number."""
    for count in (100, 300, 1000, 3000, 10_000):
        law = fp.sample_covariance(np.arange(1, count + 1) ** -1.5, "1/2")
        law.cdf(0.1)
        yield count, seconds(lambda law=law: law.cdf(np.geomspace(1e-6, 1, 100)))


def distribution_digits() -> Curve:
    """Twenty digits of three such values, in a cut and in gaps."""
    fp.sample_covariance(np.arange(1, 51) ** -1.5, "1/2").cdf("0.1", dps=20)
    for count in (100, 300, 1000, 3000, 10_000):
        law = fp.sample_covariance(np.arange(1, count + 1) ** -1.5, "1/2")
        yield count, seconds(lambda law=law: law.cdf(["0.001", "0.1", "0.3"], dps=20))


def narrow_cuts() -> Curve:
    """1,000 densities round the ten largest cuts of such a law, edges among them."""
    for count in (1000, 3000, 10_000):
        law = fp.sample_covariance(np.arange(1, count + 1) ** -1.5, "1/2")
        cuts = np.array(law.support(dps=15)[-10:], dtype=float)
        x = np.concatenate([np.linspace(*cut, 100) for cut in cuts])
        yield count, seconds(lambda law=law, x=x: law.density(x))


def laws() -> Curve:
    """So many different laws of three atoms, one density each."""
    rng = np.random.default_rng(0)

    def task(count: int) -> None:
        for places in rng.integers(1, 10**4, (count, 3)).cumsum(axis=1):
            atoms = {sp.Rational(int(place), 1000): sp.Rational(1, 3) for place in places}
            fp.sample_covariance(fp.Atomic(atoms), "1/2").density(5.0)

    task(1)
    for count in (8, 16, 32, 64):
        yield count, seconds(lambda count=count: task(count))


def points() -> Curve:
    """Densities of 1,000 atoms on grids."""
    law = fp.sample_covariance(np.arange(1, 1001) / 1000, "1/2")
    law.density(np.linspace(0.1, 1, 10))
    for count in (100, 300, 1000, 1400):
        x = np.linspace(0.01, 1.8, count)
        yield count, seconds(lambda x=x: law.density(x))


def depth() -> Curve:
    """Laws of relu Jacobians with orthogonal weights and their densities on 2,000 points."""
    for layers in (2, 5, 10, 20, 50, 100):
        law = nets.jacobian_law(nets.relu, layers, "orthogonal", weight_variance=2)
        yield layers, seconds(lambda law=law: law.density(np.geomspace(0.01, 8, 2000)))


def curved_depth() -> Curve:
    """The same for tanh and Gaussian weights, whose factors are integrals."""
    nets.jacobian_law(nets.tanh, 1, "iid").density(0.3)
    for layers in (1, 2, 4, 10):
        law = nets.jacobian_law(nets.tanh, layers, "iid")
        x = float(law.moments(1)[0]) * np.linspace(0.02, 12 + 2 * layers, 2000)
        yield layers, seconds(lambda law=law, x=x: law.density(x))


def degree() -> Curve:
    """Edges and 1,000 densities of two laws of so many atoms, freely added."""
    for count in (2, 3, 4, 5):
        places = {sp.Integer(i * i): sp.Rational(1, count) for i in range(count)}
        other = {sp.Rational(i, 3): sp.Rational(1, count) for i in range(count)}
        law = fp.boxplus(fp.Atomic(places), fp.Atomic(other))
        x = np.linspace(-1, count**2, 1000)
        yield count, seconds(lambda law=law, x=x: (law.support(dps=10), law.density(x)))


CURVES = {
    "atoms": atoms,
    "cdf, atoms": distribution_functions,
    "cdf, digits": distribution_digits,
    "narrow cuts": narrow_cuts,
    "laws": laws,
    "points": points,
    "depth": depth,
    "depth, tanh": curved_depth,
    "degree": degree,
}


def power(curve: list[Point]) -> float:
    """The slope of the second half in logarithms."""
    sizes, times = np.log(np.array(curve[-3:])).T
    return float(np.polyfit(sizes, times, 1)[0])


def main() -> None:
    """Print the curves, and draw them if asked to."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--plot", metavar="FILE")
    parser.add_argument("curves", nargs="*", choices=[*CURVES, []])
    options = parser.parse_args()
    found: dict[str, list[Point]] = {}
    for name in options.curves or CURVES:
        found[name] = list(CURVES[name]())
        shown = "  ".join(f"{size}: {spent:.3f} s" for size, spent in found[name])
        print(f"{name:12} {shown}   power {power(found[name]):.2f}", flush=True)
    if options.plot:
        from matplotlib.figure import Figure

        figure = Figure()
        axes = figure.subplots()
        for name, curve in found.items():
            axes.loglog(*zip(*curve, strict=True), marker="o", label=name)
        axes.set_xlabel("size")
        axes.set_ylabel("CPU seconds")
        axes.legend()
        figure.savefig(options.plot)


if __name__ == "__main__":
    main()
