"""The folder that is published: pages, files, a list of all and a feed. No action.

Several workers may write at once: whatever is written is written under one lock, and
each file appears whole or not at all. The list is made anew from a record of each item,
so nothing depends on who was first, and what a dead process left is made good by the
next one.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from actions.pages.page import Item, feed, index, page

RECORDS: Final = ".items"
"""Folder of the records; they hold nothing that the pages do not show."""
_LOCK: Final = "lock"
_NEW: Final = "new"
_FIRST: Final = "first"


class Damaged(Exception):
    """A record cannot be read; its name."""


@dataclass(frozen=True, slots=True)
class Noticeboard:
    """A folder that is there; ``title`` and ``url`` are those of the whole."""

    folder: Path
    title: str = ""
    url: str = ""

    def put(self, item: Item, files: Mapping[str, bytes]) -> None:
        """Publish an item with its files, by the names under which they are stored.

        Raises OSError where the folder cannot be written, and Damaged.
        """
        with self._locked():
            for name, content in files.items():
                self._write(name, content)
            self._write(f"{item.id}.html", page(item))
            self._write(f"{RECORDS}/{item.id}.json", item.model_dump_json().encode())
            first = self._first(item)
            items = list(self._items())
            self._write("index.html", index(items, title=self.title))
            self._write(
                "feed.xml", feed(items, first=first, title=self.title, url=self.url)
            )
            for folder in (self.folder / RECORDS, self.folder):
                _sync(folder)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        # The folder itself is the office's: where it is missing, a disk may be too.
        (self.folder / RECORDS).mkdir(exist_ok=True)
        with (self.folder / RECORDS / _LOCK).open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _write(self, name: str, content: bytes) -> None:
        """Under the lock, so that one name for what is not finished is enough."""
        new = self.folder / RECORDS / _NEW
        with new.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self.folder / name)

    def _first(self, item: Item) -> str:
        """The feed is named for the item that was the first, for ever."""
        record = self.folder / RECORDS / _FIRST
        if not record.exists():
            self._write(f"{RECORDS}/{_FIRST}", item.id.encode())
        return record.read_text(encoding="ascii")

    def _items(self) -> Iterator[Item]:
        for record in sorted((self.folder / RECORDS).glob("*.json")):
            try:
                yield Item.model_validate_json(record.read_bytes())
            except ValidationError as error:
                raise Damaged(f"{RECORDS}/{record.name}") from error


def _sync(folder: Path) -> None:
    """A new name is on the disk only when its folder is."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
