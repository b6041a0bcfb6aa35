"""Pages that the package writes itself: one for each public name, and the notebooks.

Nothing is listed by hand: a name that enters ``__all__``, or a notebook that enters its folder,
has its page at the next build.
"""

import inspect
import re
import shutil
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from types import FunctionType, ModuleType
from typing import NamedTuple

import sympy as sp
from law_pages import own_page
from sphinx.application import Sphinx

import freeprob
from freeprob import Law, ensembles, landscapes, nets, plotting, testing
from freeprob.nets import Activation
from freeprob.nets.activations.description import HEAD, facts


class Name(NamedTuple):
    """A public name: where users find it, and what it is."""

    place: str
    value: object

    @property
    def short(self) -> str:
        """Without the package."""
        return self.place.removeprefix("freeprob.")

    @property
    def page(self) -> str:
        """The page's file; file systems that fold case must tell Law from law."""
        kind = "class" if inspect.isclass(self.value) else "name"
        return f"{self.short}-{kind}"

    @property
    def summary(self) -> str:
        """One line for tables."""
        if isinstance(self.value, Activation):
            return f":math:`{sp.latex(self.value.args[0])}`"
        head = (inspect.getdoc(self.value) or "").partition("\n\n")[0].replace("\n", " ")
        return _with_bars(head)


# chapters of the reference by where the package keeps its names; the longest that fits counts
_CHAPTERS = (
    ("laws", "Named laws", ("freeprob.laws.named.", "freeprob.nets.expectations.normal.")),
    ("given", "Laws of what one holds", ("freeprob.laws.given.", "freeprob.laws.named.empirical.")),
    (
        "operations",
        "Operations on laws",
        ("freeprob.laws.operations.", "freeprob.nets.expectations.images."),
    ),
    ("matrices", "Random-matrix expressions", ("freeprob.models.",)),
    ("results", "The law, and what its methods give", ("freeprob.",)),
)
_ROOMS = {
    "nets": ("Random networks", nets),
    "landscapes": ("Loss surfaces", landscapes),
    "local": ("Local statistics", landscapes.local),
    "damping": ("Damping under noise", landscapes.damping),
    "experiments": ("Experiments on small real networks", landscapes.experiments),
    "ensembles": ("Matrix ensembles", ensembles),
    "plotting": ("Pictures", plotting),
    "testing": ("Helpers for tests", testing),
    "errors": ("Errors", freeprob.errors),
}


def _names(module: ModuleType) -> list[Name]:
    """The public names of a module that are no modules themselves."""
    listed = getattr(module, "__all__", None) or [
        name
        for name, value in vars(module).items()
        if getattr(value, "__module__", None) == module.__name__ and not name.startswith("_")
    ]
    found = [Name(f"{module.__name__}.{name}", getattr(module, name)) for name in sorted(listed)]
    return [name for name in found if not inspect.ismodule(name.value)]


def _chapters() -> Iterator[tuple[str, str, list[Name]]]:
    """File, title and names of every chapter; what two rooms name has its page in the first."""
    names, seen = _names(freeprob), set()
    for file, title, _ in _CHAPTERS:
        inside = [name for name in names if _chapter_of(name) == file]
        yield file, title, inside
        seen |= {id(name.value) for name in inside}
    for file, (title, module) in _ROOMS.items():
        inside = [name for name in _names(module) if id(name.value) not in seen]
        seen |= {id(name.value) for name in inside}
        yield file, title, inside


def _chapter_of(name: Name) -> str:
    """The chapter of a top-level name, by the module that it comes from."""
    home = f"freeprob.{freeprob._HOMES[name.short]}."
    fitting = {start: file for file, _, homes in _CHAPTERS for start in homes}
    return fitting[max((start for start in fitting if home.startswith(start)), key=len)]


def _members(value: type) -> list[str]:
    """Public methods and properties that the package itself defines on a class.

    Those that every law has are on the page of Law.
    """
    shared = dir(Law) if issubclass(value, Law) and value is not Law else dir(object)
    found = {}
    for base in reversed(value.__mro__):
        if base.__module__.startswith("freeprob."):
            found |= {name: base for name in vars(base) if not name.startswith("_")}
    return [
        name
        for name in found
        if name not in shared
        and isinstance(
            inspect.getattr_static(value, name),
            FunctionType | property | cached_property | classmethod | staticmethod,
        )
    ]


