"""
Double descent
==============

Test error of regression on random ReLU features over the number of features per input
dimension, at three ridges; three samples per dimension.
"""

import matplotlib.pyplot as plt
import numpy as np

from freeprob import nets

ratios = np.unique([*np.linspace(0.3, 9, 30), *np.linspace(2, 4, 17)]).round(3)
ridges = [0.001, 0.01, 0.1]
models = (nets.random_features(nets.relu, psi, 3, ridges[0], "1/5") for psi in ratios)
tests = np.array([features.curve(ridges).test for features in models])
fig, ax = plt.subplots()
for ridge, test in zip(ridges, tests.T, strict=True):
    ax.plot(ratios, test, label=f"ridge {ridge}")
ax.set(xlabel="features per dimension", ylabel="test error")
ax.legend()
