"""
Two sample covariances, one divided by the sum of both
======================================================

The law of Wachter, with its two hard edges.
"""

import matplotlib.pyplot as plt

import freeprob as fp

laws = {f"a = {a}, b = {b}": fp.Wachter(a, b) for a, b in ((2, 2), (2, 3), (4, 3))}
fig, ax = plt.subplots()
fp.plotting.plot_density(laws, ax=ax)
ax.legend()
