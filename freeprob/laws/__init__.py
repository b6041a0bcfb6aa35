"""The tree of laws: named laws and operations on laws."""
