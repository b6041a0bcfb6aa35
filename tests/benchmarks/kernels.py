"""NNGP and NTK matrices of depth-3 networks on 1000 inputs beside the formulas written by hand.

The hand-written versions share what a careful author would share between the two kernels. Next
to neural-tangents where it is installed.
"""

from __future__ import annotations

import statistics
import time

import numpy as np

from freeprob import nets

WEIGHT, BIAS, DEPTH = 1.6, 0.1, 3


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


def seconds(call, runs=5):
    """Median time, the first call left out."""
    call()
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def neural_tangents(name, X, tangent):
    """A call of neural-tangents on the same network, or None where it is not installed."""
    try:
        from neural_tangents import stax
    except ImportError:
        return None
    layer = {"relu": stax.Relu, "erf": stax.Erf}[name]
    dense = [stax.Dense(1, W_std=WEIGHT**0.5, b_std=BIAS**0.5) for _ in range(DEPTH + 1)]
    layers = [part for d in dense[:-1] for part in (d, layer())]
    kernel = stax.serial(*layers, dense[-1])[2]
    kind = "ntk" if tangent else "nngp"
    return lambda: np.asarray(kernel(X, None, kind))


def main():
    """Print one line per kernel."""
    X = np.random.default_rng(0).standard_normal((1000, 64))
    print(
        f"{'kernel':12} {'freeprob':>9} {'by hand':>9} {'ratio':>6} "
        f"{'neural-tangents':>16} {'error':>9}"
    )
    for name, function in (("relu", relu_by_hand), ("erf", erf_by_hand), ("tanh", None)):
        for tangent in (False, True):
            make = nets.ntk if tangent else nets.nngp
            kernel = make(getattr(nets, name), DEPTH, WEIGHT, BIAS)
            own = seconds(lambda k=kernel: k.matrix(X))
            line = f"{name} {make.__name__:7} {own:8.3f}s"
            if function is not None:
                hand = seconds(lambda f=function, t=tangent: by_hand(f, X, t))
                other = neural_tangents(name, X, tangent)
                shown = "not installed" if other is None else f"{seconds(other):.3f}s"
                off = np.triu(kernel.matrix(X) - by_hand(function, X, tangent), 1)
                line += f" {hand:8.3f}s {own / hand:6.2f} {shown:>16} {abs(off).max():9.1e}"
            else:
                digits = kernel(X[0], X[1], dps=15)
                line += f" {'':33} {abs(kernel.matrix(X[:2])[0, 1] - float(digits)):9.1e}"
            print(line, flush=True)


if __name__ == "__main__":
    main()
