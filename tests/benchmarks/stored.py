"""A short table of speeds, kept with each release and compared with the next.

``python -m tests.benchmarks.stored`` prints the table beside the newest stored one;
``--write 0.1.0`` stores it. Times are CPU seconds, the least of several runs, over those of a
fixed piece of work (Python, NumPy, FLINT) on the same machine at the same time, so that tables of
different machines can be held against each other to some tenths.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import sympy as sp
from flint import fmpz_poly

import freeprob as fp
from freeprob import nets

RESULTS = Path(__file__).resolve().parent / "results"
TOLERATED = 1.1
"""Ratio of times beyond which a line is marked."""

Task = Callable[[], Callable[[], Any]]
"""Prepares, and returns what is timed."""

G, z = sp.symbols("G z")
c, t = sp.symbols("c t", positive=True)
POINTS = np.linspace(0.01, 4, 10_000)


def _fresh(number: int) -> fp.Law:
    """A law of which nothing is known yet."""
    return fp.boxplus(fp.MarchenkoPastur(sp.Rational(number, 101)), fp.Semicircle("1/5"))


def _numbers() -> Callable[[], fp.Law]:
    left = iter(range(30, 100))
    return lambda: _fresh(next(left))


def _support() -> Callable[[], Any]:
    law = _numbers()
    return lambda: law().support()


def _digits() -> Callable[[], Any]:
    law = _fresh(20)
    law.density("1/2", dps=30)
    places = iter(sp.Rational(k, 97) for k in range(30, 90))
    return lambda: law.density(next(places), dps=50)


def _scalar() -> Callable[[], Any]:
    law = _fresh(21)
    law.density(1.0)
    return lambda: [law.density(0.5 + k / 1000) for k in range(200)]


def _grid() -> Callable[[], Any]:
    law = _fresh(22)
    law.density(POINTS)
    return lambda: law.density(POINTS)


def _moments() -> Callable[[], Any]:
    laws = iter(fp.boxplus(fp.MarchenkoPastur(c), fp.Semicircle(k * t)) for k in range(2, 40))
    return lambda: next(laws).moments(12)


def _equation() -> Callable[[], Any]:
    laws = iter(fp.boxtimes(fp.MarchenkoPastur(c), fp.FreePoisson(k, t)) for k in range(2, 40))
    return lambda: next(laws).equation(G, z)


def _kernel() -> Callable[[], Any]:
    kernel = nets.tanh.dual_function()
    q = np.linspace(0.5, 2, 300)
    kernel(q, q / 3, q)
    return lambda: kernel(q, q / 3, q)


def _jacobian(left: Iterator[int]) -> fp.Law:
    """Ten layers of tanh of which nothing is known yet."""
    return nets.jacobian_law(nets.tanh, 10, "iid", q=sp.Rational(next(left), 30))


def _layers() -> Callable[[], Any]:
    left, x = iter(range(20, 60)), np.linspace(0.01, 3, 2000)
    return lambda: _jacobian(left).density(x)


def _layers_support() -> Callable[[], Any]:
    left = iter(range(60, 99))
    return lambda: _jacobian(left).support(dps=15)


def _data(left: Iterator[int]) -> fp.Law:
    """A law of a thousand data of which nothing is known yet."""
    values = np.random.default_rng(next(left)).uniform(0.5, 3, 1000)
    return fp.sample_covariance(values, "1/2")


def _data_support() -> Callable[[], Any]:
    left = iter(range(40))
    return lambda: _data(left).support(dps=15)


def _data_quantiles() -> Callable[[], Any]:
    left = iter(range(40, 80))
    return lambda: _data(left).quantile([0.05, 0.5, 0.95])


def _small_laws() -> Callable[[], Any]:
    left = iter(range(1, 60))

    def work() -> None:
        for _ in range(8):
            atoms = fp.Atomic({sp.Rational(next(left), 60): "1/4", 2: "1/4", 3: "1/2"})
            fp.boxtimes(atoms, fp.MarchenkoPastur("3/10")).density(1.0)

    return work


TASKS: dict[str, Task] = {
    "equation of a product, symbolic": _equation,
    "twelve moments, symbolic": _moments,
    "support of a new law": _support,
    "200 densities, one by one": _scalar,
    "10,000 densities": _grid,
    "a density to 50 digits": _digits,
    "300 kernels of tanh": _kernel,
    "2,000 densities of ten tanh layers": _layers,
    "support of ten tanh layers": _layers_support,
    "support of 1,000 data": _data_support,
    "three quantiles of 1,000 data": _data_quantiles,
    "eight laws of three atoms": _small_laws,
}


def least(work: Callable[[], Any], runs: int = 5) -> float:
    """CPU seconds of the fastest run."""
    found = []
    for _ in range(runs):
        start = time.process_time()
        work()
        found.append(time.process_time() - start)
    return min(found)


def yardstick() -> float:
    """A fixed piece of work of the kinds that the package does."""
    matrix = np.random.default_rng(0).standard_normal((150, 150))
    polynomial = fmpz_poly(list(range(1, 200)))

    def work() -> None:
        total = 0
        for k in range(100_000):
            total += k * k % 7
        np.linalg.eigvalsh(matrix @ matrix.T)
        _ = polynomial**12

    return least(work, 9)


def measured() -> dict[str, float]:
    """Times over that of the yardstick."""
    unit = yardstick()
    return {name: round(least(task()) / unit, 4) for name, task in TASKS.items()}


def compared(now: dict[str, float], before: dict[str, float]) -> list[str]:
    """One line for each task; those that are slower than tolerated are marked."""
    lines = []
    for name, value in now.items():
        old = before.get(name)
        ratio = "" if old is None else f"{value / old:7.2f}"
        mark = "  <-- slower" if old is not None and value > TOLERATED * old else ""
        lines.append(f"{name:34} {value:10.3f} {ratio}{mark}")
    return lines


def main(arguments: list[str]) -> None:
    """Print, and store if asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", metavar="VERSION", help="store the table under this name")
    options = parser.parse_args(arguments)
    now = measured()
    stored = sorted(RESULTS.glob("*.json"))
    before = json.loads(stored[-1].read_text("utf-8")) if stored else {}
    print(f"{'':34} {'this':>10} {'/ ' + stored[-1].stem if stored else ''}")
    print("\n".join(compared(now, before)))
    if options.write:
        path = RESULTS / f"{options.write}.json"
        path.write_text(json.dumps(now, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
