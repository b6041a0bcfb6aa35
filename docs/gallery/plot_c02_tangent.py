"""
Tangent kernel against Gaussian process
=======================================

Training all layers sharpens the kernel of a ReLU network of depth 3 at angle 0.
"""

import matplotlib.pyplot as plt

import freeprob as fp
from freeprob import nets

fig, ax = plt.subplots()
fp.plotting.plot_kernel(nets.nngp(nets.relu, 3, 2, 0), ax=ax, label="NNGP")
fp.plotting.plot_kernel(nets.ntk(nets.relu, 3, 2, 0), ax=ax, label="NTK")
ax.legend()
