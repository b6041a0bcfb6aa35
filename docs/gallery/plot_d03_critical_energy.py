"""
Below this energy there are only minima
=======================================

The energy at which the first negative eigenvalue of the Hessian appears, over the number of
parameters per datum.
"""

import matplotlib.pyplot as plt
import numpy as np

from freeprob import landscapes

phi = np.linspace(0.02, 0.98, 49).round(2)
fig, ax = plt.subplots()
ax.plot(phi, [float(landscapes.critical_energy(p, "wigner")) for p in phi])
ax.set(xlabel="φ", ylabel="critical energy")
