"""Plans that a long-lived process keeps cost its garbage collector nothing."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

from engine.bootstrap import open_service
from engine.plan.library import load
from engine.runtime.keeping import keep_plans
from engine.testing import HEAD, STAGES, START


@pytest.mark.parametrize("is_kept", [True, False])
def test_the_collector_leaves_alone_what_is_kept_for_good(
    tmp_path: Path, *, is_kept: bool
) -> None:
    file = tmp_path / "plan.yaml"
    file.write_text(HEAD + STAGES, encoding="utf-8")
    service = open_service("memory://")
    with service.journal:
        service.start(*load(file), instance="x", now=START)
        service.plans.clear()
        service.live.clear()
        if is_kept:
            keep_plans(service)
        try:
            plan = service.look("x").plan
            walked = any(one is plan for one in gc.get_objects())
        finally:
            gc.unfreeze()
    assert walked is not is_kept
