"""
How sure is this?
=================

A wrong ratio is found out: deviations of eigenvalues of ratio 1/2 from the law of ratio 3/5, in
scales on which they fluctuate.
"""

import matplotlib.pyplot as plt

import freeprob as fp

eigenvalues = fp.MarchenkoPastur("1/2").sample(400, rng=1)
fig, ax = plt.subplots(figsize=(6.4, 4.8))
fp.MarchenkoPastur("3/5").compare_to(eigenvalues).plot(ax)
