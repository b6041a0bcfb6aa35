"""The questions every law answers: equations, numbers, spectrum, matrices."""
