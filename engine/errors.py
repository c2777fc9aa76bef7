"""Everything that can go wrong, named by who must act.

    PlangateError
    ├── PlanRejected        the author mends the plan          exit 2
    ├── NeverAtRest         the author mends the plan          exit 2
    ├── WrongUse            the caller says it differently     exit 2
    │   ├── UnknownPlan
    │   ├── AbstractPlan
    │   ├── UnknownKind
    │   ├── UnknownDatabase
    │   ├── UnknownInstance
    │   ├── UnknownNode
    │   ├── UnknownMove
    │   ├── UnknownParty
    │   ├── UnknownEntry
    │   ├── NotYet
    │   │   └── NotInLogYet
    │   ├── BeyondLog
    │   ├── UnknownAction
    │   ├── UnknownRequest
    │   ├── BadInput
    │   ├── WrongClock
    │   ├── BadKey
    │   ├── BadNote
    │   ├── BadPolicy
    │   ├── OldProof
    │   ├── KeyEnded
    │   ├── NothingLost
    │   ├── OneApprover
    │   ├── InstanceExists
    │   ├── FileExists
    │   └── ScenarioFailed                                     exit 1
    ├── ActRefused          the person meets what is missing   exit 1
    ├── LostUpdate          the caller reads again             exit 4
    ├── ClaimLost           the worker leaves it to another    exit 4
    ├── DamagedData         the operator restores              exit 3
    │   └── MemoryLost      the operator asks a witness
    ├── Untrusted           the reader asks its sender         exit 3
    ├── RolledBack          the operator finds the newer one   exit 3
    ├── NotThisLog          the operator finds the right one   exit 3
    ├── NotAFile            the caller names another file      exit 3
    └── Unavailable         the operator waits or repairs      exit 4
        ├── NoMemory        the operator gives it more
        └── NoHandles       the operator gives it more

Each carries facts by position, so that it pickles, and a code of
:mod:`engine.words`, so that it speaks zh-CN and en.
"""

from __future__ import annotations

from typing import Any, ClassVar

from engine import words


class PlangateError(Exception):
    """Root of the tree; ``say`` gives the sentence in a language."""

    exit_code: ClassVar[int] = 2
    code: ClassVar[str] = "error.unexpected"

    def __init__(self, **values: Any) -> None:
        super().__init__(values)
        self.values = values

    def __reduce__(self) -> tuple[Any, ...]:
        return (_rebuild, (type(self), self.values))

    def say(self, language: str = "en") -> str:
        """The sentence: what happened, why, what to do next."""
        return words.say(self.code, language, **self.values)

    def __str__(self) -> str:
        return self.say("en")


def _rebuild(kind: type[PlangateError], values: dict[str, Any]) -> PlangateError:
    return kind(**values)


class PlanRejected(PlangateError):
    """A plan, kind or scenario has faults; all of them are told at once.

    ``faults``: :class:`engine.plan.faults.Fault`, in the order of the lines.
    """

    code = "error.plan_rejected"

    def __init__(self, faults: tuple[Any, ...]) -> None:
        super().__init__(faults=faults)
        self.faults = faults

    def say(self, language: str = "en") -> str:
        return "\n".join(fault.say(language) for fault in self.faults)


class NeverAtRest(PlangateError):
    """Moves that happen by themselves lead to each other for ever.

    values: ``circle`` (the moves, in their order). Nothing was changed.
    """

    code = "error.never_at_rest"


class WrongUse(PlangateError):
    """Wrong input costs nothing: nothing was changed."""


class UnknownPlan(WrongUse):
    code = "error.unknown_plan"


class AbstractPlan(WrongUse):
    """A base: only what extends it can be run."""

    code = "error.abstract_plan"


class UnknownKind(WrongUse):
    code = "error.unknown_kind"


class UnknownDatabase(WrongUse):
    """Nothing was ever started there: no file is made by looking."""

    code = "error.unknown_database"


class UnknownInstance(WrongUse):
    code = "error.unknown_instance"


class UnknownNode(WrongUse):
    code = "error.unknown_node"


class UnknownMove(WrongUse):
    code = "error.unknown_move"


class UnknownParty(WrongUse):
    code = "error.unknown_party"


class UnknownEntry(WrongUse):
    code = "error.unknown_entry"


class NotYet(WrongUse):
    """Of an earlier moment: nothing was recorded by then.

    values: ``instance``, ``asked`` (the moment), ``first`` (of the first entry).
    """

    code = "error.not_yet"


