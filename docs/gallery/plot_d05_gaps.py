"""
Probability of an empty interval
================================

No eigenvalue in an interval of s mean spacings: real, complex, quaternion.
"""

import matplotlib.pyplot as plt
import numpy as np

from freeprob import landscapes

s = np.linspace(0, 2.5, 51)
fig, ax = plt.subplots()
for beta in (1, 2, 4):
    ax.semilogy(s, landscapes.local.gap_probability(beta, s), label=f"β = {beta}")
ax.set(xlabel="s", ylabel="probability")
ax.legend()
