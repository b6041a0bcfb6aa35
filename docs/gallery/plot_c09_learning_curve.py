"""
Choosing the ridge
==================

Training and test error over the ridge, three features and two samples per dimension.
"""

import matplotlib.pyplot as plt
import numpy as np

import freeprob as fp
from freeprob import nets

features = nets.random_features(nets.relu, 3, 2, 1, "1/5")
fig, ax = plt.subplots()
fp.plotting.plot_learning_curve(features, np.geomspace(1e-3, 10, 60), ax=ax)
ax.legend()
