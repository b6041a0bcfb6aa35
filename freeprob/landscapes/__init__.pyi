from . import local as local
from .kac_rice.spin_glasses import MixedPSpin as MixedPSpin
from .kac_rice.spin_glasses import PSpin as PSpin

__all__: list[str]
_HOMES: dict[str, str]
_MODULES: tuple[str, ...]
