"""
Free Meixner laws
=================

Semicircle, free Poisson and their relatives in one family: a tilts the law, b lengthens its
tails.
"""

import matplotlib.pyplot as plt

import freeprob as fp

laws = {f"a = {a}, b = {b}": fp.FreeMeixner(a, b) for a, b in ((0, 0), (1, 0), (0, 1), (2, 1))}
fig, ax = plt.subplots()
fp.plotting.plot_density(laws, ax=ax)
ax.legend()
