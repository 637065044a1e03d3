"""Options that are needed before the folders of tests are collected, how hypothesis draws, and where packages write."""

from __future__ import annotations

import os
import tempfile

from hypothesis import settings

from tests.conformance.options import pytest_addoption

__all__ = ["pytest_addoption"]

settings.register_profile("repeatable", derandomize=True, print_blob=True)
if os.environ.get("CI"):
    settings.load_profile("repeatable")

_PACKAGE_SETTINGS = tempfile.TemporaryDirectory(prefix="convlint-tests-", ignore_cleanup_errors=True)
os.environ.setdefault("YOLO_CONFIG_DIR", _PACKAGE_SETTINGS.name)
os.environ["YOLO_OFFLINE"] = "true"
