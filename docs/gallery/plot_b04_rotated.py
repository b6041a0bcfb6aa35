"""
Two rotated projections
=======================

P + QP'Qᵀ for projections of rank 1/2 and 1/3: an atom stays where their ranges must meet.
"""

import matplotlib.pyplot as plt

import freeprob as fp

law = fp.boxplus(fp.Atomic({0: "1/2", 1: "1/2"}), fp.Atomic({0: "1/4", 1: "3/4"}))
fig, ax = plt.subplots()
law.plot(ax, sample=law.sample(1000, rng=0))
ax.legend()
