"""Nothing of what is read is run, and no source can make the interpreter run long."""

from __future__ import annotations

import random
import sys
from pathlib import Path
from typing import Any

import pytest

from convlint.python_source.interpreter import Interpreter
from convlint.python_source.scopes import Repository, module_of
from convlint.python_source.values import GaveUp, PythonError, Unknown
from tests.python_source.test_interpreter import PROGRAMS
from tests.python_source.worlds import answer, module_in

HOSTILE = [
    "import os\ndef answer(): return os.system('touch {mark}')",
    "def answer(): return __import__('os').system('touch {mark}')",
    "def answer(): return open('{mark}', 'w').write('x')",
    "def answer(): return eval(\"open('{mark}', 'w')\")",
    "def answer(): return exec(\"open('{mark}', 'w')\")",
    "def answer(): return ().__class__.__bases__[0].__subclasses__()",
    "def answer(): return getattr([], '__class__')",
    "def answer(): return getattr(getattr('', 'join'), '__globals__')",
    "def answer(): return (lambda: 0).__globals__['__builtins__']",
    "def answer(): return '{{0.__class__}}'.format(3)",
    "from subprocess import run\nrun(['touch', '{mark}'])\ndef answer(): return run(['touch', '{mark}'])",
    "import pickle\ndef answer(): return pickle.loads(b'x')",
    "import torch\ndef answer(): return torch.load('{mark}')",
    "def answer():\n    globals()['__builtins__']['open']('{mark}', 'w')",
]
_events: list[str] = []
_watching = [False]


def _hook(event: str, arguments: Any) -> None:
    if _watching[0] and event in (
        "import",
        "exec",
        "os.system",
        "subprocess.Popen",
        "os.exec",
        "os.posix_spawn",
        "pickle.find_class",
    ):
        _events.append(f"{event} {arguments!r:.80}")


sys.addaudithook(_hook)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_source_reaches_nothing(text: str, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    module = module_in(tmp_path, {"main.py": text.replace("{mark}", str(mark))})
    warm = module_in(tmp_path, {"warm.py": "def answer(): return eval('1')\n"}, "warm.py")
    answer(warm)
    _events.clear()
    _watching[0] = True
    try:
        found = answer(module)
    except (PythonError, GaveUp) as error:
        found = error
    finally:
        _watching[0] = False
    assert not [event for event in _events if not event.startswith("import") or "convlint" not in event]
    assert not mark.exists()
    assert not isinstance(found, type)


BOMBS = [
    "def answer():\n    while True: pass",
    "def answer(): return answer()",
    "def answer(): return 9 ** 9 ** 9 ** 9",
    "def answer(): return 'a' * 10 ** 9",
    "def answer(): return [0] * 10 ** 9",
    "def answer():\n    x = [1]\n    while True: x += x",
    "def answer():\n    x = [1]\n    while True: x.extend(x)",
    "def answer():\n    x = 'a' * 90000\n    while True: x = x.replace('a', x)",
    "def answer():\n    x = [1] * 90000\n    while True: y = x[:]",
    "def answer():\n    x = [1] * 90000\n    while True: 5 in x",
    "def answer():\n    x = 'a' * 90000\n    while True: y = x.join(['b'] * 90000)",
    "def answer():\n    return sum(range(10 ** 12))",
    "def answer():\n    return [i for i in range(9999) for j in range(9999) for k in range(9999)]",
    "def answer():\n    x = 2\n    while True: x = x * x",
    "def answer():\n    x = 1\n    while True: x = x << 60",
    "class A:\n    def __init__(self): self.a = A()\ndef answer(): return A().a",
    "def answer(): return int('9' * 90000)",
]


@pytest.mark.parametrize("text", BOMBS)
def test_bombs_end_soon(text: str, tmp_path: Path) -> None:
    module = module_in(tmp_path, {"main.py": text})
    with pytest.raises((GaveUp, PythonError, RecursionError)):
        found = answer(module)
        raise GaveUp(f"it ended: {type(found)}")


def test_deep_source_is_left_alone(tmp_path: Path) -> None:
    repository = Repository(str(tmp_path), (str(tmp_path),))
    for text in (
        "(" * 5000 + ")" * 5000,
        "-" * 20000 + "1",
        "a" + ".b" * 20000,
        "x = " + "[" * 90 + "]" * 90,
        "\0",
        "def",
    ):
        module_of(text, str(tmp_path / "main.py"), repository)


def mutated(text: str, source: random.Random) -> str:
    """A text with a few lines or letters swapped, doubled, lost or replaced."""
    lines = text.split("\n")
    for _ in range(source.randint(1, 4)):
        at = source.randrange(len(lines))
        kind = source.randrange(6)
        if kind == 0:
            del lines[at : at + 1]
            lines = lines or [""]
        elif kind == 1:
            lines.insert(at, source.choice(lines))
        elif kind == 2 and lines[at]:
            letter = source.randrange(len(lines[at]))
            lines[at] = (
                lines[at][:letter] + source.choice("()[]{}:,.*+-/%=<>0123456789 abxyzNone") + lines[at][letter + 1 :]
            )
        elif kind == 3:
            words = lines[at].split(" ")
            source.shuffle(words)
            lines[at] = " ".join(words)
        elif kind == 4:
            lines[at] = lines[at].replace(
                source.choice(["a", "x", "1", "(", "self"]), source.choice(["b", "None", "[]", "-1", "super()"])
            )
        else:
            other = source.randrange(len(lines))
            lines[at], lines[other] = lines[other], lines[at]
    return "\n".join(lines)


@pytest.mark.parametrize("seed", range(40))
def test_mutated_source_gives_an_answer_or_a_known_end(seed: int, tmp_path: Path) -> None:
    source = random.Random(seed)
    repository = Repository(str(tmp_path), (str(tmp_path),))
    for text in PROGRAMS.values():
        module = module_of(mutated(text, source), str(tmp_path / "main.py"), repository)
        if module is None:
            continue
        for name in list(module.bindings):
            try:
                found = Interpreter(20_000).exported(name, module)
                if name == "answer" and found is not None:
                    answer(module, steps=20_000)
            except (GaveUp, PythonError, RecursionError, AssertionError):
                continue
            except AttributeError as error:
                assert "'node'" in str(error) or "'defaults'" in str(error)  # `answer` is no function any more


@pytest.mark.parametrize(
    "call", ["getattr()", "hasattr(1)", "len()", "setattr(1, 2)", "ast.literal_eval()", "copy.copy()"]
)
def test_a_call_with_too_few_arguments_is_no_traceback(call: str, tmp_path: Path) -> None:
    module = module_of(
        f"import ast, copy\ndef answer():\n    return {call}\n",
        str(tmp_path / "main.py"),
        Repository(str(tmp_path), ()),
    )
    assert module is not None
    try:
        assert isinstance(answer(module), Unknown)
    except PythonError as error:
        assert error.kind == "TypeError" and not error.is_certain
