"""``freeprob check FILE LAW``: eigenvalues of a file against a law, parameters fitted."""

from __future__ import annotations

import argparse
import sys
from typing import Any

import numpy as np

from freeprob.errors import InvalidParameterError, ParseError
from freeprob.language.parser import parse_law, parse_number, symbol


def describe(commands: Any) -> None:
    """Add the command."""
    check = commands.add_parser(
        "check",
        help="compare eigenvalues in a file with a law",
        description="Compare eigenvalues with a law; exit code 1 if they disagree.",
        epilog='example: freeprob check data.txt "MarchenkoPastur(c)" --fit c',
    )
    check.set_defaults(run=run)
    check.add_argument("file", help="numbers between spaces, commas or lines; .npy; - for input")
    check.add_argument("law", help="such as 'MarchenkoPastur(1/2)'")
    check.add_argument(
        "--fit", action="append", default=[], metavar="NAME", help="estimate this; repeatable"
    )
    check.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="value of a parameter"
    )


def run(options: argparse.Namespace) -> int:
    """Read, compare or fit, and print."""
    law, values = parse_law(options.law), {}
    for text in options.set:
        name, equals, value = text.partition("=")
        if not equals or symbol(name.strip()) not in law.parameters:
            raise ParseError(f"--set takes NAME=VALUE with a parameter of the law, got '{text}'")
        values[symbol(name.strip())] = parse_number(value)
    law = law.subs(values) if values else law
    wanted = [symbol(name) for name in options.fit]
    missing = [str(name) for name in law.parameters if name not in wanted]
    if missing:
        raise InvalidParameterError(
            f"{', '.join(missing)} has no value: estimate it by --fit {missing[0]}, or give it by "
            f"--set {missing[0]}=1"
        )
    eigenvalues = read(options.file)
    if not wanted:
        comparison = law.compare_to(eigenvalues)
        print(comparison.summary())
        return 0 if comparison.passed else 1
    fit = law.fit(eigenvalues, wanted)
    print(fit.summary())
    return 0 if fit.comparison.passed else 1


def read(file: str) -> np.ndarray:
    """All numbers of a file in one row.

    Raises
    ------
    InvalidParameterError
        If something in it is no number, with the word.
    OSError
        If there is no such file.
    """
    if file.endswith(".npy"):
        try:
            return np.asarray(np.load(file), dtype=float).ravel()
        except ValueError as error:
            raise InvalidParameterError(f"{file} holds no array of numbers: {error}") from error
    if file == "-":
        text = sys.stdin.read()
    else:
        with open(file, encoding="utf-8", errors="replace") as source:
            text = source.read()
    found = []
    for word in text.replace(",", " ").replace(";", " ").split():
        try:
            found.append(float(word))
        except ValueError as error:
            raise InvalidParameterError(f"{file}: '{word[:40]}' is no number") from error
    return np.array(found)
