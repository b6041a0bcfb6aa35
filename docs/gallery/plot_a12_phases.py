"""
Where the gap closes, exactly
=============================

The number of cuts over the noise. The wall is the root of an irreducible polynomial, each side
is proved.
"""

import matplotlib.pyplot as plt
import sympy as sp

import freeprob as fp

t = sp.Symbol("t", positive=True)
law = fp.boxplus(fp.Atomic({-1: "1/3", 1: "2/3"}), fp.Semicircle(t))
fig, ax = plt.subplots(figsize=(6.4, 1.8))
fp.plotting.plot_phases(law, t, ax=ax)
