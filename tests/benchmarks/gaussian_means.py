"""CPU time to derive E f^2 with a symbolic variance, and its digits, for every named activation.

A fresh parameter in front of the activation defeats every cache, so each line is a first
derivation. Activations without a closed form show how long one mean of 30 digits takes.
"""

from __future__ import annotations

import time

import sympy as sp

from freeprob import nets
from freeprob.nets import Activation, GaussianExpectation

CLOSED = {
    **{
        name: getattr(nets, name)
        for name in (
            *("linear", "relu", "abs_", "step", "sign", "erf", "normal_cdf", "gelu", "selu"),
            *("hard_tanh", "sin", "cos", "exp", "gaussian"),
        )
    },
    "leaky_relu": nets.leaky_relu(sp.Symbol("a", positive=True)),
    "elu": nets.elu(sp.Symbol("a", positive=True)),
    "sin_wave": nets.sin_wave(2, sp.Rational(1, 3)),
    "soft threshold": nets.piecewise_linear([-1, 2], [0, 0], 1, 1),
    "hermite(5)": nets.hermite(5),
    "monomial(4)": nets.monomial(4),
    "|x|^p": Activation(sp.Abs(sp.Symbol("x")) ** sp.Symbol("p", positive=True), sp.Symbol("x")),
}
OPEN = ("tanh", "sigmoid", "softplus", "swish", "mish", "gelu_tanh", "arctan", "softsign")


def derived(f: Activation) -> tuple[float, sp.Expr]:
    """CPU seconds of one derivation, and its result."""
    w, q = sp.Symbol("w", real=True), sp.Symbol("q", positive=True)
    start = time.process_time()
    form = Activation(sp.Dummy("scale", positive=True) * f(w), w).expect(q, power=2)
    return time.process_time() - start, form


def main() -> None:
    """Print one line per activation: the slowest of three derivations."""
    print(f"{'activation':16} {'E f^2 derived':>14}")
    for name, f in CLOSED.items():
        runs = [derived(f) for _ in range(3)]
        closed = not any(form.has(GaussianExpectation) for _, form in runs)
        print(f"{name:16} {max(t for t, _ in runs):13.3f}s {'' if closed else 'NOT CLOSED'}")
    print(f"\n{'activation':16} {'reduced':>14} {'30 digits':>12}")
    for name in OPEN:
        taken, _ = derived(getattr(nets, name))
        start = time.process_time()
        getattr(nets, name).expect(sp.Rational(17, 10), power=2).evalf(30)
        print(f"{name:16} {taken:13.3f}s {time.process_time() - start:11.3f}s")


if __name__ == "__main__":
    main()
