"""Kernel matrices of depth-3 networks: ``python -m tests.benchmarks.kernels``.

Beside the formulas written by hand in NumPy, which share between the two kernels what a careful
author would share, and beside neural-tangents (compiled, in float64), looked for in this
interpreter or in the one named by ``--neural-tangents-python``. Times are CPU seconds, the best of
several runs after a first one. Errors are relative to the diagonal: against the hand-written
formula, and for tanh against 15 digits of single entries.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time

import numpy as np

from freeprob import nets

WEIGHT, BIAS, DEPTH = 1.6, 0.1, 3
DATA = "np.random.default_rng(0).standard_normal(({samples}, 64))"

THEIRS = """
import json, sys, time
import jax, numpy as np
jax.config.update("jax_enable_x64", True)
from neural_tangents import stax
X = {data}
layer = dict(
    relu=stax.Relu, erf=stax.Erf, tanh=lambda: stax.ElementwiseNumerical(jax.numpy.tanh, deg=25)
)[{name!r}]
dense = lambda: stax.Dense(1, W_std={weight} ** 0.5, b_std={bias} ** 0.5)
layers = [part for _ in range({depth}) for part in (dense(), layer())]
function = jax.jit(stax.serial(*layers, dense())[2], static_argnums=(1, 2))
call = lambda: np.asarray(function(X, None, {kind!r}))
matrix, times = call(), []
for _ in range({runs}):
    start = time.process_time()
    call()
    times.append(time.process_time() - start)
print(json.dumps(dict(seconds=min(times), row=matrix[0].tolist())))
"""


def relu_by_hand(kernel, q1, q2, tangent):
    """Arc-cosine kernels, layer after layer."""
    theta = kernel
    for _ in range(DEPTH):
        root = np.sqrt(np.maximum(q1 * q2 - kernel * kernel, 0))
        angle = np.pi - np.arctan2(root, kernel)
        after = WEIGHT / (2 * np.pi) * (root + angle * kernel) + BIAS
        if tangent:
            theta = after + WEIGHT / (2 * np.pi) * angle * theta
        kernel = after
        q1, q2 = WEIGHT * q1 / 2 + BIAS, WEIGHT * q2 / 2 + BIAS
    return theta if tangent else kernel


def erf_by_hand(kernel, q1, q2, tangent):
    """Arcsine kernels, layer after layer."""
    theta = kernel
    for _ in range(DEPTH):
        gap = (1 + 2 * q1) * (1 + 2 * q2) - 4 * kernel * kernel
        root = np.sqrt(np.maximum(gap, 0))
        after = 2 * WEIGHT / np.pi * np.arctan2(2 * kernel, root) + BIAS
        if tangent:
            theta = after + 4 * WEIGHT / np.pi / root * theta
        kernel = after
        q1, q2 = (2 * WEIGHT / np.pi * np.arcsin(2 * q / (1 + 2 * q)) + BIAS for q in (q1, q2))
    return theta if tangent else kernel


def by_hand(function, X, tangent):
    """The whole matrix, first layer included."""
    kernel = WEIGHT * (X @ X.T) / X.shape[1] + BIAS
    q = np.diag(kernel)
    return function(kernel, q[:, None], q, tangent)


def seconds(call, runs=7):
    """Least CPU time, the first call left out."""
    call()
    times = []
    for _ in range(runs):
        start = time.process_time()
        call()
        times.append(time.process_time() - start)
    return min(times)


def neural_tangents(python, name, samples, kind):
    """Seconds and the first row by neural-tangents, or None where it is not installed."""
    probe = subprocess.run(
        [python, "-c", "import neural_tangents"], capture_output=True, check=False
    )
    if probe.returncode:
        return None
    code = THEIRS.format(
        data=DATA.format(samples=samples),
        name=name,
        weight=WEIGHT,
        bias=BIAS,
        depth=DEPTH,
        kind=kind,
        runs=1 if name == "tanh" else 7,
    )
    found = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True)
    return json.loads(found.stdout)


def line(name, kind, samples, python):
    """Times and errors of one kernel; neural-tangents is left out if ``python`` is None."""
    X = np.random.default_rng(0).standard_normal((samples, 64))
    kernel = getattr(nets, kind)(getattr(nets, name), DEPTH, WEIGHT, BIAS)
    matrix, own = kernel.matrix(X), seconds(lambda: kernel.matrix(X))
    size = matrix.diagonal().mean()
    shown = f"{name:5} {kind:5} {samples:5} {own:8.3f} s"
    hand = {"relu": relu_by_hand, "erf": erf_by_hand}.get(name)
    if hand is not None:
        taken = seconds(lambda: by_hand(hand, X, kind == "ntk"))
        off = np.triu(matrix - by_hand(hand, X, kind == "ntk"), 1)
        shown += f" {taken:8.3f} s {own / taken:6.2f} {abs(off).max() / size:9.1e}"
    else:
        pairs = [(0, 1), (2, 3), (4, samples - 1)]
        off = [matrix[i, j] - float(kernel(X[i], X[j], dps=15)) for i, j in pairs]
        shown += f" {'':10} {'':6} {max(map(abs, off)) / size:9.1e}"
    theirs = python and neural_tangents(python, name, samples, kind)
    if theirs:
        difference = abs(matrix[0, 1:] - np.array(theirs["row"])[1:]).max() / size
        shown += f" {theirs['seconds']:9.3f} s {theirs['seconds'] / own:7.1f}x {difference:9.1e}"
    print(shown, flush=True)


def main():
    """Print one line per kernel."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--neural-tangents-python", default=sys.executable)
    python = parser.parse_args().neural_tangents_python
    print(
        f"{'':11} {'rows':>5} {'freeprob':>10} {'by hand':>10} {'ratio':>6} {'error':>9} "
        f"{'neural-tangents':>11} {'slower':>5} {'apart':>8}"
    )
    for name, samples in (("relu", 1000), ("erf", 1000), ("tanh", 200), ("tanh", 1000)):
        for kind in ("nngp", "ntk"):
            # their quadrature would hold 625 matrices of a million entries
            line(name, kind, samples, None if (name, samples) == ("tanh", 1000) else python)


if __name__ == "__main__":
    main()
