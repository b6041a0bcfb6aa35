"""Experiments on small real networks: their Hessians, critical points, and training."""

from freeprob.landscapes.experiments.comparison import OptimiserComparison, compare_optimisers
from freeprob.landscapes.experiments.critical_points_of_networks import (
    CriticalPoint,
    critical_point,
    minimise,
    random_labels,
)
from freeprob.landscapes.experiments.network import Training

__all__ = [
    "CriticalPoint",
    "OptimiserComparison",
    "Training",
    "compare_optimisers",
    "critical_point",
    "minimise",
    "random_labels",
]
