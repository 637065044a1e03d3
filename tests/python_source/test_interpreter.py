"""Interpreted functions give what Python gives; the files are of a repository, and imports stay inside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from convlint.python_source.values import PythonError, Unknown
from tests.python_source.worlds import answer, module_in

PROGRAMS = {
    "closures": """
def answer():
    def adder(n):
        return lambda x, k=n: x + n + k
    return [adder(i)(10) for i in range(3)]
""",
    "comprehensions": """
def answer():
    pairs = {a: b for a, b in zip('abc', range(3)) if b}
    return [pairs, sorted({len(k) + v for k, v in pairs.items()}), [i * j for i in range(3) for j in range(i)]]
""",
    "generator that reads what it fills": """
def answer():
    y = [1]
    y.extend(v + y[-1] for v in (1, 2, 3))
    return y
""",
    "classes": """
class Base:
    size = 3
    def __init__(self, a, *rest, scale=2, **more):
        self.a, self.rest, self.scale, self.more = a, rest, scale, more
    @property
    def twice(self):
        return self.a * self.scale
    @staticmethod
    def plain(x):
        return x + 1
    @classmethod
    def make(cls, x):
        return cls(x)
class Other(Base):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.b = super().twice + Base.plain(1)
def answer():
    made = Other(2, 3, 4, scale=5, z=1)
    return [made.a, made.rest, made.scale, made.more, made.b, made.size, Other.make(7).twice, isinstance(made, Base)]
""",
    "diamond": """
class A:
    def who(self): return ['A']
class B(A):
    def who(self): return ['B'] + super().who()
class C(A):
    def who(self): return ['C'] + super().who()
class D(B, C):
    def who(self): return ['D'] + super().who()
def answer():
    return D().who()
""",
    "flow": """
def answer():
    out, n = [], 0
    while True:
        n += 1
        if n % 2:
            continue
        if n > 8:
            break
        out.append(n)
    for x in out:
        if x == 99:
            break
    else:
        out += ['end']
    try:
        {}['k']
    except (ValueError, KeyError):
        out.append('caught')
    finally:
        out.append('last')
    return out
""",
    "unpacking": """
