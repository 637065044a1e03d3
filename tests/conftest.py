"""Options that are needed before the folders of tests are collected, how hypothesis draws, and where packages write."""

from __future__ import annotations

import os
import tempfile

import pytest
from hypothesis import HealthCheck, settings

from tests.conformance.options import pytest_addoption

__all__ = ["pytest_addoption"]

settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("repeatable", settings.get_profile("unhurried"), derandomize=True, print_blob=True)
settings.load_profile("repeatable" if os.environ.get("CI") else "unhurried")

_PACKAGE_SETTINGS = tempfile.TemporaryDirectory(prefix="convlint-tests-", ignore_cleanup_errors=True)
os.environ.setdefault("YOLO_CONFIG_DIR", _PACKAGE_SETTINGS.name)
os.environ["YOLO_OFFLINE"] = "true"

_OF_TORCH = ("conformance", "torch_check", "importing")
"""Folders of tests in which torch is the judge."""
_SLOW = (
    "conformance",
    "torch_check",
    "server",
    "test_bad_input.py",
    "test_batches.py",
    "test_compiled.py",
    "test_hostile_folders.py",
    "test_geometry.py",
    "test_jobs.py",
    "test_loading.py",
    "test_packaging.py",
    "test_pre_commit.py",
    "test_repository.py",
    "test_safety.py",
    "test_startup.py",
    "test_streams.py",
    "test_watch.py",
    "test_without_torch.py",
)
"""Folders and files of tests that build, start processes, or draw many cases."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks the tests that need torch, and those that take long: `-m "not slow and not torch"` leaves the quick ones."""
    for item in items:
        parts = item.path.parts
        if not set(_OF_TORCH).isdisjoint(parts) or "torch" in vars(getattr(item, "module", None) or object):
            item.add_marker("torch")
        if not set(_SLOW).isdisjoint(parts):
            item.add_marker("slow")
