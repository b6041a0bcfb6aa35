"""The order-chaos diagram of an activation, as data and as a picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike, NDArray

from freeprob.errors import InvalidParameterError
from freeprob.extras import axes_of
from freeprob.nets.activations.network_arguments import checked_activation
from freeprob.parameters import finite_reals
from freeprob.tables import Tabled

_ZERO = -1e-12  # variances of biases that are 0 but for the rounding of Gaussian means


@dataclass(frozen=True, eq=False)
class PhaseDiagram(Tabled):
    """Fixed lengths and chi_1 on a grid of variances, with the critical line.

    ``length`` and ``chi_1`` are masked arrays of shape (bias variances, weight variances), masked
    where no length is fixed; ``critical_weight`` and ``critical_bias`` trace the line chi_1 = 1.
    """

    weight_variances: NDArray[np.float64]
    bias_variances: NDArray[np.float64]
    length: np.ma.MaskedArray
    chi_1: np.ma.MaskedArray
    critical_weight: NDArray[np.float64]
    critical_bias: NDArray[np.float64]

    def plot(self, ax: Any = None) -> Any:
        r"""Draw :math:`\log \chi_1` and the critical line on matplotlib axes; returns the axes.

        Parameters
        ----------
        ax : matplotlib.axes.Axes
            Axes to draw on; by default pyplot's current axes.

        Raises
        ------
        InvalidParameterError
            If ``ax`` is something else.
        ModuleNotFoundError
            If matplotlib is not installed.
        """
        ax = axes_of(ax)
        scale = float(np.abs(np.log(self.chi_1)).max()) or 1.0
        mesh = ax.pcolormesh(
            self.weight_variances,
            self.bias_variances,
            np.log(self.chi_1),
            cmap="RdBu_r",
            vmin=-scale,
            vmax=scale,
            shading="nearest",
        )
        ax.figure.colorbar(mesh, ax=ax, label=r"$\log\chi_1$")
        ax.plot(self.critical_weight, self.critical_bias, "k-", label=r"$\chi_1 = 1$")
        ax.set(
            xlim=(self.weight_variances.min(), self.weight_variances.max()),
            ylim=(self.bias_variances.min(), self.bias_variances.max()),
            xlabel=r"$\sigma_w^2$",
            ylabel=r"$\sigma_b^2$",
        )
        return ax


def phase_diagram(
    activation: sp.Basic, weight_variances: ArrayLike, bias_variances: ArrayLike
) -> PhaseDiagram:
    """Fixed length and chi_1 for all pairs of the given variances, in float64.

    The fixed length is the smallest that attracts, the one small inputs flow to.

    Parameters
    ----------
    activation : Activation
    weight_variances, bias_variances : array_like
        One-dimensional; weight variances positive, bias variances positive.

    Returns
    -------
    PhaseDiagram

    Raises
    ------
    InvalidParameterError
        If a variance is not positive.

    Examples
    --------
    >>> import numpy as np
    >>> from freeprob import nets
    >>> diagram = nets.phase_diagram(nets.erf, [0.5, 2.0], [0.05])
    >>> diagram.chi_1.round(4).tolist()
    [[0.5335, 1.1547]]
    """
    checked_activation(activation)
    weight, bias = (
        _positive_axis(values, name)
        for values, name in (
            (weight_variances, "weight_variances"),
            (bias_variances, "bias_variances"),
        )
    )
    second = activation.expect_function(power=2, derivative=0)
    energy = activation.expect_function(power=2, derivative=1)
    gain, rest = np.meshgrid(weight, bias)
    length, exists = _smallest_fixed_lengths(second, gain, rest)
    chi_1 = gain * energy(length.ravel()).reshape(length.shape)
    lengths = np.geomspace(1e-4, 2e2, 600)
    line_weight = 1 / energy(lengths)
    line_bias = lengths - second(lengths) * line_weight
    real = line_bias >= _ZERO
    return PhaseDiagram(
        weight,
        bias,
        np.ma.MaskedArray(length, ~exists),
        np.ma.MaskedArray(chi_1, ~exists),
        line_weight[real],
        np.maximum(line_bias[real], 0.0),
    )


def _positive_axis(values: ArrayLike, name: str) -> NDArray[np.float64]:
    """A one-dimensional array of positive finite numbers."""
    axis = finite_reals(values, name)
    if axis.ndim != 1 or axis.size == 0 or not np.all((axis > 0) & np.isfinite(axis)):
        raise InvalidParameterError(f"{name} must be a list of positive finite numbers")
    return axis


def _smallest_fixed_lengths(
    second: Any, gain: NDArray[np.float64], bias: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """The first length where V crosses the diagonal, and whether there is one."""
    from scipy.optimize.elementwise import find_root

    # V(q) > q below the smallest bias, and the table reaches beyond bounded activations of size 1
    table = np.geomspace(0.5 * bias.min(), 2e2 * (1 + bias.max()), 1000)
    with np.errstate(over="ignore"):
        below = gain[..., None] * second(table) + bias[..., None] < table
    first = below.argmax(axis=-1)
    exists = below.any(axis=-1)
    index = np.where(exists, first, 1)

    def excess(q: NDArray[np.float64], w: NDArray[np.float64], b: NDArray[np.float64]) -> Any:
        return w * second(q) + b - q

    found = np.full(gain.shape, 1.0)
    if exists.any():
        picked = (gain[exists], bias[exists])
        bracket = (table[index[exists] - 1], table[index[exists]])
        found[exists] = find_root(excess, bracket, args=picked).x
    return found, exists
