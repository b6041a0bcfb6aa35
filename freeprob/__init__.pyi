# What __init__.py loads lazily, spelled out for type checkers and editors: tests/test_package.py
# compares the two.
from . import ensembles as ensembles
from . import errors as errors
from . import nets as nets
from . import plotting as plotting
from . import testing as testing
from .ensembles.comparison import Comparison as Comparison
from .laws.atomic import Atomic as Atomic
from .laws.atomic import PointMass as PointMass
from .laws.base import Law as Law
from .laws.free_sum import boxplus as boxplus
from .laws.free_sum import boxplus_power as boxplus_power
from .laws.marchenko_pastur import MarchenkoPastur as MarchenkoPastur
from .laws.semicircle import Semicircle as Semicircle

__version__: str
__all__: list[str]
_HOMES: dict[str, str]
_ROOMS: tuple[str, ...]
