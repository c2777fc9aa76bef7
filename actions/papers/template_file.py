"""A Word file from outside, opened with care: what it may hold, and what it may not.

The parts stay bytes in memory and are never unpacked to a path. What a reader's Word
would run or fetch when the paper is opened (macros, embedded objects, pictures and
templates elsewhere, fields that read files) is refused, by lists of what is allowed.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final

from lxml import etree  # type: ignore[import-untyped]

from actions.parameters import Language, one_line
from engine.action import Failed


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


FILE_MAX: Final = 20_000_000
PARTS_MAX: Final = 1_000
UNPACKED_MAX: Final = 60_000_000
"""Bytes of all parts together."""
WORD: Final = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_PACKINGS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""Those of Word; the others can grow more in fewer bytes."""
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_CONTENTS: Final = "[Content_Types].xml"
_KIND: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml."
_DOCUMENT: Final = f"{_KIND}document.main+xml"
_TEMPLATE: Final = f"{_KIND}template.main+xml"
_TEXTS: Final = frozenset(
    [_DOCUMENT]
    + [f"{_KIND}{part}+xml" for part in ("header", "footer", "footnotes", "endnotes")]
)
"""Parts that readers see."""
_RELATIONS: Final = _words(
    """
    officeDocument styles stylesWithEffects settings webSettings fontTable font
    theme themeOverride numbering header footer footnotes endnotes comments
    commentsExtended commentsIds commentsExtensible people image hyperlink
    core-properties extended-properties custom-properties customXml
    customXmlProps glossaryDocument thumbnail printerSettings
    classificationlabels
    """
)
"""By the last word of their type."""
_FIELDS: Final = _words(
    """
    PAGE NUMPAGES SECTION SECTIONPAGES PAGEREF REF NOTEREF STYLEREF SEQ TOC TC
    DATE TIME CREATEDATE SAVEDATE PRINTDATE TITLE SUBJECT EQ SYMBOL FORMTEXT
    FORMCHECKBOX FORMDROPDOWN AUTHOR DOCPROPERTY FILENAME LISTNUM
    """
)
"""None of them reads another file."""
_LINK: Final = re.compile(r"(https?|mailto):[^\s]+", re.IGNORECASE)
_AWAY: Final = re.compile(r"\s*([a-z][a-z0-9+.-]*:|//|\\\\)", re.IGNORECASE)
_SAYS: Final = {
    "kind": (
        "它不是 Word 文档（.docx）；请在 Word 或 WPS 中另存为 .docx",
        "it is no Word document (.docx); save it as .docx in Word or WPS",
    ),
    "locked": (
        "它有密码，或是旧的 .doc 格式；请去掉密码，另存为 .docx",
        "it has a password, or is in the old .doc format; remove the password and save "
        "it as .docx",
    ),
    "macro": (
        "它带有宏或控件；请另存为不启用宏的 .docx",
        "it holds macros or controls; save it as a .docx without macros",
    ),
    "size": (
        "它或其展开后的内容太大；请删去大图片",
        "it is too large, or becomes so when it is unpacked; remove large pictures",
    ),
    "damaged": (
        "它已损坏或经过改造；请在 Word 中打开并重新保存",
        "it is damaged or tampered with; open it in Word and save it anew",
    ),
    "outside": (
        "它引用本文件之外的内容（{what}）；请把引用的内容放入文件或删去",
        "it refers to something outside itself ({what}); put that into the file, or "
        "remove it",
    ),
    "relation": (
        "它带有不允许的内容（{what}），例如嵌入对象；请删去",
        "it holds what is not allowed ({what}), such as an embedded object; remove it",
    ),
    "field": (
        "它有不允许的域（{what}）；请改为普通文字",
        "it has a field that is not allowed ({what}); make it plain text",
    ),
}


_BROKEN: Final = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    ValueError,
    NotImplementedError,
)
"""What a zip that is none, or not whole, leads to."""


class _Refused(Exception):
    """Code of ``_SAYS``, and what was found."""

    def __init__(self, code: str, what: str = "") -> None:
        super().__init__(code, what)
        self.code, self.what = code, what


@dataclass(frozen=True, slots=True)
class Template:
    """A Word file that may be filled in: elements where a part is XML, else bytes."""

    parts: dict[str, Any]

    @property
    def texts(self) -> list[Any]:
        """The parts that readers see, as elements."""
        names = [
            one.get("PartName", "").removeprefix("/")
            for one in self.parts[_CONTENTS]
            if one.get("ContentType") in _TEXTS
        ]
        return [self.parts[name] for name in names if name in self.parts]

    def bytes(self) -> dict[str, bytes]:
        """The parts as they are written, in their order."""
        return {
            name: part
            if isinstance(part, bytes)
            else etree.tostring(
                part, xml_declaration=True, encoding="UTF-8", standalone=True
            )
            for name, part in self.parts.items()
        }


def open_template(content: bytes, *, lang: Language) -> Template:
    """Raises Failed, with the reason, for a file that may not be a template."""
    try:
        template = Template(dict(_parts(content)))
        _check_kind(template)
        for name, part in template.parts.items():
            if not isinstance(part, bytes):
                for check in _CHECKS:
                    check(name, part)
    except _Refused as refused:
        said = dict(zip(("zh", "en"), _SAYS[refused.code], strict=True))[lang]
        begin = {"zh": "模板不能使用：", "en": "the template cannot be used: "}[lang]
        # What was found comes from the file: it is no format of ours.
        found = one_line(refused.what)[:80]
        raise Failed(begin + said.replace("{what}", found)) from refused
    return template


