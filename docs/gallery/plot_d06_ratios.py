"""
Ratios of neighbouring spacings
===============================

No unfolding is needed for them: density of the ratio for three symmetry classes.
"""

import matplotlib.pyplot as plt
import numpy as np

from freeprob import landscapes

r = np.linspace(0, 4, 161)
fig, ax = plt.subplots()
for beta in (1, 2, 4):
    ax.plot(r, landscapes.local.ratio_density(beta, r), label=f"β = {beta}")
ax.set(xlabel="ratio", ylabel="density")
ax.legend()
