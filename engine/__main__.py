"""``python -m engine`` is ``plangate``."""

from engine.cli.main import main

if __name__ == "__main__":  # a process that helps reads this file and is not typed at
    main()
