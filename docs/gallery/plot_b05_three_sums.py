"""
Free, Boolean and monotone
==========================

Three ways to add the same two coins without them being independent.
"""

import matplotlib.pyplot as plt

import freeprob as fp

coin, wide = fp.Atomic({-1: "1/2", 1: "1/2"}), fp.Semicircle(1)
laws = {
    "free": fp.boxplus(coin, wide),
    "Boolean": fp.boolean_sum(coin, wide),
    "monotone": fp.monotone(coin, wide),
}
fig, ax = plt.subplots()
fp.plotting.plot_density(laws, ax=ax)
ax.legend()
