"""Polynomial equations side by side with rmtool: ``python -m tests.benchmarks.elimination``.

Every case runs in a process of its own, after one small sum and product have warmed the imports and
caches of the package at hand. A short case runs three times there, the best counts; before each
run freeprob forgets its results, so that nothing but SymPy's own cache helps either side. Times are
CPU seconds. Both polynomials are compared (rmtool's m is -G). rmtool is looked for in this
interpreter, or in the one named by ``--rmtool-python``; without it only our times are printed.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys

import sympy as sp

LIMIT = 90.0
SHORT = 2.0

COMMON = """
import json, sys, time
import sympy as sp
c, G, z = sp.symbols("c G z")
a1, a2, a3, a4, a5, a6 = sp.symbols("a1:7")
h = sp.Rational
ATOMS = [
    {-1: h(1, 2), 0: h(1, 3), 2: h(1, 6)},
    {0: h(1, 3), 1: h(1, 3), 3: h(1, 3)},
    {-2: h(1, 4), 1: h(1, 4), 5: h(1, 2)},
    {-3: h(1, 5), 1: h(2, 5), 4: h(2, 5)},
]
"""

OURS = (
    COMMON
    + """
import freeprob as fp
from freeprob.exact.equations.elimination import _polynomial
from freeprob.exact.moments.expansion import moment_series
from freeprob.exact.systems.system import flatten
from freeprob.laws.description.described import _cached_system
MP, SC, plus, times = fp.MarchenkoPastur, fp.Semicircle, fp.boxplus, fp.boxtimes
power = fp.boxplus_power
atoms = lambda k: [fp.Atomic(weights) for weights in ATOMS[:k]]
def iterated(n):
    law = SC(1)
    for _ in range(n):
        law = plus(law.square(), SC(1))
    return law
plus(SC(1), MP(3)).polynomial(G, z); times(MP(3), MP(4)).polynomial(G, z)
def forget():
    for cached in (_cached_system, flatten, moment_series, _polynomial):
        cached.cache_clear()
def task():
    return ({case}).polynomial(G, z)
"""
)

THEIRS = (
    COMMON
    + """
import rmtool as rm
from rmtool import symbols as names
m = names.m
mz = names.z
wig, wish, SC1 = rm.wignerpol, rm.wishartpol, rm.wignerpol()
def plus(*laws):
    total = laws[0]
    for law in laws[1:]:
        total = rm.AplusB(total, law)
    return total
def times(*laws):
    total = laws[0]
    for law in laws[1:]:
        total = rm.AtimesB(total, law)
    return total
def power(law, t):
    relation = rm.Lmz2Lrg(law)
    return rm.Lrg2Lmz(relation.subs(names.r, names.r / t))
def atoms(k):
    return [rm.atomLmz(list(weights), list(weights.values())) for weights in ATOMS[:k]]
def iterated(n):
    law = wig()
    for _ in range(n):
        law = rm.AplusB(rm.squareA(law), wig())
    return law
MP, SC = wish, lambda variance: wig()
plus(wig(), wish(h(3))); times(wish(h(3)), wish(h(4)))
def forget():
    pass
def task():
    return {case}
"""
)

CASES = {
    "MP(1/2) + SC": "plus(MP(h(1, 2)), SC(1))",
    "MP(c) + SC": "plus(MP(c), SC(1))",
    "product of 2 MP(1/2)": "times(*[MP(h(1, 2))] * 2)",
    "product of 3 MP(1/2)": "times(*[MP(h(1, 2))] * 3)",
    "product of 4 MP(1/2)": "times(*[MP(h(1, 2))] * 4)",
    "product of 5 MP(1/2)": "times(*[MP(h(1, 2))] * 5)",
    "product of 6 MP(1/2)": "times(*[MP(h(1, 2))] * 6)",
    "product of 8 MP(1/2)": "times(*[MP(h(1, 2))] * 8)",
    "product of 4 MP(c)": "times(*[MP(c)] * 4)",
    "product of 3 ratios": "times(*[MP(h(1, k)) for k in (2, 3, 4)])",
    "product of 5 ratios": "times(*[MP(h(1, k)) for k in (2, 3, 4, 5, 6)])",
    "product of 6 symbols": "times(*[MP(a) for a in (a1, a2, a3, a4, a5, a6)])",
    "MP(1/2)^(5/2)": "power(MP(h(1, 2)), h(5, 2))",
    "MP(1/2)^(sqrt 2)": "power(MP(h(1, 2)), sp.sqrt(2))",
    "MP + 1 three-atom law": "plus(MP(h(1, 2)), *atoms(1))",
    "MP + 2 three-atom laws": "plus(MP(h(1, 2)), *atoms(2))",
    "MP + 3 three-atom laws": "plus(MP(h(1, 2)), *atoms(3))",
    "MP + 4 three-atom laws": "plus(MP(h(1, 2)), *atoms(4))",
    "(L^2 + SC), once": "iterated(1)",
    "(L^2 + SC), twice": "iterated(2)",
    "(L^2 + SC), three times": "iterated(3)",
}

REPORT = (
    f"""
