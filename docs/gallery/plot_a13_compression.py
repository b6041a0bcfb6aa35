"""
Corners of a matrix
===================

Eigenvalues of the upper left corner of a randomly rotated matrix with eigenvalues -1 and 1: the
smaller the corner, the rounder.
"""

import matplotlib.pyplot as plt

import freeprob as fp

coin = fp.Atomic({-1: "1/2", 1: "1/2"})
laws = {f"corner {t}": fp.compress(coin, t) for t in ("3/4", "1/2", "1/4")}
fig, ax = plt.subplots()
fp.plotting.plot_density(laws, ax=ax)
ax.legend()
