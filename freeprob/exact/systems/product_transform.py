"""The transform of a function of several independent variables, as a function of SymPy."""

from __future__ import annotations

from typing import final

import sympy as sp
from sympy.core.symbol import Str

from freeprob.exact.systems.gaussian_transform import TransformAt


@final
class Chart(sp.Basic):
    """One variable; arguments are a kind, two numbers m and h, and a weight w as a Lambda.

    ``circle``: m + h cos θ with density w(cos θ) dθ on (0, π); ``line``: Gaussian of mean m and
    deviation h; ``segment``: uniform on [m - h, m + h].
    """


CIRCLE, LINE, SEGMENT = map(Str, ("circle", "line", "segment"))


class ProductTransform(TransformAt):
    r"""The derivative of order n of ψ(1/w) = E tr M (w - M)⁻¹/d for a symmetric matrix of size d.

    M is a function of independent variables, each with a chart. Arguments are w, n, d, a
    ``Lambda`` of the entries M₁₁, M₁₂, …, M₂₂, …, and a tuple of charts. Off the real axis it is
    an integral of an analytic function; on the spectrum it has no value here.
    """

    nargs = 5
