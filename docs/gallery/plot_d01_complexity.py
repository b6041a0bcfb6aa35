"""
How many minima, how many saddles
=================================

Rates of numbers of critical points of the 3-spin model over the energy (Auffinger, Ben Arous,
Černý): near the bottom there are only minima.
"""

import matplotlib.pyplot as plt
import numpy as np

import freeprob as fp
from freeprob import landscapes

energies = np.linspace(-1.67, -1.62, 101)
fig, ax = plt.subplots()
fp.plotting.plot_complexity(landscapes.PSpin(3), energies, indices=(None, 0, 1, 2), ax=ax)
ax.set_ylim(bottom=0)
ax.legend()
