"""
A network's Hessian leaves the minimum
======================================

Pennington and Bahri (2017): with the energy the noise grows, and negative curvature appears.
"""

import matplotlib.pyplot as plt
import sympy as sp

import freeprob as fp

epsilon = sp.Symbol("epsilon", positive=True)
law = fp.boxplus(fp.MarchenkoPastur("1/2"), fp.Semicircle(2 * epsilon))
fig, ax = plt.subplots()
fp.plotting.plot_family(law, epsilon, ["1/100", "1/20", "1/10", "1/4", "1/2"], ax=ax)
ax.axvline(0, color="black", linewidth=0.8)
