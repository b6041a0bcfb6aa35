"""A law as a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from freeprob.laws.description.described import Described

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes

    from freeprob.plotting.explorer import Explorable, Explorer
    from freeprob.plotting.spectra import Spectrum


class PictureReading(Described):
    """What a law shows: its density and atoms, over simulated eigenvalues."""

    def plot(
        self,
        ax: Axes | None = None,
        *,
        sample: object = None,
        bins: int | str | Sequence[float] = 60,
        hist_kw: Mapping[str, object] | None = None,
        **style: Any,
    ) -> Axes:
        """Draw the density, with atoms as arrows, over a histogram of eigenvalues if there are any.

        Parameters
        ----------
        ax
            Axes to draw on; by default pyplot's current axes. What is on them stays in view.
        sample
            Eigenvalues, of any shape.
        bins, hist_kw
            Bins of the histogram and its properties, as for
            :func:`freeprob.plotting.plot_density`.
        **style
            Properties of the curve, as for :meth:`matplotlib.axes.Axes.plot`.

        Returns
        -------
        matplotlib.axes.Axes
            What was drawn on; :func:`freeprob.plotting.plot_density` gives curve and arrows.

        Raises
        ------
        InvalidParameterError
            If the law has free symbols, or an argument is of the wrong kind.
        ModuleNotFoundError
            If matplotlib is not installed.

        Examples
        --------
        >>> from freeprob import MarchenkoPastur, plotting
        >>> axes = plotting.figure().subplots()
        >>> MarchenkoPastur("1/2").plot(axes, label="c = 1/2") is axes
        True
        """
        from freeprob.plotting import plot_density

        own = cast("Spectrum", self)
        found = plot_density(own, ax=ax, sample=sample, bins=bins, hist_kw=hist_kw, **style)
        return found.axes

    def explore(self, parameters: object = None) -> Explorer:
        """Show density, equation, edges and atoms over sliders of the parameters, in a notebook.

        Parameters
        ----------
        parameters
            ``{symbol: (first, last)}``, with a step or without, or a list of values for a range;
            by default all parameters, in ranges around 1. See
            :func:`freeprob.plotting.explore`.

        Returns
        -------
        freeprob.plotting.Explorer
            What the notebook shows; ``.sliders`` by symbol, ``.law`` where they stand.

        Raises
        ------
        InvalidParameterError
            If a symbol is no parameter of the law, one stays without a range, or a range is none.
        ModuleNotFoundError
            If ipywidgets or matplotlib is not installed.

        Examples
        --------
        >>> import sympy as sp
        >>> from freeprob import MarchenkoPastur
        >>> c = sp.Symbol("c", positive=True)
        >>> MarchenkoPastur(c).explore({c: ("1/4", 2, "1/4")})
        Explorer(MarchenkoPastur(c), c=1)
        """
        from freeprob.plotting import explore

        return explore(cast("Explorable", self), parameters)
