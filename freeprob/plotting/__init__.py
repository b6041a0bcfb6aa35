"""Pictures: axes in, artists out. Nothing is shown or saved here.

What is drawn is known by the questions that it answers (:mod:`freeprob.plotting.spectra`), not by
its type, so that every room above can offer a picture of what it describes.
"""

from freeprob.plotting.canvas import figure, style
from freeprob.plotting.cauchy_transforms import plot_cauchy
from freeprob.plotting.comparisons import plot_comparison
from freeprob.plotting.curves import (
    plot_complexity,
    plot_correlations,
    plot_kernel,
    plot_learning_curve,
    plot_phases,
    plot_trace,
)
from freeprob.plotting.densities import DensityPlot, plot_density
from freeprob.plotting.distribution_functions import CdfPlot, plot_cdf
from freeprob.plotting.explorer import Explorer, explore
from freeprob.plotting.families import FamilyPlot, plot_family

__all__ = [
    "CdfPlot",
    "DensityPlot",
    "Explorer",
    "FamilyPlot",
    "explore",
    "figure",
    "plot_cauchy",
    "plot_cdf",
    "plot_comparison",
    "plot_complexity",
    "plot_correlations",
    "plot_density",
    "plot_family",
    "plot_kernel",
    "plot_learning_curve",
    "plot_phases",
    "plot_trace",
    "style",
]
