"""
Two free coins make an arcsine
==============================

Random rotations of two projections of half rank: their sum has the arcsine law, where
independent coins would give three atoms.
"""

import matplotlib.pyplot as plt

import freeprob as fp

coin = fp.Atomic({0: "1/2", 1: "1/2"})
law = fp.boxplus(coin, coin)
fig, ax = plt.subplots()
law.plot(ax, sample=law.sample(1000, rng=0))
ax.legend()
