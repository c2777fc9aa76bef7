"""What ``plangate do`` hands out to whoever acted: a receipt."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

import click

from engine.cli.command import Session
from engine.ports import Json

if TYPE_CHECKING:
    from engine.audit.signing.signer import Signer
    from engine.runtime.service import Service


@dataclass(frozen=True, slots=True)
class Receipts:
    """``file`` None: none is written, and no place in the log is looked for."""

    file: Path | None
    signer: Signer | None

    @classmethod
    def asked(cls, session: Session, file: Path | None, key: Path | None) -> Self:
        """What cannot be handed out is told before anything is done."""
        from engine.audit.signing.signer import Signer

        if file is None and key is not None:
            raise click.UsageError(session.say("seal.sign_needs_receipt"))
        if file is not None and (file.exists() or not file.parent.is_dir()):
            code = "export.there" if file.exists() else "export.no_folder"
            said = {"file": str(file), "folder": str(file.parent)}
            raise click.UsageError(session.say(code, **said))
        return cls(file, None if key is None else Signer.open(key))

    def give(self, service: Service, instance: str, seq: int) -> dict[str, Json]:
        """Its shape, as docs/cli.md has it; the act is recorded, whatever comes now."""
        from engine.audit.placing import placed
        from engine.audit.signing.receipt import give
        from engine.bootstrap import system_time

        has_place = self.file is not None
        now = system_time()
        found = give(service.journal, instance, seq, now=now, has_place=has_place)
        if self.file is not None:
            key = None if self.signer is None else self.signer.key
            with placed(self.file) as out:
                out.write(found.signed(key).encode())
        return found.shape()
