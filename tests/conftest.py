"""Options that are needed before the folders of tests are collected, and how hypothesis draws."""

from __future__ import annotations

import os

from hypothesis import settings

from tests.conformance.options import pytest_addoption

__all__ = ["pytest_addoption"]

settings.register_profile("repeatable", derandomize=True, print_blob=True)
if os.environ.get("CI"):
    settings.load_profile("repeatable")