def _page(name: Name, folder: Path) -> str:
    """The page of one name, in reStructuredText; pictures go to the folder."""
    rule = "=" * len(name.short)
    lines = [f"{name.short}", rule, "", f".. currentmodule:: {name.place.rpartition('.')[0]}", ""]
    own = name.place.rpartition(".")[2]
    if isinstance(name.value, Activation):
        lines += [f".. py:data:: {own}", "", *(f"   {line}" for line in _facts(name.value))]
    elif inspect.isclass(name.value):
        lines += [f".. autoclass:: {own}", ""]
        for member in _members(name.value):
            kind = "method" if callable(getattr(name.value, member)) else "attribute"
            lines += [f"   .. auto{kind}:: {member}", ""]
    else:
        lines += [f".. autofunction:: {own}", ""]
    if inspect.isclass(name.value) and issubclass(name.value, Law) and name.value is not Law:
        lines += own_page(name.value, folder, name.page)
    return "\n".join(lines)


def _facts(activation: Activation) -> list[str]:
    """What an activation says of itself, as ``help`` tells it, in formulas."""
    lines = [f".. math:: f(x) = {sp.latex(activation(sp.Symbol('x')))}", "", HEAD, ""]
    for fact in facts(activation):
        lines += [f"``{fact.question}``, {fact.meaning}:", ""]
        if isinstance(fact.answer, str):
            lines += [f"   Not defined: {fact.answer}", ""]
        elif fact.is_short:
            lines += [f".. math:: {sp.latex(fact.answer)}", ""]
        else:
            lines += [f"   {fact.number} at {fact.place}; the formula is long.", ""]
    return [*lines, ":class:`~freeprob.nets.Activation` says what else an activation answers.", ""]


def _chapter(title: str, names: list[Name]) -> str:
    """A table of names, each with a line."""
    lines = [title, "=" * len(title), "", ".. list-table::", "   :widths: 30 70", ""]
    for name in names:
        lines += [f"   * - :doc:`{name.short} <generated/{name.page}>`"]
        lines += [f"     - {name.summary}"]
    lines += ["", ".. toctree::", "   :hidden:", ""]
    return "\n".join([*lines, *(f"   generated/{name.page}" for name in names), ""])


def _with_bars(text: str) -> str:
    """Text in which absolute values, abs(x) in bars, are no substitutions of reStructuredText."""
    pieces = re.split(r"(``.*?``|`.*?`)", text)
    return "".join(piece if i % 2 else piece.replace("|", r"\|") for i, piece in enumerate(pieces))


def keep_bars(app: Sphinx, what: str, name: str, value: object, options: object, lines: list[str]):
    """Let docstrings write absolute values as usual; displayed formulas and examples stay."""
    example, formula = False, None
    for number, line in enumerate(lines):
        indent = len(line) - len(line.lstrip())
        if not line.strip():
            example = False
        elif formula is not None and indent <= formula:
            formula = None
        if line.lstrip().startswith(".. math::"):
            formula = indent
        example = example or line.lstrip().startswith(">>>")
        if formula is None and not example:
            lines[number] = _with_bars(line)


def _write(path: Path, text: str) -> None:
    """Write only what changed, so that unchanged pages are not built again."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def write_reference(app: Sphinx) -> None:
    """Write the reference below ``reference/``."""
    folder, written = Path(app.srcdir) / "reference", set()
    for file, title, names in _chapters():
        generated = folder / "generated"
        generated.mkdir(parents=True, exist_ok=True)
        pages = {folder / f"{file}.rst": _chapter(title, names)}
        pages |= {generated / f"{name.page}.rst": _page(name, generated) for name in names}
        for path, text in pages.items():
            _write(path, text)
        written |= set(pages)
    for path in {*folder.glob("*.rst"), *folder.glob("generated/*.rst")} - written:
        path.unlink()


def copy_notebooks(app: Sphinx) -> None:
    """Bring the notebooks, which are stored without outputs, below the site's sources."""
    folder = Path(app.srcdir) / "notebooks"
    folder.mkdir(exist_ok=True)
    stored = {path.name: path for path in (Path(app.srcdir).parent / "notebooks").glob("*.ipynb")}
    for path in folder.glob("*.ipynb"):
        if path.name not in stored:
            path.unlink()
    for name, path in stored.items():
        copy = folder / name
        if not copy.exists() or copy.read_bytes() != path.read_bytes():
            shutil.copy2(path, copy)


def draw_in_style(gallery: dict, script: str) -> None:
    """Give every script of the gallery the package's style."""
    from matplotlib import pyplot

    pyplot.style.use("freeprob.plotting.sheet")


def setup(app: Sphinx) -> dict[str, object]:
    """Write before Sphinx looks for pages."""
    app.connect("builder-inited", write_reference, priority=100)
    app.connect("builder-inited", copy_notebooks, priority=100)
    # after numpydoc, which reads bars as they are
    app.connect("autodoc-process-docstring", keep_bars, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
