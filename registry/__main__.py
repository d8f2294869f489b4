"""``python -m registry`` is ``danhmuc``."""

import sys

from registry.cli import main

if __name__ == "__main__":
    sys.exit(main())
