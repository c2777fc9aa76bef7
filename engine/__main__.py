"""``python -m engine`` is ``plangate``."""

from engine.cli.main import main

main()
