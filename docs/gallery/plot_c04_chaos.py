"""
Chaos: inputs become unlike
===========================

With weight variance 4 even nearly equal inputs are torn apart.
"""

import matplotlib.pyplot as plt

import freeprob as fp
from freeprob import nets

field = nets.MeanField(nets.tanh, 4, "1/20")
fig, ax = plt.subplots()
fp.plotting.plot_correlations(field, 20, starts=["1/10", "1/2", "99/100"], ax=ax)
ax.legend()
