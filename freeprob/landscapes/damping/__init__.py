"""Damping of second-order steps: as shrinkage, its worth under noise, schedules and optimisers."""

from freeprob.landscapes.damping.curvature_noise import CurvatureNoise, curvature_noise
from freeprob.landscapes.damping.optimisers import (
    Adam,
    GradientDescent,
    Kronecker,
    TrainingPath,
    train,
)
from freeprob.landscapes.damping.resolvents import (
    TwoResolvents,
    effective_damping,
    two_resolvents,
)
from freeprob.landscapes.damping.schedules import AdaptiveDamping, FixedDamping
from freeprob.landscapes.damping.shrinkage import (
    Shrinkage,
    damping_of_shrinkage,
    optimal_shrinkage,
    shrinkage_of_damping,
)

__all__ = [
    "Adam",
    "AdaptiveDamping",
    "CurvatureNoise",
    "FixedDamping",
    "GradientDescent",
    "Kronecker",
    "Shrinkage",
    "TrainingPath",
    "TwoResolvents",
    "curvature_noise",
    "damping_of_shrinkage",
    "effective_damping",
    "optimal_shrinkage",
    "shrinkage_of_damping",
    "train",
    "two_resolvents",
]
