"""The public API, as a program would use it."""

from __future__ import annotations

from pathlib import Path

import convlint

BROKEN = """\
convlint: 1
inputs: {image: [3, 33, 33]}
layers:
  - {name: pool, op: MaxPool2d, kernel_size: 2}
"""


def test_check_text() -> None:
    result = convlint.check_text(BROKEN, "net.yaml")
    (finding,) = result.findings
    assert isinstance(finding, convlint.Finding)
    assert (finding.rule.name, finding.layer, finding.place.source.path) == ("non-integer-division", "pool", "net.yaml")
    assert result.dialect == "native"
    assert not convlint.check_text(BROKEN, options=convlint.Options(sizes=(("image.1", 32), ("image.2", 32)))).findings


def test_check_paths_and_describe(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(BROKEN)
    (tmp_path / "b.yaml").write_text("services: {}\n")
    broken, other = convlint.check_paths([tmp_path])
    assert len(broken.findings) == 1
    assert other.skipped
    assert convlint.check_file(tmp_path / "b.yaml").findings[0].rule.name == "not-an-architecture"
    (network,) = convlint.describe(tmp_path / "a.yaml")
    assert network.layers[0].outputs == ((3, 16, 16),)
    (architecture,) = convlint.load(tmp_path / "a.yaml")
    assert [layer.operator for layer in architecture.graph.layers] == ["MaxPool2d"]


def test_everything_public_is_there() -> None:
    for name in convlint.__all__:
        assert getattr(convlint, name) is not None
