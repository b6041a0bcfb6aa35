"""
Noise takes damping away
========================

In the mean over the noise of a batch Hessian a step is damped less than was asked for: the
effective damping over the one that was set.
"""

import matplotlib.pyplot as plt
import numpy as np

import freeprob as fp
from freeprob import landscapes

bulk, delta = fp.MarchenkoPastur("1/2"), np.linspace(0.05, 2, 20).round(3)
fig, ax = plt.subplots()
for variance in ("1/100", "1/10", "1/4"):
    noise = fp.Semicircle(variance)
    values = [float(landscapes.damping.effective_damping(bulk, noise, d + 1)) for d in delta]
    ax.plot(delta + 1, values, label=f"noise {variance}")
ax.plot(delta + 1, delta + 1, "k:", label="without noise")
ax.set(xlabel="damping", ylabel="effective damping")
ax.legend()
