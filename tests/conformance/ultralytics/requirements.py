"""What these tests need: the dialect, and the package that judges it."""

from __future__ import annotations

import pytest

from convlint.dialects import registry
from tests.conformance.ultralytics.oracle import IS_INSTALLED

needs_package = pytest.mark.skipif(not IS_INSTALLED, reason="the package ultralytics is not installed")
needs_dialect = pytest.mark.skipif(
    "ultralytics" not in registry.names(), reason="convlint has no dialect 'ultralytics' yet"
)
