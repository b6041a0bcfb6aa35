"""
Four ratios
===========

The law of sample covariances at four ratios of dimensions to samples. Above ratio 1 an atom
at 0 appears.
"""

import freeprob as fp

laws = {f"c = {c}": fp.MarchenkoPastur(c) for c in ("1/4", "1/2", "1", "2")}
figure = fp.plotting.figure()
ax = figure.subplots()
for label, law in laws.items():
    fp.plotting.plot_density(law, ax=ax, label=label)
ax.legend()
