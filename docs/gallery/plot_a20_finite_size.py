"""
Finite matrices oscillate
=========================

The mean density of eigenvalues of Hermitian matrices of size 2, 4 and 8 around the semicircle.
"""

import matplotlib.pyplot as plt
import numpy as np

import freeprob as fp

x = np.linspace(-2.8, 2.8, 281)
fig, ax = plt.subplots()
for n in (2, 4, 8):
    ax.plot(x, fp.ensembles.gue_density(n, x), label=f"n = {n}")
fp.Semicircle(1).plot(ax, label="n → ∞", color="black", linestyle=":")
ax.legend()
