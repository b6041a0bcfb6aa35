"""
A gap closes
============

Two levels, and noise of variance t: at t = 1 the two cuts meet in a cusp.
"""

import matplotlib.pyplot as plt
import sympy as sp

import freeprob as fp

t = sp.Symbol("t", positive=True)
law = fp.boxplus(fp.Atomic({-1: "1/2", 1: "1/2"}), fp.Semicircle(t))
fig, ax = plt.subplots()
fp.plotting.plot_family(law, t, ["1/8", "1/4", "1/2", 1, 2], ax=ax)
