"""
The laws of Tracy and Widom
===========================

Fluctuations of the largest eigenvalue for real, complex and quaternion matrices.
"""

import matplotlib.pyplot as plt
import numpy as np

import freeprob as fp

s = np.linspace(-5, 3, 161)
fig, ax = plt.subplots()
for beta in (1, 2, 4):
    ax.plot(s, fp.TracyWidom(beta).pdf(s), label=f"β = {beta}")
ax.set_xlabel("s")
ax.legend()
