"""Without torch the package cannot be asked, and there is nothing to compare with."""

from __future__ import annotations

import importlib.util

collect_ignore_glob = [] if importlib.util.find_spec("torch") else ["test_*.py"]
