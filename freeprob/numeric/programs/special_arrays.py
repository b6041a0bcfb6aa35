"""SciPy's special functions on arrays as compiled expressions call them, loaded on first use."""

from __future__ import annotations

from typing import Any

import numpy as np


def hypergeometric(upper: tuple[float, float], lower: tuple[float], z: Any) -> Any:
    """2F1 on arrays; an argument a rounding beyond 1 counts as 1."""
    from scipy.special import hyp2f1

    return hyp2f1(*upper, *lower, np.minimum(z, 1.0))


def erfcx(x: Any) -> Any:
    """Erfc scaled by exp(x²)."""
    from scipy.special import erfcx as scaled

    return scaled(x)


def logistic(x: Any) -> Any:
    """The logistic function."""
    from scipy.special import expit

    return expit(x)
