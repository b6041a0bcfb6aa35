"""
Two numbers tell activations apart
==================================

η and ζ of centred activations on inputs of variance 1: what spectra of one random layer depend
on.
"""

import matplotlib.pyplot as plt

from freeprob import nets

names = ("linear", "relu", "tanh", "sigmoid", "sign", "abs_", "hard_tanh")
fig, ax = plt.subplots()
for name in names:
    f = getattr(nets, name)
    eta, zeta = float(f.eta(1)), float(f.zeta(1))
    ax.plot(eta, zeta, "o")
    ax.annotate(name, (eta, zeta), textcoords="offset points", xytext=(5, 3))
ax.plot([0, 1.05], [0, 1.05], "k:", linewidth=1)
ax.set(xlabel="η", ylabel="ζ")
