"""The command's little language for laws: text to a law, never evaluated as Python."""
