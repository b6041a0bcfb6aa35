"""
Products of square matrices
===========================

Squared singular values of a product of s square Gaussian matrices: the longer the product, the
harder the edge at 0.
"""

import matplotlib.pyplot as plt

import freeprob as fp

fig, ax = plt.subplots()
fp.plotting.plot_density({f"s = {s}": fp.FussCatalan(s) for s in (1, 2, 3)}, ax=ax)
ax.legend()
