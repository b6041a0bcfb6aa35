# What __init__.py loads lazily, spelled out for type checkers and editors: written by
# python -m tests.stubs, and compared by tests/test_package.py.
from . import ensembles as ensembles
from . import errors as errors
from . import landscapes as landscapes
from . import nets as nets
from . import plotting as plotting
from . import testing as testing
from .bibliography import cite as cite
from .ensembles.comparison import Comparison as Comparison
from .laws.base import Law as Law
from .laws.given.algebraic import AlgebraicLaw as AlgebraicLaw
from .laws.given.density import DensityLaw as DensityLaw
from .laws.given.law_symbol import LawSymbol as LawSymbol
from .laws.given.transform import TransformLaw as TransformLaw
from .laws.matrices.fitting import Fit as Fit
from .laws.named.arcsine import Arcsine as Arcsine
from .laws.named.atomic import Atomic as Atomic
from .laws.named.atomic import PointMass as PointMass
from .laws.named.cauchy import Cauchy as Cauchy
from .laws.named.compound_free_poisson import CompoundFreePoisson as CompoundFreePoisson
from .laws.named.empirical import Empirical as Empirical
from .laws.named.free_meixner import FreeMeixner as FreeMeixner
from .laws.named.free_poisson import FreePoisson as FreePoisson
from .laws.named.fuss_catalan import FussCatalan as FussCatalan
from .laws.named.kesten_mckay import KestenMcKay as KestenMcKay
from .laws.named.marchenko_pastur import MarchenkoPastur as MarchenkoPastur
from .laws.named.raney import Raney as Raney
from .laws.named.semicircle import Semicircle as Semicircle
from .laws.named.uniform import Uniform as Uniform
from .laws.named.wachter import Wachter as Wachter
from .laws.operations.boolean_sum import boolean_sum as boolean_sum
from .laws.operations.compress import compress as compress
from .laws.operations.free_difference import subtract as subtract
from .laws.operations.free_product import boxtimes as boxtimes
from .laws.operations.free_product import boxtimes_power as boxtimes_power
from .laws.operations.free_product import sample_covariance as sample_covariance
from .laws.operations.free_sum import boxplus as boxplus
from .laws.operations.free_sum import boxplus_power as boxplus_power
from .laws.operations.information_plus_noise import information_plus_noise as information_plus_noise
from .laws.operations.maps import mobius as mobius
from .laws.operations.mixture import mixture as mixture
from .laws.operations.monotone_sum import monotone as monotone
from .laws.operations.rectangular import rectangular_boxplus as rectangular_boxplus
from .laws.operations.square import symmetrize as symmetrize
from .models.checking import check as check
from .models.equivalents.deterministic_equivalent import (
    deterministic_equivalent as deterministic_equivalent,
)
from .models.letters.gaussian_letters import GOE as GOE
from .models.letters.gaussian_letters import GUE as GUE
from .models.letters.gaussian_letters import Ginibre as Ginibre
from .models.letters.haar_letters import HaarOrthogonal as HaarOrthogonal
from .models.letters.haar_letters import HaarUnitary as HaarUnitary
from .models.letters.independent_copies import independent_copies as independent_copies
from .models.letters.spectral_letters import Deterministic as Deterministic
from .models.letters.spectral_letters import Projection as Projection
from .models.letters.spectral_letters import jointly_diagonal as jointly_diagonal
from .models.letters.spikes import Spike as Spike
from .models.limit_laws.eigenvalue_sums import fluctuation as fluctuation
from .models.limit_laws.law import law as law
from .models.samples.sampling import simulate as simulate
from .models.traces.normalized import normalized_trace as normalized_trace
from .nets.expectations.images import image as image
from .nets.expectations.normal import Normal as Normal
from .numeric.determinants.hard_edge import HardEdge as HardEdge
from .numeric.determinants.tracy_widom import TracyWidom as TracyWidom

__version__: str
__all__: list[str]
_HOMES: dict[str, str]
_ROOMS: tuple[str, ...]