def _parts(content: bytes) -> Iterator[tuple[str, Any]]:
    if len(content) > FILE_MAX:
        raise _Refused("size")
    if content.startswith(_OLE):
        raise _Refused("locked")
    if not content.startswith(b"PK"):
        raise _Refused("kind")
    try:
        with zipfile.ZipFile(BytesIO(content)) as file:
            _check_entries(file.infolist(), size=len(content))
            for entry in file.infolist():
                # To its stated size: without that, a part is unpacked as a whole
                # before anybody sees that it is larger.
                with file.open(entry) as part:
                    read = part.read(entry.file_size + 1)
                yield entry.filename, _part(entry.filename, read)
    except _BROKEN as error:
        raise _Refused("damaged") from error


def _check_entries(entries: list[zipfile.ZipInfo], *, size: int) -> None:
    """What a zip's own list says, before anything of it is unpacked."""
    if len(entries) > PARTS_MAX or sum(one.file_size for one in entries) > UNPACKED_MAX:
        raise _Refused("size")
    if any(entry.flag_bits & 0x1 for entry in entries):
        raise _Refused("locked")
    names = [entry.filename.casefold() for entry in entries]
    if len(set(names)) < len(names) or sum(one.compress_size for one in entries) > size:
        # Twice the same name, or parts that lie over each other.
        raise _Refused("damaged")
    if any(name.startswith("/") or "\\" in name or ".." in name for name in names):
        raise _Refused("damaged")
    if any(entry.compress_type not in _PACKINGS for entry in entries):
        raise _Refused("damaged")


def _part(name: str, content: bytes) -> Any:
    if not name.endswith((".xml", ".rels")):
        return content
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise _Refused("damaged") from error
    if root.getroottree().docinfo.doctype:
        raise _Refused("damaged")
    return root


def _check_kind(template: Template) -> None:
    """A document or a template without macros; a template becomes a document."""
    contents = template.parts.get(_CONTENTS)
    if contents is None or isinstance(contents, bytes):
        raise _Refused("kind")
    kinds = [one.get("ContentType", "") for one in contents]
    if any(re.search("macro|vba|activex|oleobject", kind, re.I) for kind in kinds):
        raise _Refused("macro")
    mains = [
        one for one in contents if one.get("ContentType") in (_DOCUMENT, _TEMPLATE)
    ]
    if len(mains) != 1:
        raise _Refused("kind")
    mains[0].set("ContentType", _DOCUMENT)
    texts = template.texts
    # "Strict" files have other names for everything; no place would be found.
    if not texts or any(not str(one.tag).startswith(f"{{{WORD}}}") for one in texts):
        raise _Refused("kind")


def _check_relations(name: str, root: Any) -> None:
    if not name.endswith(".rels"):
        return
    for relation in root:
        kind = relation.get("Type", "").rsplit("/", 1)[-1]
        target = relation.get("Target", "")
        inside = relation.get("TargetMode", "Internal") == "Internal"
        link = kind == "hyperlink" and _LINK.fullmatch(target)
        if (not inside or _AWAY.match(target)) and not link:
            raise _Refused("outside", f"{kind}: {target}")
        if kind not in _RELATIONS:
            raise _Refused("relation", kind)


def _check_addresses(name: str, root: Any) -> None:
    """Pictures of an older sort carry their address in the text itself."""
    if not name.startswith("word/") or name.endswith(".rels"):
        return
    for element in root.iter(etree.Element):
        for attribute, value in element.attrib.items():
            kind = etree.QName(attribute).localname.casefold()
            if kind in ("src", "href", "althref") and _AWAY.match(value):
                raise _Refused("outside", value)


def _check_fields(name: str, root: Any) -> None:
    """The first word of each field; its instruction may lie in pieces over runs."""
    del name  # a field is looked for everywhere
    for element in root.iter("{*}fldSimple"):
        _check_field(_attribute(element, "instr"))
    begun: list[str] = []
    for element in root.iter("{*}fldChar", "{*}instrText"):
        kind = _attribute(element, "fldCharType")
        if kind == "begin":
            begun.append("")
        elif not kind and begun:
            begun[-1] += element.text or ""
        elif not kind:
            raise _Refused("field", element.text or "")
        elif kind == "end" and begun:
            _check_field(begun.pop())
    for rest in begun:
        _check_field(rest)


def _attribute(element: Any, name: str) -> str:
    """By its own name, whichever dialect of the format the file is in."""
    return next(
        (
            str(value)
            for attribute, value in element.attrib.items()
            if etree.QName(attribute).localname == name
        ),
        "",
    )


def _check_field(instruction: str) -> None:
    words = [word.strip('"“”') for word in instruction.split()]
    kind = words[0].upper() if words else ""
    if kind == "HYPERLINK":
        links = [word for word in words[1:] if _AWAY.match(word)]
        if all(_LINK.fullmatch(link) for link in links):
            return
    elif kind in _FIELDS or kind.startswith("="):
        return
    raise _Refused("field", instruction.strip())


_CHECKS: Final[tuple[Callable[[str, Any], None], ...]] = (
    _check_relations,
    _check_addresses,
    _check_fields,
)
