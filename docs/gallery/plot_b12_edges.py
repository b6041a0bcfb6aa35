"""
Edges that move
===============

Both edges of MarchenkoPastur(c) ⊞ Semicircle(1/10) over the ratio c.
"""

import matplotlib.pyplot as plt
import numpy as np

import freeprob as fp

ratios = np.linspace(0.1, 2, 39)
laws = [fp.boxplus(fp.MarchenkoPastur(c), fp.Semicircle("1/10")) for c in ratios.round(2)]
cuts = [law.support(dps=15) for law in laws]
fig, ax = plt.subplots()
ax.plot(ratios, [float(cut[0][0]) for cut in cuts], label="lower edge")
ax.plot(ratios, [float(cut[-1][1]) for cut in cuts], label="upper edge")
ax.set(xlabel="c", ylabel="edge")
ax.legend()
