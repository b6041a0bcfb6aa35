"""
Capacity of a random channel
============================

The Shannon transform ∫ log(1 + γx) per antenna against the signal-to-noise ratio γ.
"""

import matplotlib.pyplot as plt
import numpy as np

import freeprob as fp

gamma = np.geomspace(0.1, 1000, 60)
fig, ax = plt.subplots()
for c in ("1/4", "1", "4"):
    ax.semilogx(gamma, fp.MarchenkoPastur(c).shannon(gamma), label=f"c = {c}")
ax.set(xlabel="γ", ylabel="capacity in nats")
ax.legend()
