"""How much work an expansion may take."""

from __future__ import annotations

from typing import final

from freeprob.errors import BudgetExceededError

PRODUCTS = 10**6
"""Products of series that take about 10 seconds."""


@final
class Meter:
    """Counts work down and refuses what is beyond it.

    Parameters
    ----------
    budget
        Products of power series.
    """

    def __init__(self, budget: int = PRODUCTS) -> None:
        self._budget = self._left = budget

    def spend(self, products: int) -> None:
        """Take note of some products.

        Raises
        ------
        BudgetExceededError
            If too many were made.
        """
        self._left -= products
        if self._left < 0:
            raise BudgetExceededError(
                f"the block traces of this expression take more than {self._budget} products of "
                "power series to be told apart; write it in fewer factors or letters, such as one "
                "letter of known law for a part that is free from the rest, or simulate it"
            )
