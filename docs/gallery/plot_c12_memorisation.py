"""
How well noise is memorised
===========================

Training error on random labels of random features over the ridge, for wider and wider layers.
"""

import matplotlib.pyplot as plt
import numpy as np

from freeprob import nets

gammas = np.geomspace(0.001, 10, 40)
fig, ax = plt.subplots()
for psi in ("1/2", "1", "2"):
    errors = [float(nets.memorization_error(nets.relu, 1, psi, gamma)) for gamma in gammas]
    ax.semilogx(gammas, errors, label=f"ψ = {psi}")
ax.set(xlabel="γ", ylabel="training error")
ax.legend()
