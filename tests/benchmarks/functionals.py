"""Speed of readings after set-up, beside what is wanted of them. Run by hand, alone on a machine.

``python -m tests.benchmarks.functionals``: CPU seconds of one call, the time wanted, their ratio.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import sympy as sp

import freeprob as fp

x = sp.Symbol("x", positive=True)
LAW = fp.boxplus(fp.MarchenkoPastur("1/2"), fp.Semicircle(1))
COVARIANCE = fp.sample_covariance(fp.Atomic([1, 3]), "1/2")
Call = Callable[[float], object]
# each call with an argument of its own, so that no remembered answer is timed
MILLISECONDS: dict[str, tuple[float, Call]] = {
    "density at a point": (0.2, lambda a: LAW.density(a)),
    "cauchy at a point": (0.2, lambda a: LAW.cauchy(a + 1j)),
    "cdf at a point": (0.2, lambda a: LAW.cdf(a)),
    "log_potential": (5, lambda a: LAW.log_potential(5 + a)),
    "expect(log)": (5, lambda a: COVARIANCE.expect(sp.log(x + sp.Rational(str(a))), x)),
    "fluctuation of a callable": (50, lambda a: LAW.fluctuation(lambda v: np.cos(a * v))),
    "fluctuation of an expression": (
        50,
        lambda a: LAW.fluctuation(sp.cos(x * sp.Rational(str(a))), x),
    ),
    "fluctuation of log": (
        50,
        lambda a: COVARIANCE.fluctuation(sp.log(x + sp.Rational(str(a))), x),
    ),
    "fluctuation of a power": (
        50,
        lambda a: COVARIANCE.fluctuation(x**4 + sp.Rational(str(a)) * x, x),
    ),
    "F2 at 1000 points": (50, lambda a: fp.TracyWidom(2).cdf(np.linspace(-6, 2 + a, 1000))),
    "F1 at a point": (3, lambda a: fp.TracyWidom(1).cdf(-a)),
}


def seconds(call: Call, repeats: int = 20) -> float:
    """Median CPU time of a call."""
    call(1.0)
    times = []
    for k in range(repeats):
        start = time.process_time()
        call(round(1.01 + k / 100, 2))
        times.append(time.process_time() - start)
    return float(np.median(times))


if __name__ == "__main__":
    for name, (wanted, call) in MILLISECONDS.items():
        found = 1e3 * seconds(call)
        print(f"{name:<34} {found:8.3f} ms of {wanted:5.1f} wanted: {found / wanted:6.2f}")
