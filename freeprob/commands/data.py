"""``freeprob check FILE LAW``: eigenvalues of a file against a law, parameters fitted."""

from __future__ import annotations

import argparse
import sys
from math import isfinite
from typing import Any

import numpy as np

from freeprob.ensembles.comparison import Verdict
from freeprob.errors import InvalidParameterError, ParseError
from freeprob.language.parser import parse_law, parse_number, symbol
from freeprob.laws.matrices.fitting import Fit


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
    strange = [str(name) for name in wanted if name not in law.parameters]
    if strange:
        known = ", ".join(map(str, law.parameters)) or "none"
        raise ParseError(
            f"--fit takes a parameter of the law that has no value, got '{strange[0][:60]}'; "
            f"its parameters: {known}"
        )
    missing = [str(name) for name in law.parameters if name not in wanted]
    if missing:
        raise InvalidParameterError(
            f"no number is given for {', '.join(missing)}: estimate it by --fit {missing[0]}, or "
            f"give it by --set {missing[0]}=1"
        )
    eigenvalues = read(options.file)
    found = law.fit(eigenvalues, wanted) if wanted else law.compare_to(eigenvalues)
    print(found.summary())
    comparison = found.comparison if isinstance(found, Fit) else found
    if comparison.verdict is Verdict.TOO_SMALL:
        raise InvalidParameterError(
            f"{options.file}: {eigenvalues.size} eigenvalues are {comparison.verdict.value}"
        )
    return 0 if comparison.passed else 1


def read(file: str) -> np.ndarray:
    """All numbers of a file in one row.

    Raises
    ------
    InvalidParameterError
        If something in it is no finite number, with its line, or it holds none.
    OSError
        If there is no such file.
    """
    found = _array(file) if file.endswith(".npy") else _numbers(file)
    if not found.size:
        raise InvalidParameterError(f"{file} holds no number")
    return found


def _array(file: str) -> np.ndarray:
    """The array of a NumPy file in one row."""
    try:
        found = np.asarray(np.load(file), dtype=float).ravel()
    except (ValueError, TypeError, EOFError) as error:
        raise InvalidParameterError(f"{file} holds no array of real numbers: {error}") from error
    if not np.isfinite(found).all():
        place = int(np.argmin(np.isfinite(found)))
        raise InvalidParameterError(f"{file}: entry {place} is {found[place]}, no finite number")
    return found


def _numbers(file: str) -> np.ndarray:
    """The numbers of a text, between spaces, commas, semicolons or lines."""
    if file == "-":
        text = sys.stdin.read()
    else:
        with open(file, encoding="utf-8-sig", errors="replace") as source:
            text = source.read()
    found = []
    for line, row in enumerate(text.splitlines(), 1):
        for word in row.replace(",", " ").replace(";", " ").split():
            try:
                number = float(word)
            except ValueError as error:
                raise InvalidParameterError(_no_number(file, line, word)) from error
            if not isfinite(number):
                raise InvalidParameterError(_no_number(file, line, word))
            found.append(number)
    return np.array(found)


def _no_number(file: str, line: int, word: str) -> str:
    return f"{file}, line {line}: {word[:40]!r} is no finite number"
