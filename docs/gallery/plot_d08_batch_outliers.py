"""
Outliers under batch noise
==========================

Three isolated eigenvalues of a Hessian, seen through noise that falls with the batch size.
"""

import matplotlib.pyplot as plt
import numpy as np

import freeprob as fp
from freeprob import landscapes

bulk, noise = fp.MarchenkoPastur("1/2"), fp.Semicircle(4)
sizes = np.unique(np.geomspace(1, 64, 12).round()).astype(int)
fig, ax = plt.subplots()
for size in sizes:
    found = landscapes.outliers(bulk, noise, [4, 6, 9], batch=int(size))
    ax.plot([size] * len(found), [float(o.location) for o in found], "o", color="C0", ms=4)
ax.set(xlabel="batch size", ylabel="outliers", xscale="log")
