"""Tables that notebooks show: HTML from plain text, marked by verdict and never by colour alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from html import escape
from typing import Any

_LONGEST = 6  # numbers that a line of a table holds
# translucent, so that they read on light and on dark pages
_TINTS = {"good": "rgba(0, 158, 115, 0.16)", "bad": "rgba(213, 94, 0, 0.3)"}


def html_table(
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    caption: str = "",
    verdicts: Sequence[str] = (),
) -> str:
    """A table as HTML; everything is escaped.

    Parameters
    ----------
    head
        Titles of the columns, or none.
    rows
        Cells as text, the first one of each row a heading.
    caption
        A line above.
    verdicts
        For each row "good", "bad" or "": what tints it.
    """
    tints = [_TINTS.get(verdict, "") for verdict in verdicts] or [""] * len(rows)
    lines = ["<table>"]
    if caption:
        style = ' style="caption-side: top; text-align: left"'
        lines.append(f"<caption{style}>{escape(caption)}</caption>")
    if head:
        cells = "".join(f"<th>{escape(cell)}</th>" for cell in head)
        lines.append(f"<thead><tr>{cells}</tr></thead>")
    lines.append("<tbody>")
    for row, tint in zip(rows, tints, strict=True):
        style = f' style="background-color: {tint}"' if tint else ""
        first, *rest = map(escape, row)
        cells = "".join(f"<td>{cell}</td>" for cell in rest)
        lines.append(f'<tr{style}><th style="text-align: left">{first}</th>{cells}</tr>')
    return "\n".join([*lines, "</tbody>", "</table>"])


class Tabled:
    """A frozen dataclass that notebooks show as a table of its fields."""

    def _repr_html_(self) -> str:
        named: Any = self
        found = [(each.name, getattr(self, each.name)) for each in fields(named) if each.repr]
        rows = [
            [name.replace("_", " "), _shown(value)] for name, value in found if value is not None
        ]
        return html_table([], rows, type(self).__name__)


class Summarised:
    """A report that notebooks show as its summary, in columns."""

    def summary(self) -> str:
        """The report as text."""
        raise NotImplementedError

    def _repr_html_(self) -> str:
        return f"<pre>{escape(self.summary())}</pre>"


def _shown(value: Any) -> str:
    """A value as a cell of a table: floats to ten digits, long arrays by their shape."""
    if isinstance(value, float | complex):
        return f"{value:.10g}"
    shape = getattr(value, "shape", None)
    if isinstance(shape, tuple) and getattr(value, "size", 0) > _LONGEST:
        return f"array of {' x '.join(map(str, shape))} numbers"
    return str(value)
