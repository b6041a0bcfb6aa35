"""Curves of networks and landscapes, and phases of laws: each asks one question many times."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from freeprob.errors import InvalidParameterError
from freeprob.extras import axes_of
from freeprob.parameters import count, many
from freeprob.plotting.spectra import MOST_POINTS, row_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D


def plot_phases(law: Any, parameters: Any, *, ax: Axes | None = None) -> Axes:
    """Draw the phases of a law: walls, and numbers of cuts and atoms between them.

    Parameters
    ----------
    law
        A law whose free symbols are the parameters.
    parameters
        One symbol, or two for a plane.
    ax
        Axes to draw on; by default pyplot's current axes.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    InvalidParameterError
        As ``law.phases``.
    ModuleNotFoundError
        If matplotlib is not installed.

    Examples
    --------
    >>> import freeprob as fp, sympy as sp
    >>> t = sp.Symbol("t", positive=True)
    >>> law = fp.boxplus(fp.Atomic({-1: "1/2", 1: "1/2"}), fp.Semicircle(t))
    >>> axes = fp.plotting.plot_phases(law, t, ax=fp.plotting.figure().subplots())
    >>> [text.get_text() for text in axes.texts]
    ['2 cuts', '1 cut']
    """
    _require(law, "phases", "a law with free symbols")
    return law.phases(parameters).plot(axes_of(ax))


def plot_complexity(
    landscape: Any,
    energies: Any,
    *,
    indices: Sequence[int | None] = (None,),
    ax: Axes | None = None,
    **line: Any,
) -> list[Line2D]:
    """Draw rates of numbers of critical points over the energy.

    Parameters
    ----------
    landscape
        A model of :mod:`freeprob.landscapes` on one sphere, such as ``PSpin(3)``.
    energies
        Energies u per dimension, an array.
    indices
        Numbers of negative eigenvalues of the Hessian, one curve each; None counts all critical
        points.
    ax
        Axes to draw on; by default pyplot's current axes.
    **line
        Properties of the curves, as for :meth:`matplotlib.axes.Axes.plot`.

    Returns
    -------
    list of matplotlib.lines.Line2D
        One for each index.

    Raises
    ------
    InvalidParameterError
        If ``landscape`` has no complexity, or as its ``complexity``.
    ModuleNotFoundError
        If matplotlib is not installed.

    Notes
    -----
    Source: Auffinger, Ben Arous and Černý 2013, figure 1.

    Examples
    --------
    >>> import freeprob as fp
    >>> from freeprob.landscapes import PSpin
    >>> axes = fp.plotting.figure().subplots()
    >>> curves = fp.plotting.plot_complexity(PSpin(3), [-1.7, -1.6], indices=(None, 0), ax=axes)
    >>> [curve.get_label() for curve in curves]
    ['all', 'index 0']
    """
    _require(landscape, "complexity", "a landscape")
    ax, u, curves = axes_of(ax), row_of(energies, "energies"), []
    for index in many(indices, "indices"):
        label = "all" if index is None else f"index {index}"
        values = landscape.complexity(u, index=index)
        curves += ax.plot(u, values, **{"label": label, **line})
    ax.set_xlabel("energy per dimension")
    ax.set_ylabel("complexity")
    return curves


def plot_kernel(kernel: Any, *, ax: Axes | None = None, points: int = 181, **line: Any) -> Line2D:
    """Draw a kernel over the angle between two inputs of mean square 1, normalised at angle 0.

    Parameters
    ----------
    kernel
        A kernel of :mod:`freeprob.nets`, such as ``nets.nngp(nets.relu, 3, 2, 0)``.
    ax
        Axes to draw on; by default pyplot's current axes.
    points
        Angles from 0 to π.
    **line
        Properties of the curve, as for :meth:`matplotlib.axes.Axes.plot`.

    Returns
    -------
    matplotlib.lines.Line2D

    Raises
    ------
    InvalidParameterError
        If ``kernel`` is something else, or has symbols.
    ModuleNotFoundError
        If matplotlib is not installed.

    Examples
    --------
    >>> import freeprob as fp
    >>> from freeprob import nets
    >>> axes = fp.plotting.figure().subplots()
    >>> curve = fp.plotting.plot_kernel(nets.nngp(nets.relu, 1, 2, 0), ax=axes)
    >>> [round(float(curve.get_ydata()[i]), 12) for i in (0, -1)]
    [1.0, 0.0]
    """
    _require(kernel, "matrix", "a kernel")
    ax = axes_of(ax)
    angles = np.linspace(0, np.pi, count(points, "points", least=2, most=MOST_POINTS))
    inputs = np.sqrt(2) * np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    values = np.asarray(kernel.matrix(inputs[:1], inputs))[0]
    (curve,) = ax.plot(angles, values / values[0], **{"label": "kernel", **line})
    ax.set_xticks([0, np.pi / 2, np.pi], ["0", "π/2", "π"])
    ax.set_xlabel("angle between inputs")
    ax.set_ylabel("kernel / kernel at angle 0")
    return curve


def plot_correlations(
    mean_field: Any,
    depth: int,
    *,
    starts: Sequence[object] = ("1/10", "1/2", "9/10"),
    ax: Axes | None = None,
    **line: Any,
) -> list[Line2D]:
    """Draw how the correlation of two inputs changes from layer to layer.

    Parameters
    ----------
    mean_field
        A :class:`freeprob.nets.MeanField`.
    depth
        Layers.
    starts
        Correlations of the inputs, one curve each.
    ax
        Axes to draw on; by default pyplot's current axes.
    **line
        Properties of the curves, as for :meth:`matplotlib.axes.Axes.plot`.

    Returns
    -------
    list of matplotlib.lines.Line2D
        One for each start.

    Raises
    ------
    InvalidParameterError
        If ``mean_field`` is something else, or as its ``correlations``.
    ModuleNotFoundError
        If matplotlib is not installed.

    Notes
    -----
    Source: Poole, Lahiri, Raghu, Sohl-Dickstein and Ganguli 2016, figure 2.

    Examples
    --------
    >>> import freeprob as fp
    >>> from freeprob import nets
    >>> axes = fp.plotting.figure().subplots()
    >>> field = nets.MeanField(nets.tanh, "3/2", "1/20")
    >>> curves = fp.plotting.plot_correlations(field, 3, starts=["1/2"], ax=axes)
    >>> curves[0].get_xdata().tolist()
    [0, 1, 2, 3]
    """
    _require(mean_field, "correlations", "a MeanField")
    ax, curves = axes_of(ax), []
    for start in many(starts, "starts"):
        values = [float(value) for value in mean_field.correlations(start, depth)]
        curves += ax.plot(np.arange(len(values)), values, **{"label": f"c = {start}", **line})
    ax.set_xlabel("layer")
    ax.set_ylabel("correlation")
    return curves


def plot_learning_curve(
    regression: Any, ridges: Any, *, ax: Axes | None = None, **line: Any
) -> list[Line2D]:
    """Draw training and test errors of regression on random features over the ridge.

    Parameters
    ----------
    regression
        What :func:`freeprob.nets.random_features` gives.
    ridges
        Ridges, positive.
    ax
        Axes to draw on; by default pyplot's current axes.
    **line
        Properties of the curves, as for :meth:`matplotlib.axes.Axes.plot`.

    Returns
    -------
    list of matplotlib.lines.Line2D
        Of the training error and, where there is one, of the test error.

    Raises
    ------
    InvalidParameterError
        If ``regression`` is something else, or as its ``curve``.
    ModuleNotFoundError
        If matplotlib is not installed.

    Examples
    --------
    >>> import freeprob as fp
    >>> from freeprob import nets
    >>> axes = fp.plotting.figure().subplots()
    >>> features = nets.random_features(nets.relu, 2, 3, 1, "1/5")
    >>> train, test = fp.plotting.plot_learning_curve(features, [0.01, 0.1, 1], ax=axes)
    >>> test.get_label()
    'test'
    """
    _require(regression, "curve", "regression on random features")
    ax, found, curves = axes_of(ax), regression.curve(row_of(ridges, "ridges")), []
    for name in ("train", "test"):
        errors = getattr(found, name)
        if errors.size == found.ridges.size:  # arrays without new samples have no test error
            curves += ax.plot(found.ridges, errors, **{"label": name, **line})
    ax.set_xscale("log")
    ax.set_xlabel("ridge")
    ax.set_ylabel("error")
    return curves


def plot_trace(
    trace: Any, parameter: Any, values: Any, *, ax: Axes | None = None, **line: Any
) -> Line2D:
    """Draw a normalised trace over values of its one free parameter.

    Parameters
    ----------
    trace
        What :func:`freeprob.normalized_trace` gives.
    parameter
        The symbol.
    values
        Real numbers, all followed together.
    ax
        Axes to draw on; by default pyplot's current axes.
    **line
        Properties of the curve, as for :meth:`matplotlib.axes.Axes.plot`.

    Returns
    -------
    matplotlib.lines.Line2D

    Raises
    ------
    InvalidParameterError
        As ``trace.evaluate``, or if the trace is complex there.
    ModuleNotFoundError
        If matplotlib is not installed.

    Examples
    --------
    >>> import sympy as sp
    >>> import freeprob as fp
    >>> N, gamma = sp.symbols("N gamma", positive=True)
    >>> H = fp.GOE("H", N)
    >>> trace = fp.normalized_trace((H * H + gamma * sp.Identity(N)).inverse())
    >>> axes = fp.plotting.figure().subplots()
    >>> fp.plotting.plot_trace(trace, gamma, [1.0, 2.0], ax=axes).get_xdata().tolist()
    [1.0, 2.0]
    """
    from sympy import Symbol

    _require(trace, "evaluate", "a normalised trace")
    if not isinstance(parameter, Symbol):
        raise InvalidParameterError(
            f"the parameter is the trace's free symbol, got {parameter!r:.80}"
        )
    ax, places = axes_of(ax), row_of(values, "values")
    found = np.asarray(trace.evaluate({parameter: places}))
    if np.iscomplexobj(found):
        raise InvalidParameterError("this picture shows real traces, and this one is complex")
    (curve,) = ax.plot(places, found, **line)
    ax.set_xlabel(f"{parameter}")
    ax.set_ylabel("normalised trace")
    return curve


def _require(value: object, question: str, wanted: str) -> None:
    """Refuse what cannot answer the question that the picture asks."""
    # a class has the methods of its values, and answers nothing
    if isinstance(value, type) or not callable(getattr(value, question, None)):
        raise InvalidParameterError(f"this picture shows {wanted}, got {type(value).__name__}")
