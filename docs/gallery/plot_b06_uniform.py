"""
Uniform levels under noise
==========================

A law with a logarithm in its transform is read by the same calls as an algebraic one.
"""

import matplotlib.pyplot as plt

import freeprob as fp

fig, ax = plt.subplots()
for t in ("1/100", "1/20", "1/4"):
    fp.boxplus(fp.Uniform(-1, 1), fp.Semicircle(t)).plot(ax, label=f"noise {t}")
ax.legend()
