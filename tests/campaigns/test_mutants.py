"""The bugs that `mutants.py` plants: one change each, and what was judged of them."""

import ast
import random

from tests.campaigns.mutants import SOURCE, equivalent, mutants_of

ORIGINAL = SOURCE.read_bytes()
MUTANTS = mutants_of(ORIGINAL)


def test_a_mutant_is_a_program_that_differs_from_the_verifier() -> None:
    original = ast.dump(ast.parse(ORIGINAL))
    for mutant in random.Random(0).sample(MUTANTS, 25):
        changed = ast.dump(ast.parse(mutant.source(ORIGINAL)))
        assert changed != original, mutant.shown(ORIGINAL)


def test_every_section_of_the_verifier_has_mutants() -> None:
    headings = [line for line in ORIGINAL.splitlines() if line.startswith(b"# --- ")]
    assert len({mutant.section for mutant in MUTANTS}) == len(headings) + 1


def test_what_was_judged_equivalent_is_still_a_mutant_and_has_its_reason() -> None:
    shown = {mutant.shown(ORIGINAL) for mutant in MUTANTS}
    for mutant, why in equivalent().items():
        assert mutant in shown
        assert why
