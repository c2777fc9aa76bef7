"""What all our Word files have in common: what they tell of themselves, and that the
same parts make the same bytes. No action by itself.
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import Final
from xml.sax.saxutils import escape

from actions.parameters import Language, one_line

EPOCH: Final = (1980, 1, 1, 0, 0, 0)
"""The first moment that a zip can hold: all parts have it."""
PROPERTY_MAX: Final = 255
PROPERTIES: Final = "docProps/core.xml"
_MOMENT: Final = "dcterms:W3CDTF"


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a file tells of itself. No author: the history has who asked for it."""

    title: str
    key: str
    """Of the request that made it."""
    made: datetime
    lang: Language


def packed(parts: dict[str, bytes], about: About) -> bytes:
    """The file: without the hour at which it was made, so that it is the same again."""
    if PROPERTIES in parts:
        parts = {**parts, PROPERTIES: _properties(about)}
    content = BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as file:
        for name, part in parts.items():
            entry = zipfile.ZipInfo(name, date_time=EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 0  # else it tells which system made it
            file.writestr(entry, part)
    return content.getvalue()


def _properties(about: About) -> bytes:
    made = f"{about.made.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    title, key = (
        escape(one_line(text)[:PROPERTY_MAX]) for text in (about.title, about.key)
    )
    language = {"zh": "zh-CN", "en": "en-GB"}[about.lang]
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        "<cp:coreProperties "
        'xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/'
        'core-properties" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:dcterms="http://purl.org/dc/terms/" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<dc:title>{title}</dc:title><dc:identifier>{key}</dc:identifier>"
        f"<dc:language>{language}</dc:language>"
        f'<dcterms:created xsi:type="{_MOMENT}">{made}</dcterms:created>'
        f'<dcterms:modified xsi:type="{_MOMENT}">{made}</dcterms:modified>'
        "</cp:coreProperties>"
    ).encode()
