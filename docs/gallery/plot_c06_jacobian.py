"""
Jacobians of deep ReLU networks
===============================

Squared singular values of the input-output Jacobian with orthogonal weights: an atom for the
dead units, a tail that grows with the depth.
"""

import matplotlib.pyplot as plt

from freeprob import nets

fig, ax = plt.subplots()
for depth in (1, 2, 4):
    law = nets.jacobian_law(nets.relu, depth, weights="orthogonal", weight_variance=2)
    law.plot(ax, label=f"depth {depth}")
ax.set(xlim=(-0.3, 6), ylim=(0, 0.6))
ax.legend()
