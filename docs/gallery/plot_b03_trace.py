"""
A resolvent's trace against its ridge
=====================================

The normalised trace of (XXᵀ + γ)⁻¹ at three ratios, from one set of equations followed over all
γ together.
"""

import matplotlib.pyplot as plt
import numpy as np
import sympy as sp

import freeprob as fp

N, c, gamma = sp.symbols("N c gamma", positive=True)
X = fp.Ginibre("X", N, N / c, c / N)
trace = fp.normalized_trace((X * X.T + gamma * sp.Identity(N)).inverse())
ridges = np.geomspace(0.01, 10, 60)
fig, ax = plt.subplots()
for ratio in ("1/2", 1, 2):
    ax.loglog(ridges, trace.evaluate({c: ratio, gamma: ridges}), label=f"c = {ratio}")
ax.set(xlabel="γ", ylabel="normalised trace")
ax.legend()
