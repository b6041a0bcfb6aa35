"""
Raney laws
==========

R(p, r): moments are the numbers of Raney, densities are powers of Fuss-Catalan ones.
"""

import matplotlib.pyplot as plt

import freeprob as fp

laws = {f"p = {p}, r = {r}": fp.Raney(p, r) for p, r in ((2, 1), (3, 1), (3, 2))}
fig, ax = plt.subplots()
fp.plotting.plot_density(laws, ax=ax)
ax.set_ylim(0, 1.5)
ax.legend()
