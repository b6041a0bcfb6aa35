"""Import time beside SymPy's, and the memory of a density on a million points."""

from __future__ import annotations

import statistics
import subprocess
import sys

DENSITY = """
import resource
import numpy as np
import freeprob as fp
law = fp.boxplus(fp.MarchenkoPastur("1/2"), fp.Semicircle("1/5"))
density = law.density(np.linspace(-1, 4, 1_000_000))
assert abs(density.sum() * 5e-6 - 1) < 1e-3
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def seconds(code: str, runs: int = 7) -> float:
    """Median wall time that a statement takes inside a fresh interpreter."""
    script = f"from time import perf_counter as t\na = t()\n{code}\nprint(t() - a)"
    return statistics.median(float(output(script)) for _ in range(runs))


def output(script: str) -> str:
    """What a script prints in a fresh interpreter."""
    command = [sys.executable, "-c", script]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def main() -> None:
    """Print the table."""
    sympy = seconds("import sympy")
    law = "import freeprob as fp; fp.boxplus(fp.MarchenkoPastur(2), fp.Semicircle(1))"
    print(f"{'what':<44} {'measured':>12}   wanted")
    print(f"{'import sympy':<44} {sympy:>10.3f} s")
    for name, code in {"import freeprob": "import freeprob", "import and a first law": law}.items():
        taken = seconds(code)
        print(f"{name:<44} {taken:>10.3f} s   {taken / sympy:.2f} of SymPy's, wanted <= 1.3")
    megabytes = float(output(DENSITY))
    print(f"{'peak memory, density on 10^6 points':<44} {megabytes:>9.0f} MB   < 300 MB")


if __name__ == "__main__":
    main()
