"""What is compiled from `rules/` follows its sources: no change of any of them is missed, and none is made up."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from convlint.catalogue.compiled import PREFIX
from convlint.catalogue.freshness import STAMP, source_files

ROOT = Path(__file__).parent.parent.parent
LONG_AGO = 1_000_000_000


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the checkout, compiled, whose files are old."""
    for name in ("convlint", "rules", "schemas"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("_compiled_*", "__pycache__"))
    run(tmp_path)
    return tmp_path


def run(checkout: Path, code: str = "") -> str:
    """What `code` prints in a new process that has asked the catalogue of a checkout for an operator."""
    code = f"from convlint.catalogue import lookup; lookup.operator('Conv2d'); {code}"
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=checkout, env=environment, check=True, capture_output=True, text=True
    )
    return result.stdout


def made(checkout: Path) -> int:
    """When the operators were compiled."""
    return (checkout / "convlint" / "catalogue" / f"{PREFIX}index.py").stat().st_mtime_ns


def test_all_that_compiles_is_a_source(checkout: Path) -> None:
    (checkout / "convlint" / "catalogue" / STAMP).unlink()
    code = "import sys; print(*(m.__file__ for n, m in sys.modules.items() if n.startswith('convlint') and m.__file__))"
    used = {Path(path).relative_to(checkout).as_posix() for path in run(checkout, code).split()}
    assert "convlint/catalogue/compilation.py" in used
    missed = {name for name in used - set(source_files(str(checkout))) if "_compiled" not in name}
    assert missed == set()


def same_size(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text and len(old) == len(new)
    path.write_text(text.replace(old, new), encoding="utf-8")


def longer(path: Path, old: str, new: str) -> None:
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


@pytest.mark.parametrize("change", [same_size, longer])
@pytest.mark.parametrize("times", ["new", "kept"])
def test_a_changed_formula_is_compiled(checkout: Path, change: Callable[[Path, str, str], None], times: str) -> None:
    path = checkout / "rules" / "operators" / "convolution.yaml"
    before = path.stat()
    new = "Cross-correlatiom" if change is same_size else "Cross-correlation, as they call it,"
    change(path, "Cross-correlation", new)
    if times == "kept":
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert new in run(checkout, "print(lookup.declaration('Conv2d').summary)")


def test_a_changed_default_of_a_field_is_compiled(checkout: Path) -> None:
    before = made(checkout)
    same_size(checkout / "convlint" / "findings.py", 'status: str = "stable"', 'status: str = "Stable"')
    run(checkout)
    assert made(checkout) > before


def test_a_rule_that_went_away_is_forgotten(checkout: Path) -> None:
    (checkout / "rules" / "wiring" / "cycle.md").unlink()
    assert run(checkout, "print('cycle' in lookup.rules())").split() == ["False"]


def test_files_that_only_look_new_are_not_compiled_again(checkout: Path) -> None:
    before = made(checkout)
    os.utime(checkout / "rules" / "operators" / "convolution.yaml", (LONG_AGO, LONG_AGO))
    run(checkout)
    assert made(checkout) == before


def test_a_checkout_that_cannot_be_written_to_is_compiled_in_memory(checkout: Path) -> None:
    folder = checkout / "convlint" / "catalogue"
    for path in (*folder.glob(f"{PREFIX}*.py"), folder / STAMP):
        path.unlink()
    code = "print(lookup.declaration('Conv2d').name)"
    blocked = "import builtins; real = open\ndef refuse(path, mode='r', *a, **k):\n    if 'w' in mode: raise PermissionError(path)\n    return real(path, mode, *a, **k)\nbuiltins.open = refuse\n"
    environment = {**os.environ, "PYTHONPATH": str(checkout), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-c", f"{blocked}from convlint.catalogue import lookup; {code}"]
    result = subprocess.run(command, cwd=checkout, env=environment, check=True, capture_output=True, text=True)
    assert result.stdout.split() == ["Conv2d"]
    assert not list(folder.glob(f"{PREFIX}*.py"))
