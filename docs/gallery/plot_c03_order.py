"""
Order: inputs become alike
==========================

Correlations in a tanh network with weight variance 1.2: all starts flow to 1.
"""

import matplotlib.pyplot as plt

import freeprob as fp
from freeprob import nets

field = nets.MeanField(nets.tanh, "1.2", "1/20")
fig, ax = plt.subplots()
fp.plotting.plot_correlations(field, 20, ax=ax)
ax.legend()