SHORT = {SHORT}"""
    + """
taken = SHORT
for run in range(3):
    forget()
    start = time.process_time()
    result = task()
    last = time.process_time() - start
    taken = min(taken, last) if run else last
    if last > SHORT:
        break
if isinstance(result, sp.Poly):
    polynomial = result
else:
    polynomial = sp.Poly(sp.expand(result).subs({m: -G, mz: z}), G, z)
terms = [[int(i), int(j), str(value)] for (i, j), value in polynomial.terms()]
print(json.dumps({"taken": taken, "terms": terms}))
"""
)


def run(python: str, script: str, case: str) -> dict | None:
    """Seconds and terms of one case in a fresh process; ``None`` past the limit."""
    code = script.replace("{case}", case)
    command = [python, "-c", code + REPORT]
    try:
        found = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT, check=False)
    except subprocess.TimeoutExpired:
        return None
    if found.returncode:
        print(found.stderr, file=sys.stderr)
        return None
    return json.loads(found.stdout)


def same(ours: dict, theirs: dict) -> str:
    """Whether the two polynomials agree up to a constant factor."""
    if len(ours["terms"]) > 2000 or len(theirs["terms"]) > 2000:
        return "not compared"
    one, other = (
        {(i, j): sp.Rational(v) if _number(v) else sp.S(v) for i, j, v in found["terms"]}
        for found in (ours, theirs)
    )
    if one.keys() != other.keys():
        return "DIFFERENT"
    key = max(one)
    ratio = one[key] / other[key]
    agree = all(sp.expand(one[place] - ratio * other[place]) == 0 for place in one)
    return "same" if agree else "DIFFERENT"


def _number(text: str) -> bool:
    return text.lstrip("-").replace("/", "").isdigit()


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rmtool-python", default=sys.executable)
    python = parser.parse_args().rmtool_python
    probe = subprocess.run([python, "-c", "import rmtool"], capture_output=True, check=False)
    available = probe.returncode == 0
    print(f"{'case':<26} {'degrees':>10} {'freeprob':>11} {'rmtool':>11} {'ratio':>9}  polynomials")
    ratios = []
    for name, case in CASES.items():
        ours = run(sys.executable, OURS, case)
        if ours is None:
            print(f"{name:<26} did not finish")
            continue
        sizes = tuple(max(term[k] for term in ours["terms"]) for k in (0, 1))
        line = f"{name:<26} {sizes!s:>10} {1e3 * ours['taken']:>8.1f} ms"
        theirs = run(python, THEIRS, case) if available else None
        if theirs:
            ratios.append(theirs["taken"] / ours["taken"])
            line += f" {1e3 * theirs['taken']:>8.0f} ms {ratios[-1]:>8.0f}x  {same(ours, theirs)}"
        elif available:
            line += f" {'> ' + str(int(LIMIT)) + ' s':>11} {LIMIT / ours['taken']:>7.0f}x+"
        print(line, flush=True)
    if ratios:
        mean = math.exp(sum(map(math.log, ratios)) / len(ratios))
        print(f"geometric mean over the {len(ratios)} cases that both finish: {mean:.0f}x")


if __name__ == "__main__":
    main()