def answer():
    a, *b, (c, d) = [1, 2, 3, (4, 5)]
    x = y = [a, b]
    y[0] = f'{c}-{d}'
    return [x, (lambda *v, **k: (v, k))(*b, **{'z': 1}), b[::-1], 7 // 2, -7 % 3, 2 ** 5, 1 if b else 2]
""",
    "locals and eval": """
WIDTH = 4
def answer():
    c2 = 5
    args = ['c2', 'None', '[1, 2]', 'WIDTH']
    for j, a in enumerate(args):
        args[j] = eval(a)
    return args + ['c2' in locals(), 'nope' in locals(), globals()['WIDTH']]
""",
    "errors caught and raised again": """
def fails(again):
    try:
        return {}['a']
    except KeyError as error:
        if again == 'it':
            raise error
        raise
def answer():
    found = []
    for again in ('it', 'all'):
        try:
            fails(again)
        except LookupError:
            found.append(again)
    return [found, [1, 2].__len__()]
""",
    "methods that take generators": """
def answer():
    wide = (n * 2 for n in range(3))
    return [{0, 4}.issubset(wide), sorted({1}.union(n for n in range(2))), "a b".split(*(t for t in " "))]
""",
    "walrus and nonlocal": """
def answer():
    total = 0
    def add(n):
        nonlocal total
        total += n
        return total
    if (last := add(2)) and add(3):
        return [total, last]
""",
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_gives_what_python_gives(name: str, tmp_path: Path) -> None:
    world: dict[str, object] = {}
    exec(PROGRAMS[name], world)
    assert answer(module_in(tmp_path, {"main.py": PROGRAMS[name]})) == world["answer"]()  # type: ignore[operator]


FAILURES = [
    "return {}['Silence']",
    "return nothing_of_the_kind",
    "a, b = [1, 2, 3]",
    "a, b = None",
    "return [1][3]",
    "return [1][[0]]",
    "return 1 + 'a'",
    "return (lambda a, b=1: a)()",
    "return (lambda a, b=1: a)(1, 2, 3)",
    "return (lambda a: a)(1, c=2)",
    "return 3 > 'a'",
    "return len(3)",
    "for x in 5: pass",
    "return isinstance(1)",
    "raise ValueError('no')",
    "return [].lenght",
    "import math; return math.log(2, 1)",
]


@pytest.mark.parametrize("body", FAILURES)
def test_an_error_has_the_class_and_the_text_that_python_gives(body: str, tmp_path: Path) -> None:
    text = f"def answer():\n    {body}\n"
    world: dict[str, object] = {}
    exec(text, world)
    with pytest.raises(Exception) as real:
        world["answer"]()  # type: ignore[operator]
    with pytest.raises(PythonError) as found:
        answer(module_in(tmp_path, {"main.py": text}))
    assert found.value.kind == type(real.value).__name__
    said = str(real.value).replace("answer.<locals>.", "")
    assert found.value.text == said
    assert found.value.place == "main.py:2"


def test_imports_are_followed_as_files_of_the_repository(tmp_path: Path) -> None:
    files = {
        "main.py": "from pkg import *\nfrom pkg.deep import shared as other\nimport pkg.deep as d\n"
        "def answer(): return [shared(), other(), only(), d.NAME, hidden]\nhidden = 'mine'\n",
        "pkg/__init__.py": "from .deep import shared\nfrom .deep import *\n__all__ = ('shared', 'only')\ndef only(): return NAME\n",
        "pkg/deep.py": "NAME = 'deep'\ndef shared(): return 'of ' + NAME\n",
    }
    assert answer(module_in(tmp_path, files)) == ["of deep", "of deep", "deep", "deep", "mine"]


def test_the_last_definition_of_a_name_counts(tmp_path: Path) -> None:
    text = "from a import f\ndef f(): return 1\nfrom b import *\ndef answer(): return f()\n"
    files = {"main.py": text, "a.py": "def f(): return 'a'\n", "b.py": "def f(): return 'b'\n"}
    assert answer(module_in(tmp_path, files)) == "b"


def test_what_comes_from_outside_is_unknown_and_poisons(tmp_path: Path) -> None:
    text = "import cv2\nfrom elsewhere import thing\ndef answer(): return [thing + 1, cv2.x, 1 if thing else 2, 3]\n"
    found = answer(module_in(tmp_path, {"main.py": text}))
    assert all(isinstance(value, Unknown) for value in found[:1]) and found[3] == 3
    assert not isinstance(found[0], int)


def test_a_branch_on_something_unknown_keeps_what_both_sides_agree_on(tmp_path: Path) -> None:
    text = (
        "import outside\ndef answer():\n    a = b = 1\n    if outside.flag():\n        a, c = 2, 3\n"
        "    else:\n        c = 3\n    return [a, b, c]\n"
    )
    a, b, c = answer(module_in(tmp_path, {"main.py": text}))
    assert isinstance(a, Unknown) and (b, c) == (1, 3)


def test_a_name_is_not_called_missing_where_a_star_import_may_bring_it(tmp_path: Path) -> None:
    text = "from outside import *\ndef answer(): return something\n"
    assert isinstance(answer(module_in(tmp_path, {"main.py": text})), Unknown)


MEMBERSHIP = """
import torch.nn as nn
from .missing import *
from .also_missing import Other
class Own: pass
def answer(): return [Own in (Strange, Other), nn.Upsample in (Strange,), nn.Upsample in (Upsample,), Strange in (Other,)]
"""


def test_what_a_missing_module_brings_is_no_class_of_the_repository_nor_of_torch(tmp_path: Path) -> None:
    own, other_name, same_name, both = answer(module_in(tmp_path, {"main.py": MEMBERSHIP}))
    assert (own, other_name) == (False, False)
    assert isinstance(same_name, Unknown) and isinstance(both, Unknown)


@pytest.mark.parametrize(
    ("module", "is_missing"),
    [
        ("def other(): pass\n", True),
        ("from .third import *\n", True),
        ("from outside import *\n", False),
        ("def __getattr__(name): return name\n", False),
        ("globals().update(group=1)\n", False),
        ("def start():\n    global group\n    group = 1\n", False),
        ("def start():\n    globals()['group'] = 1\nstart()\n", False),
        ("globals()['group'] = 1\n", False),
        ("if __name__ == '__main__':\n    group = 1\n", True),
        ("if __name__ != '__main__':\n    group = 1\n", False),
        ("if __name__ == '__main__':\n    pass\nelse:\n    group = 1\n", False),
        ("for name in ['group']:\n    globals()[name] = 1\n", False),
        ("import sys\nthis = sys.modules[__name__]\nthis.group = 1\n", False),
        ("with open('x') as group: pass\n", False),
        ("match 1:\n    case group: pass\n", False),
        ("one, (two, group) = 1, (2, 3)\n", False),
        ("one, *group = 1, 2\n", False),
        ("found = [group := number for number in range(3)]\n", False),
        ("def first(): return globals()['other']\n", True),
        ("import sys\ndef put(old, new):\n    sys.modules[old] = new\n    del sys.modules[old]\n", True),
        ("group: int\n", True),
    ],
)
def test_a_function_that_imports_what_a_module_lacks_fails(module: str, is_missing: bool, tmp_path: Path) -> None:
    text = "def answer():\n    from pkg.ops import group\n    return group\n"
    files = {"main.py": text, "pkg/__init__.py": "", "pkg/ops.py": module, "pkg/third.py": ""}
    made = module_in(tmp_path, files)
    if is_missing:
        with pytest.raises(PythonError) as raised:
            answer(made)
        assert str(raised.value) == "ImportError: cannot import name 'group' from 'pkg.ops'"
    else:
        answer(made)


@pytest.mark.parametrize("name", ["__doc__", "__file__", "__path__"])
def test_names_that_python_gives_a_module_can_be_imported(name: str, tmp_path: Path) -> None:
    text = f"def answer():\n    from pkg import {name} as found\n    return found\n"
    answer(module_in(tmp_path, {"main.py": text, "pkg/__init__.py": ""}))


@pytest.mark.parametrize("listed", ["__all__ = ['_group']", "__all__ = []\n__all__.append('_group')"])
def test_a_star_import_brings_what_a_module_lists(listed: str, tmp_path: Path) -> None:
    own = f"{listed}\ndef _group(): return 7\ndef other(): return 8\n"
    files = {"main.py": "from own import *\ndef answer(): return _group()\n", "own.py": own}
    assert answer(module_in(tmp_path, files)) == 7


BRANCHES = """
a = b = c = d = e = 1
if a == 1:
    b, c = 2, 2
    if c == 3:
        d = 2
    else:
        d = 3
else:
    b = 4
try:
    import math
    e = 5
except ImportError:
    e = c = 6
    only = 7
finally:
    last = 8
def answer(): return [a, b, c, d, e, last, math.floor(1.5)]
def other(): return only
"""


def test_what_branches_bind_is_bound_beside_what_stands_before_them(tmp_path: Path) -> None:
    module = module_in(tmp_path, {"main.py": BRANCHES})
    assert answer(module) == [1, 2, 2, 3, 5, 8, 1]
    assert isinstance(answer(module_in(tmp_path, {"main.py": BRANCHES.replace("other()", "answer()", 1)})), Unknown)


def test_star_imports_that_lead_far_are_not_followed_to_their_end(tmp_path: Path) -> None:
    files = {f"m{number}.py": f"from .m{number + 1} import *\n" for number in range(20)}
    files = {**files, "m20.py": "def far(): return 3\n", "main.py": "from .m0 import *\ndef answer(): return far()\n"}
    assert isinstance(answer(module_in(tmp_path, files)), Unknown)


def test_a_module_that_cannot_be_read_may_bring_classes_of_the_repository(tmp_path: Path) -> None:
    text = "from .old import *\nfrom .old import Other\nclass Own: pass\ndef answer(): return [Own in (Strange,), Own in (Other,)]\n"
    star, named = answer(module_in(tmp_path, {"main.py": text, "old.py": "print 'old'\n"}))
    assert isinstance(star, Unknown) and isinstance(named, Unknown)


def test_a_name_that_is_set_from_afar_may_be_anything(tmp_path: Path) -> None:
    text = "from .missing import *\nclass Own: pass\nsetattr(x, 'y', Own)\ndef answer(): return Own in (Strange,)\n"
    assert isinstance(answer(module_in(tmp_path, {"main.py": text})), Unknown)


@pytest.mark.parametrize("base", ["outside.Base", "dict", "Exception"])
def test_members_of_a_class_from_outside_are_unknown_and_not_missing(base: str, tmp_path: Path) -> None:
    text = (
        f"import outside\nclass Made({base}):\n    def go(self): return self.member\ndef answer(): return Made().go()\n"
    )
    assert isinstance(answer(module_in(tmp_path, {"main.py": text})), Unknown)


def test_a_method_that_does_not_take_a_module_is_unknown_and_no_mistake(tmp_path: Path) -> None:
    text = (
        "import torch.nn as nn\ndef answer(): return [{1}.issubset(nn.ModuleList([])), 'a'.startswith(nn.ReLU()), 3]\n"
    )
    subset, start, three = answer(module_in(tmp_path, {"main.py": text}))
    assert isinstance(subset, Unknown) and isinstance(start, Unknown) and three == 3


def test_whether_a_class_from_outside_is_a_module_is_not_known(tmp_path: Path) -> None:
    text = (
        "import outside\nimport torch.nn as nn\nclass Own: pass\nclass Made(outside.Base): pass\nclass Plain(Own): pass\n"
        "def answer(): return [isinstance(Made(), nn.Module), isinstance(Made(), Own), isinstance(Plain(), nn.Module)]\n"
    )
    module, own, plain = answer(module_in(tmp_path, {"main.py": text}))
    assert isinstance(module, Unknown) and (own, plain) == (False, False)


def test_links_that_leave_the_repository_are_not_followed(tmp_path: Path) -> None:
    inside, outside = tmp_path / "repo", tmp_path / "secret.py"
    inside.mkdir()
    outside.write_text("def f(): return 1\n")
    (inside / "linked.py").symlink_to(outside)
    module = module_in(inside, {"main.py": "from linked import f\ndef answer(): return f()\n"})
    assert isinstance(answer(module), Unknown)
