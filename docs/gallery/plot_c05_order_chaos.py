"""
The edge of chaos
=================

The critical line of erf networks in the plane of weight and bias variances; colour is the
growth rate of gradients.
"""

import matplotlib.pyplot as plt
import numpy as np

from freeprob import nets

diagram = nets.phase_diagram(nets.erf, np.linspace(0.2, 4, 60), np.linspace(0.01, 1, 40))
fig, ax = plt.subplots()
diagram.plot(ax)
ax.legend()
