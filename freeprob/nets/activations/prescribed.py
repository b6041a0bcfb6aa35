"""Activations with a prescribed share of linear response."""

from __future__ import annotations

from typing import Any

import sympy as sp

from freeprob.nets.activations.activations import Activation
from freeprob.nets.activations.named import leaky_relu
from freeprob.parameters import exact, require


def with_zeta(zeta: Any) -> Activation:
    r"""The piecewise linear activation with E f = 0, E f² = 1 and (E z f)² = ζ, z standard normal.

    It is :math:`f_\alpha(x) \propto [x]_+ + \alpha [-x]_+ - \text{mean}` with

    .. math:: \zeta(\alpha) = \frac{(1 - \alpha)^2}{2 (1 + \alpha^2) - \frac2\pi (1 + \alpha)^2},

    solved for the α in [-1, 1]: ζ = 0 is abs (α = 1), π/(2(π - 1)) relu (α = 0), 1 linear (α = -1).

    Parameters
    ----------
    zeta
        ζ in [0, 1], or a symbol. With ζ = 0 the Gram matrix of a layer forgets its data.

    Returns
    -------
    Activation

    Raises
    ------
    InvalidParameterError
        If ζ is outside [0, 1].

    Notes
    -----
    Source: Pennington-Worah 2017.

    Examples
    --------
    >>> import sympy as sp
    >>> from freeprob import nets
    >>> nets.with_zeta(1)
    Activation(x, x)
    >>> nets.with_zeta("1/2").zeta(1).equals(sp.Rational(1, 2))
    True
    """
    wanted = exact(zeta, "zeta")
    require(sp.And(wanted >= 0, wanted <= 1), f"zeta lies in [0, 1], got {wanted}")
    alpha = sp.Dummy("alpha", real=True)
    family = leaky_relu(-alpha)
    condition = sp.Poly(sp.expand(family.zeta(1) - wanted * family.eta(1)), alpha)
    # α and 1/α are the same up to sign and scale: the equation is aα² + bα + a = 0
    a, b = (sp.simplify(condition.coeff_monomial(alpha**power)) for power in (2, 1))
    root = sp.simplify(-2 * a / (b - sp.sqrt(sp.factor(b**2 - 4 * a**2))))
    return leaky_relu(-root).centered(1).normalized(1)
