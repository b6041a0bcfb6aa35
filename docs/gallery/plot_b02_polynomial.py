"""
A polynomial in two matrices
============================

xyx + y of free semicirculars has an asymmetric spectrum.
"""

import matplotlib.pyplot as plt
import numpy as np
import sympy as sp

import freeprob as fp

N = sp.Symbol("N", positive=True)
x, y = fp.GOE("x", N), fp.GOE("y", N)
matrix = fp.simulate(x * y * x + y, N=1000, rng=0)
fig, ax = plt.subplots()
fp.law(x * y * x + y).plot(ax, sample=np.linalg.eigvalsh(matrix))
ax.legend()
