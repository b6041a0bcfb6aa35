"""
The Cauchy transform on both sheets
===================================

Hue is the argument of G, which jumps on the two cuts; between them it has its one zero. Through
the left cut, where upper halves go on in lower ones, one comes to a sheet with no other cut.
"""

import matplotlib.pyplot as plt

import freeprob as fp

law = fp.boxplus(fp.Atomic({-2: "1/2", 1: "1/2"}), fp.Semicircle("1/4"))
fig, axes = plt.subplots(2, sharex=True, figsize=(6.4, 4.6), layout="constrained")
fp.plotting.plot_cauchy(law, ax=axes[0])
fp.plotting.plot_cauchy(law, ax=axes[1], sheet=2, through=-2)
for ax, title in zip(axes, ("G", "G behind the left cut"), strict=True):
    ax.set_title(title)
