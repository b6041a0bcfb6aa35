"""How the site is built: ``sphinx-build -W docs site`` with the ``docs`` extra installed."""

import os
import sys
from pathlib import Path

# cells show their pictures, whatever backend the shell prefers
os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
sys.path.insert(0, str(Path(__file__).parent / "_extensions"))

import freeprob

project = "freeprob"
author = "The freeprob developers"
copyright = "The freeprob developers, BSD-3-Clause"
release = version = freeprob.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.mathjax",
    # formulas are typeset without a network
    "sphinx-mathjax-offline",
    "numpydoc",
    "myst_nb",
    "sphinx_gallery.gen_gallery",
    "generated_pages",
]
exclude_patterns = [
    "_extensions",
    "gallery",
    "jupyter_execute",
    ".jupyter_cache",
    "pictures/*.ipynb",
]

html_theme = "furo"
html_title = "freeprob"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False

myst_enable_extensions = ["amsmath", "colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
# the notebooks and pages are run; what did not change since the last build is not run again
nb_execution_mode = "cache"
nb_execution_timeout = 300
nb_execution_raise_on_error = True
nb_execution_show_tb = True
nb_merge_streams = True
# a cell that ends in a formula shows it typeset, as a notebook does; sentences of derivations wrap
nb_mime_priority_overrides = [("html", "text/markdown", 5), ("html", "text/latex", 6)]
nb_render_markdown_format = "myst"

numpydoc_show_class_members = False
autodoc_member_order = "bysource"
autodoc_typehints = "none"
autodoc_preserve_defaults = True

sphinx_gallery_conf = {
    "examples_dirs": "gallery",
    "gallery_dirs": "pictures",
    "filename_pattern": r"/",
    "within_subsection_order": "FileNameSortKey",
    "reset_modules": ("matplotlib", "generated_pages.draw_in_style"),
    "download_all_examples": False,
    "show_signature": False,
    "remove_config_comments": True,
    "write_computation_times": False,
    "matplotlib_animations": False,
    "abort_on_example_error": True,
    # a picture is shown, not the repr of the artist that its last line returns
    "capture_repr": (),
}
