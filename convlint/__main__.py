"""`python -m convlint`."""

import os
import sys

if __name__ == "__main__":
    # Python puts the working folder first in its search path: a file `yaml.py` of a linted repository would be run.
    if sys.path and sys.path[0] in ("", os.getcwd()):
        del sys.path[0]

    from convlint.cli import main

    sys.exit(main())
