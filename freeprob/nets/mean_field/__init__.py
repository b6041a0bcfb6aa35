"""Length and correlation maps, fixed points, criticality, order and chaos."""
