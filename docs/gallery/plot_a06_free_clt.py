"""
The free central limit
======================

Free powers of a coin, brought to variance 1, tend to the semicircle.
"""

import matplotlib.pyplot as plt
import sympy as sp

import freeprob as fp

fig, ax = plt.subplots()
for n in (2, 3, 8):
    coin = fp.Atomic({-1: "1/2", 1: "1/2"}).dilate(1 / sp.sqrt(n))
    fp.boxplus_power(coin, n).plot(ax, label=f"{n} coins")
fp.Semicircle(1).plot(ax, label="semicircle")
ax.set_ylim(0, 0.8)
ax.legend()
