"""Random laws, random wrong arguments, and oracles that share no code with the package."""
