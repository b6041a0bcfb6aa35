"""
Sample covariances at four ratios
=================================

The law of Marchenko and Pastur at four ratios of dimensions to samples, each over one matrix.
Above ratio 1 an atom at 0 appears.
"""

import matplotlib.pyplot as plt

import freeprob as fp

laws = {f"c = {c}": fp.MarchenkoPastur(c) for c in ("1/4", "1/2", "1", "2")}
samples = {label: law.sample(500, rng=0) for label, law in laws.items()}
fig, ax = plt.subplots()
fp.plotting.plot_density(laws, ax=ax, sample=samples, bins="auto")
ax.legend()
