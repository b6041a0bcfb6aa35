"""
Directions that go down
=======================

The fraction of negative eigenvalues of a network's Hessian over the energy, at three numbers of
parameters per datum.
"""

import matplotlib.pyplot as plt
import numpy as np

from freeprob import landscapes

# near energy 0 the index starts steeply
energies = (np.linspace(0.1, 1, 19) ** 2).round(4)
fig, ax = plt.subplots()
for phi in ("1/4", "1/2", "3/4"):
    values = [float(landscapes.index(energy, phi)) for energy in energies]
    ax.plot(energies, values, label=f"φ = {phi}")
ax.set(xlabel="energy", ylabel="index")
ax.legend()
