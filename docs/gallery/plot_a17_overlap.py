"""
How much of the spike its eigenvector shows
===========================================

The squared overlap of the outlier's eigenvector with the spike's rises continuously from the
threshold.
"""

import matplotlib.pyplot as plt
import numpy as np

import freeprob as fp

law, strengths = fp.Semicircle(1), np.linspace(0.5, 3, 51)
found = [law.outliers([s]) for s in strengths]
fig, ax = plt.subplots()
ax.plot(strengths, [float(o[0].overlap) if o else 0 for o in found])
ax.set(xlabel="strength of the spike", ylabel="squared overlap")
