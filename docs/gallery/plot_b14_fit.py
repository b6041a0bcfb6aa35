"""
A law fitted to eigenvalues
===========================

Ratio and noise of MarchenkoPastur(c) ⊞ Semicircle(t), estimated from 600 eigenvalues.
"""

import matplotlib.pyplot as plt
import sympy as sp

import freeprob as fp

c, t = sp.symbols("c t", positive=True)
true = fp.boxplus(fp.MarchenkoPastur("1/2"), fp.Semicircle("1/5"))
eigenvalues = true.sample(600, rng=3)
fit = fp.boxplus(fp.MarchenkoPastur(c), fp.Semicircle(t)).fit(eigenvalues, [c, t])
fig, ax = plt.subplots()
fit.law.plot(ax, sample=eigenvalues, bins=40)
ax.set_title(", ".join(f"{s} = {v:.3f} ± {fit.errors[s]:.3f}" for s, v in fit.values.items()))
