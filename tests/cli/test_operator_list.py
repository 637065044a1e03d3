"""`convlint operator` lists the operators by their groups, each in the order of its letters."""

from __future__ import annotations

import pytest

from convlint.catalogue import lookup
from convlint.cli import main


def test_groups_and_their_operators_are_sorted(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["operator", "--isolated"]) == 0
    lines = capsys.readouterr().out.split("\n\nModules of")[0].splitlines()
    groups = [line for line in lines if line and not line.startswith(" ")]
    assert groups == sorted(groups)
    assert {"activation", "convolution", "merge", "pooling"} <= set(groups)
    for group, names in lookup.operator_groups().items():
        begin = lines.index(group) + 1
        assert [line.split()[0] for line in lines[begin : begin + len(names)]] == sorted(names)


def test_every_operator_is_in_one_group() -> None:
    listed = [name for names in lookup.operator_groups().values() for name in names]
    assert sorted(listed) == sorted(lookup.operators())
