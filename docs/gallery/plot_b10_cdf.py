"""
Distribution functions
======================

Steps of 40 eigenvalues hug the theory far closer than independent numbers would.
"""

import matplotlib.pyplot as plt

import freeprob as fp

law = fp.MarchenkoPastur("1/2")
fig, ax = plt.subplots()
fp.plotting.plot_cdf(law, ax=ax, sample=law.sample(40, rng=0))
ax.legend()
