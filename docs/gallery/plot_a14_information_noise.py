"""
Information plus noise
======================

Singular values of a signal of half rank under additive noise of growing variance.
"""

import matplotlib.pyplot as plt

import freeprob as fp

signal = fp.Atomic({0: "1/2", 4: "1/2"})
fig, ax = plt.subplots()
for v in ("1/4", "1/2", "1"):
    fp.information_plus_noise(signal, "1/2", v).plot(ax, label=f"noise {v}")
ax.legend()
