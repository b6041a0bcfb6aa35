# What __init__.py loads lazily, spelled out for type checkers and editors: written by
# python -m tests.stubs, and compared by tests/test_package.py.
from . import damping as damping
from . import experiments as experiments
from . import local as local
from .batch_outliers import outliers as outliers
from .hessians import critical_energy as critical_energy
from .hessians import hessian_law as hessian_law
from .hessians import index as index
from .hessians import index_exponent as index_exponent
from .kac_rice.drift import DriftedField as DriftedField
from .kac_rice.drift import network_field as network_field
from .kac_rice.finite_rank import determinant_factor as determinant_factor
from .kac_rice.product_fields import GaussianField as GaussianField
from .kac_rice.product_fields import TwoPlayerSpinGlass as TwoPlayerSpinGlass
from .kac_rice.spin_glasses import MixedPSpin as MixedPSpin
from .kac_rice.spin_glasses import PSpin as PSpin

__all__: list[str]
_HOMES: dict[str, str]
_MODULES: tuple[str, ...]
