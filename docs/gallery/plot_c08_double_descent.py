"""
Double descent
==============

Test error of regression on random ReLU features over the number of features per input
dimension, at three ridges; three samples per dimension.
"""

import matplotlib.pyplot as plt
import numpy as np

from freeprob import nets

ratios = np.concatenate([np.linspace(0.3, 2.9, 14), np.linspace(3, 9, 16)]).round(2)
fig, ax = plt.subplots()
for ridge in (0.001, 0.01, 0.1):
    test = [
        nets.random_features(nets.relu, psi, 3, ridge, "1/5").curve([ridge]).test[0]
        for psi in ratios
    ]
    ax.plot(ratios, test, label=f"ridge {ridge}")
ax.set(xlabel="features per dimension", ylabel="test error")
ax.legend()
