"""``python -m lapor`` is ``lapor``."""

from lapor.cli import main

main()