class NotInLogYet(NotYet):
    """The same by a size of the log.

    values: ``instance``, ``asked`` (the size), ``first`` (the least that has one).
    """

    code = "error.not_in_log_yet"


class BeyondLog(WrongUse):
    """values: ``asked`` (a size of the log), ``size`` (what it has)."""

    code = "error.beyond_log"


class UnknownAction(WrongUse):
    code = "error.unknown_action"


class UnknownRequest(WrongUse):
    code = "error.unknown_request"


class BadInput(WrongUse):
    """values: ``node`` ("" for no node), ``move``, ``what`` in both languages."""

    code = "error.bad_input"

    def say(self, language: str = "en") -> str:
        code = self.code if self.values.get("node") else "error.bad_input_alone"
        return words.say(code, language, **self.values)


class WrongClock(WrongUse):
    """A simulated time for what happened in earnest, or one that runs backwards."""

    code = "error.wrong_clock"

    def say(self, language: str = "en") -> str:
        return words.say(f"error.{self.values['what']}", language, **self.values)


class BadKey(WrongUse):
    """values: ``what`` in both languages; never anything of the key itself."""

    code = "proof.bad_key"


class BadNote(WrongUse):
    """A text that is no signed note, checkpoint, request or proof; ``what``."""

    code = "proof.bad_note"


class BadPolicy(WrongUse):
    """values: ``line`` (0 for the whole file), ``what`` in both languages."""

    code = "proof.bad_policy"


class OldProof(WrongUse):
    """A proof of growth that begins elsewhere than where the witness stands.

    values: ``origin``, ``given`` and ``known``: sizes of the log.
    """

    code = "proof.old_proof"


class FileExists(WrongUse):
    """What is there is never written over."""

    code = "error.file_exists"


class InstanceExists(WrongUse):
    code = "error.instance_exists"


class ScenarioFailed(WrongUse):
    """An expectation of a scenario was not met."""

    exit_code = 1
    code = "error.scenario_failed"


class ActRefused(PlangateError):
    """A gate or a right said no; the refusal itself is in the history.

    values: ``reasons`` (tuple of code/values mappings), ``seq`` (its entry).
    """

    exit_code = 1
    code = "error.act_refused"


class LostUpdate(PlangateError):
    """Somebody else's act came first; read again and decide anew."""

    exit_code = 4
    code = "error.lost_update"


class ClaimLost(PlangateError):
    """A request was taken by another worker meanwhile: its outcome counts."""

    exit_code = 4
    code = "error.claim_lost"


class DamagedData(PlangateError):
    """What is stored is not what was written."""

    exit_code = 3
    code = "error.damaged_data"


class KeyEnded(WrongUse):
    """Another key signs now. values: ``size`` (the last it may sign), ``to`` (or -)."""

    code = "proof.key_ended"


class NothingLost(WrongUse):
    """The log is what was signed, grown: no new epoch begins. values: ``size``."""

    code = "proof.nothing_lost"


class OneApprover(WrongUse):
    """What takes two people was approved by one. values: ``who``."""

    code = "proof.one_approver"


class MemoryLost(DamagedData):
    """What was signed before is not known, so nothing may be signed; ``file``."""

    code = "proof.memory_lost"


class Untrusted(PlangateError):
    """What was read is signed by nobody who counts, or proves nothing.

    values: ``what`` in both languages.
    """

    exit_code = 3
    code = "proof.untrusted"


class RolledBack(PlangateError):
    """The log is not what was signed before, grown: nothing was signed.

    values: ``origin``, ``known`` (the size signed before), ``given`` (the size now).
    """

    exit_code = 3
    code = "proof.rolled_back"


class NotThisLog(PlangateError):
    """The database is not what a checkpoint signs: nothing was written.

    values: ``what`` in both languages.
    """

    exit_code = 3
    code = "proof.not_this_log"


class NotAFile(PlangateError):
    """What was handed in cannot be read as a file; values: ``file``, ``what``."""

    exit_code = 3
    code = "error.not_a_file"


class Unavailable(PlangateError):
    """The database cannot be reached or written now."""

    exit_code = 4
    code = "error.unavailable"


class NoMemory(Unavailable):
    """This process may take no more memory; nothing half done is kept."""

    code = "error.no_memory"


class NoHandles(Unavailable):
    """This process, or the machine, may open no more files, sockets or processes."""

    code = "error.no_handles"
