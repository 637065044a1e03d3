"""The tensors of a network as a tree of modules, by the parts of their names; equal modules are known at a glance."""

from __future__ import annotations

from collections.abc import Sequence

from convlint.weight_files.tensors import StoredTensor

_MOST_PARTS = 48


class Module:
    """One module: the tensors that are its own, by their last names, and the modules in it.

    `form` is the same number for modules with the same names and shapes inside; `size` counts their tensors.
    """

    __slots__ = ("children", "form", "name", "own", "path", "size")

    def __init__(self, name: str, path: str) -> None:
        self.name = name
        self.path = path
        self.own: dict[str, tuple[int, ...]] = {}
        self.children: dict[str, Module] = {}
        self.form = -1
        self.size = 0

    def full_name(self, own: str) -> str:
        """The whole name of one of its own tensors."""
        return joined(self.path, own)


Forms = dict[object, int]
"""The number of each form; trees that are to be compared share one."""


def joined(path: str, name: str) -> str:
    """A name below a path."""
    return f"{path}.{name}" if path else name


def tree_of(tensors: Sequence[StoredTensor], forms: Forms) -> Module:
    """The tree of a list of tensors; modules that are numbered stand in the order of their numbers."""
    root = Module("", "")
    for tensor in tensors:
        *parts, own = tensor.name.split(".", _MOST_PARTS)
        module = root
        for part in parts:
            child = module.children.get(part)
            if child is None:
                child = module.children[part] = Module(part, joined(module.path, part))
            module = child
        module.own[own] = tensor.shape
    _finish(root, forms)
    return root


def _finish(module: Module, forms: Forms) -> None:
    if module.children and all(map(is_number, module.children)):
        module.children = dict(sorted(module.children.items(), key=lambda item: int(item[0])))
    for child in module.children.values():
        _finish(child, forms)
    own = tuple(sorted(module.own.items()))
    inner = tuple(sorted([(name, child.form) for name, child in module.children.items()]))
    module.form = forms.setdefault((own, inner), len(forms))
    module.size = len(own) + sum([child.size for child in module.children.values()])


def is_number(name: str) -> bool:
    """Whether a module is an item of a list or a sequence."""
    return name.isascii() and name.isdecimal() and len(name) < 10


def top(root: Module) -> Module:
    """The module whose children are the rows of the network: what only wraps another is left behind."""
    while len(root.children) == 1 and not root.own:
        (inner,) = root.children.values()
        if not inner.children:
            return root
        root = inner
    return root
