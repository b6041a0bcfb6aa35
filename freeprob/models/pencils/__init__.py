"""Linearisation: from an expression to its least self-adjoint pencil."""
