"""
Eigenvalues repel
=================

Spacings of 100 symmetric matrices of size 100, unfolded, under the exact density and Wigner's
surmise.
"""

import matplotlib.pyplot as plt
import numpy as np

import freeprob as fp
from freeprob import landscapes

law = fp.Semicircle(1)
draws = np.array([law.sample(100, rng=seed) for seed in range(100)])
spacings = np.concatenate([landscapes.local.unfold(row, law) for row in draws])
s = np.linspace(0, 3.5, 71)
fig, ax = plt.subplots()
ax.hist(spacings, bins=50, density=True, alpha=0.3)
ax.plot(s, landscapes.local.spacing_density(1, s), label="exact")
ax.plot(s, landscapes.local.surmise(1, s), label="surmise")
ax.set(xlabel="spacing", xlim=(0, 3.5))
ax.legend()
