"""
Products of square matrices
===========================

Squared singular values of a product of s square Gaussian matrices: the longer the product, the
harder the edge at 0, where the density grows like a power of 1/x.
"""

import matplotlib.pyplot as plt

import freeprob as fp

fig, ax = plt.subplots()
fp.plotting.plot_density({f"s = {s}": fp.FussCatalan(s) for s in (1, 2, 3)}, ax=ax)
ax.set(xscale="log", yscale="log", xlim=(1e-5, 20), ylim=(1e-3, 1e4))
ax.legend()
