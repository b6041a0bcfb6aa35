"""A normalised trace over one of its parameters, as a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import sympy as sp
    from matplotlib.axes import Axes


class PlottedTrace:
    """What a trace shows."""

    def plot(self, parameter: sp.Symbol, values: Any, ax: Axes | None = None, **style: Any) -> Axes:
        """Draw the trace over values of its one free parameter.

        Parameters
        ----------
        parameter
            The symbol; the others have values by ``subs``.
        values
            An array of real numbers, all followed together.
        ax
            Axes to draw on; by default pyplot's current axes.
        **style
            Properties of the curve, as for :meth:`matplotlib.axes.Axes.plot`.

        Returns
        -------
        matplotlib.axes.Axes

        Raises
        ------
        InvalidParameterError
            As ``evaluate``, or if the trace is complex there.
        ModuleNotFoundError
            If matplotlib is not installed.

        Examples
        --------
        >>> import sympy as sp
        >>> from freeprob import Ginibre, normalized_trace, plotting
        >>> N, gamma = sp.symbols("N gamma", positive=True)
        >>> X = Ginibre("X", N, N, 1 / N)
        >>> trace = normalized_trace((X * X.T + gamma * sp.Identity(N)).inverse())
        >>> axes = trace.plot(gamma, [0.5, 1, 2], ax=plotting.figure().subplots())
        >>> axes.lines[0].get_ydata().round(6)
        array([1.      , 0.618034, 0.366025])
        """
        from freeprob.extras import axes_of
        from freeprob.plotting import plot_trace

        ax = axes_of(ax)
        plot_trace(self, parameter, values, ax=ax, **style)
        return ax
