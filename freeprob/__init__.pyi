# What __init__.py loads lazily, spelled out for type checkers and editors: tests/test_package.py
# compares the two.
from . import ensembles as ensembles
from . import errors as errors
from . import nets as nets
from . import plotting as plotting
from . import testing as testing
from .ensembles.comparison import Comparison as Comparison
from .laws.algebraic import AlgebraicLaw as AlgebraicLaw
from .laws.arcsine import Arcsine as Arcsine
from .laws.atomic import Atomic as Atomic
from .laws.atomic import PointMass as PointMass
from .laws.base import Law as Law
from .laws.boolean_sum import boolean_sum as boolean_sum
from .laws.cauchy import Cauchy as Cauchy
from .laws.compound_free_poisson import CompoundFreePoisson as CompoundFreePoisson
from .laws.compress import compress as compress
from .laws.density import DensityLaw as DensityLaw
from .laws.free_difference import subtract as subtract
from .laws.free_meixner import FreeMeixner as FreeMeixner
from .laws.free_poisson import FreePoisson as FreePoisson
from .laws.free_product import boxtimes as boxtimes
from .laws.free_product import boxtimes_power as boxtimes_power
from .laws.free_product import sample_covariance as sample_covariance
from .laws.free_sum import boxplus as boxplus
from .laws.free_sum import boxplus_power as boxplus_power
from .laws.fuss_catalan import FussCatalan as FussCatalan
from .laws.information_plus_noise import information_plus_noise as information_plus_noise
from .laws.kesten_mckay import KestenMcKay as KestenMcKay
from .laws.maps import mobius as mobius
from .laws.marchenko_pastur import MarchenkoPastur as MarchenkoPastur
from .laws.mixture import mixture as mixture
from .laws.monotone_sum import monotone as monotone
from .laws.raney import Raney as Raney
from .laws.rectangular import rectangular_boxplus as rectangular_boxplus
from .laws.semicircle import Semicircle as Semicircle
from .laws.square import symmetrize as symmetrize
from .laws.transform import TransformLaw as TransformLaw
from .laws.uniform import Uniform as Uniform
from .laws.wachter import Wachter as Wachter
from .models.law import law as law
from .models.letters import GOE as GOE
from .models.letters import GUE as GUE
from .models.letters import Deterministic as Deterministic
from .models.letters import Ginibre as Ginibre
from .models.letters import HaarOrthogonal as HaarOrthogonal
from .models.letters import HaarUnitary as HaarUnitary
from .models.letters import Projection as Projection
from .models.letters import jointly_diagonal as jointly_diagonal
from .models.sampling import check as check
from .models.sampling import simulate as simulate
from .models.traces import normalized_trace as normalized_trace

__version__: str
__all__: list[str]
_HOMES: dict[str, str]
_ROOMS: tuple[str, ...]
