"""
An atom keeps its own scale
===========================

More dimensions than samples leave half of the eigenvalues at 0. The arrow's height is the mass;
mass 1 would fill the axes.
"""

import matplotlib.pyplot as plt

import freeprob as fp

law = fp.MarchenkoPastur(2)
fig, ax = plt.subplots()
law.plot(ax, sample=law.sample(1000, rng=0), bins=40)
ax.legend()
