"""From an expression to its limit law: recognised, or solved."""
