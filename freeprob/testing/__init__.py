"""Public helpers for tests: the contract that every law keeps."""

from freeprob.testing.contract import check_law

__all__ = ["check_law"]
