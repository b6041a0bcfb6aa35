"""Speed of exact moments: ``python tests/benchmarks/moments.py``.

Each row is timed in CPU seconds, in a fresh state of the package's caches, laws built inside the
timed part. With ``rmtool`` installed the same moments are asked of it where it can give them.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from importlib.util import find_spec

import sympy as sp

import freeprob as fp
from freeprob.exact.moments import expansion, places
from freeprob.exact.systems import system
from freeprob.laws import base
from freeprob.laws.description import described

c = sp.Symbol("c", positive=True)
HALF = sp.Rational(1, 2)


def product_of_wisharts() -> list[sp.Expr]:
    factors = (fp.MarchenkoPastur(sp.Rational(1, k)) for k in range(2, 6))
    return fp.boxtimes(*factors).moments(20)


def equal_wisharts() -> list[sp.Expr]:
    return fp.boxtimes(*[fp.MarchenkoPastur(HALF)] * 4).moments(20)


def symbolic_sum() -> list[sp.Expr]:
    return fp.boxplus(fp.MarchenkoPastur(c), fp.Semicircle(1)).moments(20)


def symbolic_product() -> list[sp.Expr]:
    ratios = sp.symbols("r1:4", positive=True)
    return fp.boxtimes(*(fp.MarchenkoPastur(r) for r in ratios)).moments(10)


def quartic(n: int) -> Callable[[], list[sp.Expr]]:
    def run() -> list[sp.Expr]:
        atoms = fp.Atomic({-1: HALF, 0: sp.Rational(1, 3), 2: sp.Rational(1, 6)})
        return fp.boxplus(atoms, fp.MarchenkoPastur(HALF)).moments(n)

    return run


ROWS: list[tuple[str, Callable[[], list[sp.Expr]], float]] = [
    ("20 moments, product of four Wisharts", product_of_wisharts, 0.010),
    ("20 moments, fourth power of a Wishart", equal_wisharts, 0.010),
    ("20 moments, MP(c) ⊞ SC(1), symbolic c", symbolic_sum, 0.5),
    ("10 moments, three symbolic Wisharts", symbolic_product, float("nan")),
    ("128 moments, three atoms ⊞ MP(1/2)", quartic(128), float("nan")),
    ("1024 moments, three atoms ⊞ MP(1/2)", quartic(1024), 1.0),
]


def rmtool_rows() -> dict[str, Callable[[], object]]:
    """The same moments by rmtool, for the rows it can do in reasonable time."""
    if find_spec("rmtool") is None:
        return {}
    import rmtool

    def product() -> object:
        law = rmtool.wishartpol(sp.Rational(1, 2))
        for k in (3, 4, 5):
            law = rmtool.AtimesWish(law, sp.Rational(1, k))
        return rmtool.Lmz2MomS(law, 20)

    return {ROWS[0][0]: product}


def clear() -> None:
    """Forget what earlier rows computed."""
    for cached in (
        expansion.moment_series,
        expansion.moment_field,
        places.uniformised_leaf,
        places.point_over,
        system.flatten,
        described._cached_system,
        base._half_line,
    ):
        cached.cache_clear()


def best(run: Callable[[], object], repeats: int) -> float:
    times = []
    for _ in range(repeats):
        clear()
        start = time.process_time()
        run()
        times.append(time.process_time() - start)
    return min(times)


def main() -> None:
    """Print the table."""
    theirs = rmtool_rows()
    print(f"{'case':45} {'seconds':>9} {'target':>8} {'rmtool':>9} {'ratio':>7}")
    for name, run, target in ROWS:
        seconds = best(run, 3)
        other = best(theirs[name], 1) if name in theirs else float("nan")
        print(f"{name:45} {seconds:9.4f} {target:8.3f} {other:9.2f} {other / seconds:7.0f}")


if __name__ == "__main__":
    main()
