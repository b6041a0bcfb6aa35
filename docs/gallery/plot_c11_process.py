"""
A function drawn by an infinite network
=======================================

Prediction of an erf network of infinite width from six points, with its uncertainty.
"""

import matplotlib.pyplot as plt
import numpy as np

from freeprob import nets

x = np.array([-2.0, -1.2, -0.4, 0.5, 1.1, 1.9])
grid = np.linspace(-3, 3, 121)
inputs = [np.stack([t, np.ones_like(t)], axis=-1) for t in (x, grid)]
process = nets.GaussianProcess(nets.nngp(nets.erf, 2, 4, "1/20"), noise=0.01)
mean, variance = process.fit(inputs[0], np.sin(2 * x)).predict(inputs[1], return_variance=True)
spread = 2 * np.sqrt(variance)
fig, ax = plt.subplots()
ax.fill_between(grid, mean - spread, mean + spread, alpha=0.2)
ax.plot(grid, mean)
ax.plot(x, np.sin(2 * x), "ko")
ax.set(xlabel="input", ylabel="output")
