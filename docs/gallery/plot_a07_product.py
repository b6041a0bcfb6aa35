"""
Product of two sample covariances
=================================

The free product of two Marchenko-Pastur laws over one product of matrices.
"""

import matplotlib.pyplot as plt

import freeprob as fp

law = fp.boxtimes(fp.MarchenkoPastur("1/2"), fp.MarchenkoPastur("1/4"))
fig, ax = plt.subplots()
law.plot(ax, sample=law.sample(1000, rng=0))
ax.legend()
