"""
Inverses of sample covariances
==============================

The law of 1/X for three ratios: the closer to 1, the longer the tail.
"""

import matplotlib.pyplot as plt

import freeprob as fp

fig, ax = plt.subplots()
for c in ("1/10", "1/4", "1/2"):
    fp.MarchenkoPastur(c).inverse().plot(ax, label=f"c = {c}")
ax.set_xlim(0, 8)
ax.legend()
