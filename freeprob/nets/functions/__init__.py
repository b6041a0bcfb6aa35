"""Pointwise functions before anything is averaged: pieces, parity, constants."""
