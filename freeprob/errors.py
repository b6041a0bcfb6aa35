"""The one tree of exceptions: every error says what was wrong, why, and what to try.

Each class derives from :class:`FreeprobError` and from the built-in exception of the same
nature, so callers may catch either.
"""

from __future__ import annotations


class FreeprobError(Exception):
    """Base of every error that freeprob raises on purpose."""


class InvalidParameterError(FreeprobError, ValueError):
    """A parameter outside its domain: a ratio that is not positive, weights not summing to 1."""


class NotALawError(FreeprobError, ValueError):
    """The equation or operation does not give a probability measure on the real line."""


class UndefinedOperationError(FreeprobError, ValueError):
    """The operation has no meaning for these laws, such as S of a mean-zero law."""


class NoClosedFormError(FreeprobError, ValueError):
    """The transform has no closed form; its polynomial equation may still exist."""


class NotAlgebraicError(FreeprobError, ValueError):
    """The law's Cauchy transform satisfies no polynomial equation, or none is known."""


class BudgetExceededError(FreeprobError, RuntimeError):
    """Elimination or refinement went past its budget; the numeric reading still works."""


class ConvergenceError(FreeprobError, ArithmeticError):
    """An iteration did not reach its tolerance."""


class CertificationError(FreeprobError, ArithmeticError):
    """A value could not be proved to the digits asked for."""


class ParseError(FreeprobError, ValueError):
    """Text that the command's small language does not accept."""
