"""Sliders over a law's parameters: its picture, its edges and its equation move along."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from io import BytesIO
from random import Random
from typing import TYPE_CHECKING, Any, Protocol, final

import sympy as sp

from freeprob.behaviour import does
from freeprob.errors import FreeprobError, InvalidParameterError
from freeprob.extras import require_installed, require_matplotlib
from freeprob.law_symbols import admissible, symbols_of
from freeprob.parameters import count, exact, many
from freeprob.plotting.canvas import figure
from freeprob.plotting.densities import plot_density
from freeprob.plotting.families import Family
from freeprob.plotting.outlines import finite_cuts
from freeprob.plotting.spectra import Spectrum
from freeprob.typesetting import equation_latex

if TYPE_CHECKING:
    from ipywidgets import HTML, HTMLMath, Image, SelectionSlider, VBox

# ranges that nobody gave: shapes and variances live around 1, shifts around 0
_POSITIVE = (sp.Rational(1, 20), sp.Integer(3))
_REAL = (sp.Integer(-2), sp.Integer(2))
# a range without a step is cut into the smallest round steps that make no more values than this
_MOST_STEPS = 60
# more than a slider of any width can be moved to
_MOST_VALUES = 10_000
_DIGITS = 8


class Explorable(Family, Spectrum, Protocol):
    """A family of laws that has edges and an equation."""

    def edges(self, dps: int) -> Any:
        """Edges, as a table."""
        ...

    def equation(self, G: sp.Symbol, z: sp.Symbol) -> sp.Eq:
        """The equation of G at z."""
        ...


@final
class Explorer:
    """A law's picture, edges and equation over sliders; :func:`explore` makes it.

    A notebook shows it; in Python its sliders are moved by their values.

    Attributes
    ----------
    family
        The law with its parameters.
    sliders
        A slider for each parameter, by symbol; each value is an exact number.
    picture, edges, equation
        The widgets that show them.
    widget
        All of them, to be laid out with others.

    Notes
    -----
    A picture spans the spectra at both ends of every range, so that edges are seen to move. Where
    the law does not exist, or does not answer, its message stands in place of the answer.

    Examples
    --------
    >>> import freeprob as fp, sympy as sp
    >>> c = sp.Symbol("c", positive=True)
    >>> shown = fp.MarchenkoPastur(c).explore({c: ("1/4", 2)})
    >>> shown.sliders[c].value = 2
    >>> shown.law
    MarchenkoPastur(2)
    >>> "mass 1/2 at 0" in shown.edges.value
    True
    """

    family: Explorable
    sliders: dict[sp.Symbol, SelectionSlider]
    picture: Image
    edges: HTML
    equation: HTMLMath
    widget: VBox

    def __init__(self, family: Explorable, ranges: Mapping[sp.Symbol, Sequence[sp.Expr]]) -> None:
        import ipywidgets as widgets

        self.family = family
        # a slider stands at first next to a value that the law accepts
        start = admissible(family, Random(0), first=sp.S.One)
        self.sliders = {
            symbol: widgets.SelectionSlider(
                options=[(_label(value), value) for value in values],
                value=min(values, key=lambda value: abs(float(value - start[symbol]))),
                description=f"${sp.latex(symbol)}$",
                # a law takes longer than a hand: only where the slider comes to rest
                continuous_update=False,
            )
            for symbol, values in ranges.items()
        }
        self.picture = widgets.Image(format="png", width=640)
        self.edges, self.equation = widgets.HTML(), widgets.HTMLMath()
        self.widget = widgets.VBox(
            [*self.sliders.values(), self.picture, self.equation, self.edges]
        )
        self._width = _hull(family, self.values, ranges)
        for slider in self.sliders.values():
            slider.observe(lambda change: self._show(), names="value")
        self._show()

    @property
    def values(self) -> dict[sp.Symbol, sp.Expr]:
        """Where the sliders stand."""
        return {symbol: slider.value for symbol, slider in self.sliders.items()}

    @property
    def law(self) -> Any:
        """The law there.

        Raises
        ------
        FreeprobError
            If there is none.
        """
        return self.family.subs(self.values)

    def __repr__(self) -> str:
        at = ", ".join(f"{symbol}={value}" for symbol, value in self.values.items())
        return f"Explorer({self.family}, {at})"

    def _repr_mimebundle_(self, **wanted: object) -> object:
        return self.widget._repr_mimebundle_(**wanted)

    def _show(self) -> None:
        """Bring all that is shown to where the sliders stand."""
        at = [
            f"${sp.latex(symbol)} = {_label(value, sp.latex)}$"
            for symbol, value in self.values.items()
        ]
        title = ", ".join([f"${sp.latex(self.family)}$", *at])
        picture = _or_message(lambda: _picture(self.law, self._width, title))
        drawn = isinstance(picture, bytes)
        self.picture.value = picture if drawn else b""
        self.picture.layout.display = None if drawn else "none"
        self.equation.value = _or_message(lambda: _equation(self.law))
        self.edges.value = _or_message(lambda: _spectrum(self.law))


def explore(law: Explorable, parameters: object = None) -> Explorer:
    """Show a law over sliders of its parameters: density, equation, edges and atoms.

    Parameters
    ----------
    law
        A law with free symbols.
    parameters
        ``{symbol: (first, last)}`` or ``{symbol: (first, last, step)}``, or a list of values in
        place of a range; symbols alone take a range around 1, or around 0 if they may be negative.
        By default all of the law's.

    Returns
    -------
    Explorer
        What a notebook shows; ``.sliders``, ``.law``.

    Raises
    ------
    InvalidParameterError
        If a symbol is no parameter of the law, one stays without a range, or a range is none.
    ModuleNotFoundError
        If ipywidgets or matplotlib is not installed.

    Examples
    --------
    >>> import freeprob as fp, sympy as sp
    >>> c, t = sp.symbols("c t", positive=True)
    >>> law = fp.boxplus(fp.MarchenkoPastur(c), fp.Semicircle(t))
    >>> shown = fp.plotting.explore(law, {c: ("1/10", 2), t: (1, 2, "1/4")})
    >>> shown.values
    {c: 1, t: 1}
    """
    require_matplotlib()
    require_installed("ipywidgets", "sliders", "explore")
    if not does(law, Spectrum):
        raise InvalidParameterError(f"sliders move a law, got {type(law).__name__}")
    given = dict(parameters) if isinstance(parameters, Mapping) else None
    symbols = symbols_of(law, parameters if given is None else list(given))
    left = [symbol for symbol in law.parameters if symbol not in symbols]
    if not symbols:
        raise InvalidParameterError(f"no parameter to move: {law} has numbers only; law.plot()")
    if left:
        names = ", ".join(map(str, left))
        raise InvalidParameterError(
            f"no range for {names}: give one, or a value by law.subs({{{left[0]}: 1}})"
        )
    ranges = {symbol: _values(symbol, given and given[symbol]) for symbol in symbols}
    return Explorer(law, ranges)


def _values(symbol: sp.Symbol, given: object) -> list[sp.Expr]:
    """The values of a range, or those of a list."""
    if given is None:
        given = _POSITIVE if symbol.is_positive else _REAL
    parts = [exact(part, f"a value of {symbol}") for part in many(given, f"the range of {symbol}")]
    if not isinstance(given, tuple):
        if not parts or len(set(parts)) < len(parts):
            raise InvalidParameterError(f"the values of {symbol} must be distinct, at least one")
        return parts
    if len(parts) not in (2, 3) or not all(part.is_Rational for part in parts):
        raise InvalidParameterError(
            f"the range of {symbol} is (first, last) or (first, last, step) in rational numbers; "
            f"other values are a list: {symbol}: [1, 2, 4]"
        )
    first, last = parts[:2]
    step = parts[2] if len(parts) == 3 else _round_step(last - first)
    if not (first < last and 0 < step <= last - first):
        raise InvalidParameterError(f"no step of {step} leads from {first} to {last}")
    total = count(int((last - first) // step), f"steps of {symbol}", most=_MOST_VALUES)
    values = [first + k * step for k in range(total + 1)]
    # a step that nobody gave misses no end
    return values if len(parts) == 3 or values[-1] == last else [*values, last]


def _round_step(width: sp.Expr) -> sp.Expr:
    """The smallest of 1, 2 and 5 times a power of ten that makes no more than so many steps."""
    if not width > 0:
        return sp.S.One
    power = sp.Integer(10) ** (int(sp.floor(sp.log(width / _MOST_STEPS, 10))))
    return next(k * power for k in (1, 2, 5, 10) if width <= k * power * _MOST_STEPS)


def _label(value: sp.Expr, printed: Callable[[sp.Expr], str] = str) -> str:
    """A decimal where that is exact and short, else the number as it prints."""
    written = repr(float(value))
    return written if sp.Rational(written) == value else printed(value)


def _hull(
    family: Explorable,
    start: Mapping[sp.Symbol, sp.Expr],
    ranges: Mapping[sp.Symbol, Sequence[sp.Expr]],
) -> list[float]:
    """Ends of the spectra at the ends of every range, where the law exists there."""
    places: list[float] = []
    for symbol, values in ranges.items():
        for end in (values[0], values[-1]):
            try:
                law = family.subs({**start, symbol: end})
                places += [place for cut in finite_cuts(law) for place in cut]
            except FreeprobError:
                continue  # its message is shown once the slider stands there
    return [min(places), max(places)] if places else []


def _picture(law: Explorable, width: Sequence[float], title: str) -> bytes:
    """The density as a picture that any page shows."""
    drawn = figure()
    axes = drawn.subplots()
    plot_density(law, ax=axes)
    if width:
        low, high = width
        left, right = axes.get_xlim()
        margin = 0.05 * ((high - low) or 2.0)
        axes.set_xlim(min(left, low - margin), max(right, high + margin))
    axes.set_title(title)
    file = BytesIO()
    drawn.savefig(file, format="png", dpi=200)
    return file.getvalue()


def _equation(law: Explorable) -> str:
    """The equation of G(z), typeset."""
    G, z = sp.Dummy("G"), sp.Dummy("z")
    return f"$${equation_latex(law.equation(G, z), G)}$$"


def _spectrum(law: Explorable) -> str:
    """Edges as a table, and atoms."""
    masses = [f"mass {mass} at {place}" for place, mass in law.atoms().items()]
    told = f"<p>atoms: {escape(', '.join(masses))}</p>" if masses else ""
    return law.edges(dps=_DIGITS)._repr_html_() + told


def _or_message(answer: Callable[[], Any]) -> Any:
    """An answer, or why there is none."""
    try:
        return answer()
    except FreeprobError as error:
        return f"<p>{escape(str(error))}</p>"
