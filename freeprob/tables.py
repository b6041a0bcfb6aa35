"""Tables that notebooks show: HTML from plain text, marked by verdict and never by colour alone."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

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
