"""Options that are needed before the folders of tests are collected."""

from tests.conformance.options import pytest_addoption

__all__ = ["pytest_addoption"]
