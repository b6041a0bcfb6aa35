"""
What an activation does to data
===============================

Gram matrices of a random layer (Pennington and Worah) depend on the activation by η and ζ
alone. At ζ = 0 nothing of the data is seen: the law is that of Marchenko and Pastur.
"""

import matplotlib.pyplot as plt

from freeprob import nets

fig, ax = plt.subplots()
for zeta in ("1", "3/4", "0"):
    nets.gram_law((1, zeta), 1, 2).plot(ax, label=f"η = 1, ζ = {zeta}")
ax.set_ylim(0, 1.5)
ax.legend()
