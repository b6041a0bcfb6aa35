"""``python -m freeprob`` is the command ``freeprob``."""

import sys

from freeprob.cli import main

sys.exit(main())
