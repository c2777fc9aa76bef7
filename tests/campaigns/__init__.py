"""Campaigns: real workers, databases and receivers, and everything goes wrong.

Each test has a short form that runs always; ``-m slow`` runs the long ones.
"""

import pytest

# what differs is told, also where a check stands beside the tests
pytest.register_assert_rewrite(f"{__name__}.house")
