"""Steps along a sheet in float64 and in balls, their rules, and where a sheet has none."""
