"""The free Poisson law."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, final

import sympy as sp

from freeprob.exact.systems.leaves import from_inverse
from freeprob.exact.systems.system import System
from freeprob.laws.base import Law
from freeprob.parameters import exact, require

if TYPE_CHECKING:
    from freeprob.ensembles import Model


@final
class FreePoisson(Law):
    """Free Poisson law: κₙ = λ aⁿ, R(w) = λ a/(1 - a w).

    ``FreePoisson(1/c, c v)`` is ``MarchenkoPastur(c, v)``.

    Parameters
    ----------
    rate
        λ, positive. For λ < 1 there is an atom 1 - λ at 0.
    jump
        a, real and not 0.

    Raises
    ------
    InvalidParameterError
        If the rate is not positive or the jump is 0.

    Notes
    -----
    Source: Voiculescu 1986; Speicher 1998.

    Examples
    --------
    >>> from freeprob import FreePoisson
    >>> FreePoisson(2, 3).free_cumulants(3)
    [6, 18, 54]
    """

    _short: ClassVar[str] = "FP"
    _defaults: ClassVar[tuple[int, ...]] = (1,)

    def __new__(cls, rate: object, jump: object = 1) -> FreePoisson:
        """Check and read the parameters."""
        rate, jump = exact(rate, "rate"), exact(jump, "jump")
        require(rate > 0, f"rate must be positive, got {rate}")
        require(sp.Ne(jump, 0), "the jump must not be 0")
        return super().__new__(cls, rate, jump)

    def _system(self) -> System:
        rate, jump = self.args
        return from_inverse(lambda g: 1 / g + rate * jump / (1 - jump * g))

    def _matrix_model(self) -> Model:
        from freeprob.ensembles import Affine, Wishart

        rate, jump = map(float, self.args)
        return Affine(Wishart(1 / rate), scale=rate * jump)

    def _on_half_line(self) -> bool | None:
        return self.args[1].is_positive
