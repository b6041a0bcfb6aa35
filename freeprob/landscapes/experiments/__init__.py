"""Experiments on small real networks: their Hessians, critical points, and training."""

from freeprob.landscapes.experiments.batch_outlier import BatchOutlier, batch_outlier
from freeprob.landscapes.experiments.comparison import OptimiserComparison, compare_optimisers
from freeprob.landscapes.experiments.critical_points_of_networks import (
    CriticalPoint,
    critical_point,
    minimise,
    random_labels,
)
from freeprob.landscapes.experiments.delocalised_noise import delocalised_noise
from freeprob.landscapes.experiments.network import Training

__all__ = [
    "BatchOutlier",
    "CriticalPoint",
    "OptimiserComparison",
    "Training",
    "batch_outlier",
    "compare_optimisers",
    "critical_point",
    "delocalised_noise",
    "minimise",
    "random_labels",
]
