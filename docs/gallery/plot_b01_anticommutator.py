"""
An anticommutator
=================

xy + yx of two free semicirculars: the equation comes from a linear pencil, the histogram from
the same matrices.
"""

import matplotlib.pyplot as plt
import numpy as np
import sympy as sp

import freeprob as fp

N = sp.Symbol("N", positive=True)
x, y = fp.GOE("x", N), fp.GOE("y", N)
matrix = fp.simulate(x * y + y * x, N=1000, rng=0)
fig, ax = plt.subplots()
fp.law(x * y + y * x).plot(ax, sample=np.linalg.eigvalsh(matrix))
ax.legend()
