"""
Kernels of deep ReLU networks
=============================

The deeper the network, the more alike it makes all inputs.
"""

import matplotlib.pyplot as plt

import freeprob as fp
from freeprob import nets

fig, ax = plt.subplots()
for depth in (1, 2, 5, 20):
    fp.plotting.plot_kernel(nets.nngp(nets.relu, depth, 2, 0), ax=ax, label=f"depth {depth}")
ax.legend()
