"""
Noise without moments
=====================

A coin under Cauchy noise: no moment exists, the density does.
"""

import matplotlib.pyplot as plt

import freeprob as fp

coin = fp.Atomic({-1: "1/2", 1: "1/2"})
fig, ax = plt.subplots()
for scale in ("1/10", "1/2", "1"):
    fp.boxplus(coin, fp.Cauchy(0, scale)).plot(ax, label=f"scale {scale}")
ax.set_xlim(-4, 4)
ax.legend()
