"""Names and shapes of tensors: readers of weight files, their comparison with a network, and the mapping of layers.

The package is also the function of its name in the public API: `convlint.weights(path, weights)`. Whichever of the two
is meant, Python finds one attribute of `convlint`.
"""

import sys
from types import ModuleType

from convlint.typed import Any


class _Callable(ModuleType):
    """The module of this package."""

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        from convlint.api import weights

        return weights(*arguments, **named)


sys.modules[__name__].__class__ = _Callable
