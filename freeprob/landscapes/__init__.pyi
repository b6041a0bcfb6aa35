from . import local as local

__all__: list[str]
_HOMES: dict[str, str]
_MODULES: tuple[str, ...]
