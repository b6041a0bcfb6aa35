"""
The Cauchy transform on the plane
=================================

Hue is the argument of G. It jumps on the two cuts; between them lies the one zero of G.
"""

import matplotlib.pyplot as plt

import freeprob as fp

law = fp.boxplus(fp.Atomic({-2: "1/2", 1: "1/2"}), fp.Semicircle("1/4"))
fig, ax = plt.subplots()
fp.plotting.plot_cauchy(law, ax=ax)
