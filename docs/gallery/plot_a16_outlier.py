"""
A spike leaves the bulk
=======================

Where the largest eigenvalue of a Wigner matrix with a spike is: inside the bulk up to strength
1, outside beyond (Baik, Ben Arous, Péché).
"""

import matplotlib.pyplot as plt
import numpy as np

import freeprob as fp

law, strengths = fp.Semicircle(1), np.linspace(0.5, 3, 51)
found = [law.outliers([s]) for s in strengths]
fig, ax = plt.subplots()
ax.plot(strengths, [float(o[0].location) if o else 2 for o in found])
ax.axhline(2, color="black", linewidth=0.8)
ax.set(xlabel="strength of the spike", ylabel="largest eigenvalue")
