"""
Random regular graphs
=====================

Adjacency matrices of large random graphs of degree d have the law of Kesten and McKay.
"""

import matplotlib.pyplot as plt

import freeprob as fp

fig, ax = plt.subplots()
fp.plotting.plot_density({f"degree {d}": fp.KestenMcKay(d) for d in (3, 4, 8)}, ax=ax)
ax.legend()
