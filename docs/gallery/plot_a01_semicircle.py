"""
Wigner's semicircle
===================

Eigenvalues of one symmetric Gaussian matrix of size 1000 fill a half disc.
"""

import matplotlib.pyplot as plt

import freeprob as fp

law = fp.Semicircle(1)
fig, ax = plt.subplots()
law.plot(ax, sample=law.sample(1000, rng=0), bins="auto")
ax.legend()
