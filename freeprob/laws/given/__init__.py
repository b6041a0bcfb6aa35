"""Laws that a user gives: by an equation, a transform, a density."""
