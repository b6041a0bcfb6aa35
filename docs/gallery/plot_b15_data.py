"""
Noise added to eigenvalues that one holds
=========================================

Fifty given numbers, each a small atom, under noise of two strengths.
"""

import matplotlib.pyplot as plt
import numpy as np

import freeprob as fp

values = np.random.default_rng(0).exponential(size=50).round(3)
fig, ax = plt.subplots()
for t in ("1/100", "1/10"):
    fp.boxplus(fp.Empirical(values), fp.Semicircle(t)).plot(ax, label=f"noise {t}")
ax.plot(values, np.zeros(50), "|", color="black", markersize=12)
ax.legend()
