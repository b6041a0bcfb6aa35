"""
Population and sample
=====================

Three population eigenvalues, 1, 3 and 10, seen through a finite number of samples: with few
samples the bulks merge.
"""

import matplotlib.pyplot as plt

import freeprob as fp

population = fp.Atomic({1: "2/5", 3: "2/5", 10: "1/5"})
fig, ax = plt.subplots()
for ratio in ("1/50", "1/10", "1/2"):
    fp.sample_covariance(population, ratio).plot(ax, label=f"{ratio} dimensions a sample")
ax.legend()
