"""Matrix expressions: equations from the matrix, densities from its pencil, edges included.

``python -m tests.benchmarks.expressions``; CPU seconds, each law fresh.
"""

from __future__ import annotations

import time

import numpy as np
import sympy as sp

import freeprob as fp

N = sp.Symbol("N", positive=True)
G, z = sp.symbols("G z")
ETA, ZETA, PHI, PSI = sp.symbols("eta zeta phi psi", positive=True)


def cases() -> dict[str, tuple[sp.MatrixExpr, dict[sp.Symbol, object], float]]:
    """Name, matrix, values for the numbers, wanted seconds for the equation."""
    x, y, s = (fp.GOE(name, N) for name in "xys")
    n0 = PHI * N
    W, D = fp.Ginibre("W", n0 / PSI, n0, 1 / n0), fp.Ginibre("D", n0, N)
    Y = sp.sqrt(ZETA) * W * D + sp.sqrt(ETA - ZETA) * fp.Ginibre("Z", n0 / PSI, N)
    layer = dict(zip((ETA, ZETA, PHI, PSI), ("1", "2/3", "1/3", "1/2"), strict=True))
    A = fp.Deterministic("A", fp.Atomic({-1: "1/2", 2: "1/2"}), N)
    return {
        "xyx + y": (x * y * x + y, {}, 2),
        "layer, symbolic": (Y * Y.T / N, layer, 2),
        "xys + syx": (x * y * s + s * y * x, {}, 5),
        "xyxs + sxyx": (x * y * x * s + s * x * y * x, {}, 5),
        "Ax + xA + x²": (A * x + x * A + x**2, {}, 5),
    }


def systems() -> dict[str, sp.MatrixExpr]:
    """Matrices whose coupled systems are not eliminated for their numbers."""
    x = fp.GOE("x", N)
    T = fp.Deterministic("T", fp.Atomic({-1: "1/2", 0: "1/4", 2: "1/4"}), N)
    chains = []
    for size, diagonal in ((10, True), (9, False)):
        blocks = [[sp.ZeroMatrix(N, N)] * size for _ in range(size)]
        for i in range(size):
            if diagonal:
                blocks[i][i] = fp.GOE(f"h{i}", N, "1/2")
            if i:
                Y = fp.Ginibre(f"Y{i}", N, N, sp.Rational(i, 10) / N)
                blocks[i][i - 1], blocks[i - 1][i] = Y, Y.T
        chains.append(sp.BlockMatrix(blocks))
    return {
        "Tx + xT + x²": x * T + T * x + x**2,
        "ten blocks": chains[0],
        "chain of nine": chains[1],
    }


def main() -> None:
    """Print both tables."""
    head = f"{'matrix':20}{'pencil':>8}{'degree':>8}{'equation s':>12}{'wanted':>8}"
    print(head + f"{'edges s':>9}{'ms/point':>10}")
    for name, (matrix, values, wanted) in cases().items():
        start = time.process_time()
        law = fp.law(matrix)
        degree = law.polynomial(G, z).degree(G)
        equation = time.process_time() - start
        numbers = law.subs(values)
        start = time.process_time()
        cuts = numbers.support(dps=15)
        edges = time.process_time() - start
        points = np.linspace(float(cuts[0][0]), float(cuts[-1][1]), 1002)[1:-1]
        start = time.process_time()
        numbers.density(points)
        each = time.process_time() - start
        print(
            f"{name:20}{law.pencil().size:>8}{degree:>8}{equation:>12.2f}{wanted:>8}{edges:>9.2f}"
            f"{each:>10.3f}"
        )
    print(f"{'matrix':20}{'unknowns':>10}{'atoms s':>9}{'edges s':>9}{'ms/point':>10}")
    for name, matrix in systems().items():
        law = fp.law(matrix)
        count = len(law.system.unknowns)
        start = time.process_time()
        law.atoms()
        atoms = time.process_time() - start
        start = time.process_time()
        edges = law.edges(dps=15)
        found = time.process_time() - start
        points = np.linspace(float(edges[0].location), float(edges[-1].location), 1000)
        start = time.process_time()
        law.density(points)
        each = time.process_time() - start
        print(f"{name:20}{count:>10}{atoms:>9.2f}{found:>9.2f}{each:>10.3f}")
    print("free-matrix-laws 0.0.1 needs 15 to 23 ms per point, its linearisations typed by hand")


if __name__ == "__main__":
    main()
