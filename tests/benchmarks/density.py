"""Speed of densities: building, large grids, digits, memory. Run by hand, alone on a machine.

``python -m tests.benchmarks.density``. Building is counted in CPU seconds from a law of which
nothing is known yet, edges and pieces together; the first law also pays for the modules it loads.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable

import numpy as np

import freeprob as fp
from freeprob.laws.numbers.spectrum_for_numbers import cuts_of
from freeprob.numeric.distributions.piecewise_density import on_grid, piecewise_density

THREE = fp.Atomic({-1: "1/2", 0: "1/3", 2: "1/6"})
LAWS = {
    "MP(1/2) + SC(1)": fp.boxplus(fp.MarchenkoPastur("1/2"), fp.Semicircle(1)),
    "T5": fp.boxplus(THREE, fp.Atomic({0: "1/3", 1: "1/3", 3: "1/3"})),
    "T10": fp.boxplus(
        fp.Atomic({-3: "1/3", -1: "1/3", 0: "1/6", 2: "1/6"}),
        fp.Atomic({0: "1/4", 1: "1/4", 3: "1/4", 7: "1/4"}),
    ),
    "ten Wisharts": fp.boxtimes(*[fp.MarchenkoPastur(1)] * 10),
}


def timed(function: Callable[[], object], repeats: int = 3) -> float:
    """Least CPU time in seconds."""
    times = []
    for _ in range(repeats):
        start = time.process_time()
        function()
        times.append(time.process_time() - start)
    return min(times)


def main() -> None:
    """Print the table."""
    print(
        f"{'law':18}{'edges s':>9}{'pieces s':>9}{'total s':>9}{'ns/sorted':>11}{'ns/random':>11}"
        f"{'error':>10}{'ms/grid':>9}{'50 digits ms':>14}{'1000 digits ms':>16}"
    )
    for name, law in LAWS.items():
        start = time.process_time()
        cuts = cuts_of(law)
        middle = time.process_time()
        piecewise_density(law.system, cuts)
        edges, build = middle - start, time.process_time() - middle
        pieces = piecewise_density(law.system, cuts)
        low, high = cuts[0].left.location[0], cuts[-1].right.location[0]
        x = np.linspace(low, high, 10**6 + 2)[1:-1]
        ordered = timed(lambda pieces=pieces, x=x: on_grid(pieces, x)) * 1e3
        mixed = np.random.default_rng(0).permutation(x)
        random = timed(lambda pieces=pieces, x=mixed: on_grid(pieces, x)) * 1e3
        few = mixed[:1000]
        error = np.max(np.abs(on_grid(pieces, few) - law.density(few)))
        small = np.linspace(low, high, 1001)
        grid = 1e3 * timed(lambda law=law, x=small: law.density(x))
        digits = [_digits(law, dps) for dps in (50, 1000)]
        print(
            f"{name:18}{edges:9.2f}{build:9.3f}{edges + build:9.2f}{ordered:11.0f}{random:11.0f}"
            f"{error:10.1e}{grid:9.0f}{digits[0]:14.2f}{digits[1]:16.2f}"
        )
    resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"largest resident memory: {resident:.0f} MB")


def _digits(law: fp.Law, dps: int) -> float:
    """Milliseconds for one value, after one next to it."""
    law.density("1.001", dps=dps)
    return 1e3 * timed(lambda: law.density("1", dps=dps), 5)


if __name__ == "__main__":
    main()
