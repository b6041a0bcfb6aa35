"""Cost of the samplers over bare NumPy: ``python tests/benchmarks/sampling.py``.

Each row draws the same matrix twice, once by a law and once with the shortest NumPy code, and
takes the eigenvalues; the ratio of the median times is the overhead of the package.
"""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from time import perf_counter

import numpy as np

import freeprob as fp

SIGN = fp.Atomic({-1: "1/2", 1: "1/2"})
ATOMS = fp.Atomic({1: "1/2", 3: "1/4", 10: "1/4"})


def bare_goe(n: int, rng: np.random.Generator) -> np.ndarray:
    g = rng.standard_normal((n, n))
    return (g + g.T) / np.sqrt(2 * n)


def bare_wishart(n: int, rng: np.random.Generator) -> np.ndarray:
    x = rng.standard_normal((n, 2 * n))
    return x @ x.T / (2 * n)


def bare_haar(n: int, rng: np.random.Generator) -> np.ndarray:
    q, r = np.linalg.qr(rng.standard_normal((n, n)))
    return q * np.sign(np.diagonal(r))


def bare_sum(n: int, rng: np.random.Generator) -> np.ndarray:
    signs = np.where(np.arange(n) < n // 2, -1.0, 1.0)
    u = bare_haar(n, rng)
    return np.diag(signs) + (u * signs) @ u.T


def bare_product(n: int, rng: np.random.Generator) -> np.ndarray:
    atoms = np.repeat([1.0, 3.0, 10.0], [n // 2, n // 4, n // 4])
    y = np.sqrt(atoms)[:, None] * rng.standard_normal((n, 2 * n)) / np.sqrt(2 * n)
    return y @ y.T


def bare_corner(n: int, rng: np.random.Generator) -> np.ndarray:
    q, r = np.linalg.qr(rng.standard_normal((2 * n, n)))
    q *= np.sign(np.diagonal(r))
    signs = np.where(np.arange(2 * n) < n, -1.0, 1.0)
    return (q.T * signs) @ q


ROWS: list[tuple[str, fp.Law, Callable[[int, np.random.Generator], np.ndarray]]] = [
    ("semicircle: GOE", fp.Semicircle(1), bare_goe),
    ("Marchenko-Pastur: Wishart", fp.MarchenkoPastur("1/2"), bare_wishart),
    ("free sum of two signs", fp.boxplus(SIGN, SIGN), bare_sum),
    ("sample covariance, three atoms", fp.sample_covariance(ATOMS, "1/2"), bare_product),
    ("compression of signs: corner", fp.compress(SIGN, "1/2"), bare_corner),
]


def pair(
    law: fp.Law, bare: Callable[[int, np.random.Generator], np.ndarray], n: int, seed: int
) -> tuple[float, float]:
    """Seconds of one draw by the package and of one by hand, back to back."""
    start = perf_counter()
    law.sample(n, rng=seed)
    middle = perf_counter()
    np.linalg.eigvalsh(bare(n, np.random.default_rng(seed)))
    return middle - start, perf_counter() - middle


def main(n: int = 1000, repeats: int = 9) -> None:
    """Print the table; the two versions alternate, so that a busy machine hits both alike."""
    print(f"{'n = ' + str(n):<32} {'freeprob':>10} {'bare':>10} {'ratio':>6}")
    for name, law, bare in ROWS:
        pairs = [pair(law, bare, n, seed) for seed in range(repeats)]
        ours, theirs = (median(column) for column in zip(*pairs, strict=True))
        ratio = median(first / second for first, second in pairs)
        print(f"{name:<32} {ours:>9.3f}s {theirs:>9.3f}s {ratio:>6.2f}")


if __name__ == "__main__":
    main()
