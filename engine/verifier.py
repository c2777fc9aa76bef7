"""The offline verifier: tells every defect of a history bundle, and how far it saw.

    python verifier.py BUNDLE [--policy POLICY] [--checkpoint KEPT] [--lang zh|en]

One file, written from docs/history-format.md alone, so that the page is read twice by
hands that do not know each other. Take it and the policy by another way than the
bundle. It opens no network, writes no file, unpacks nothing and runs nothing.
Exit: 0 whole and decided, 1 defects, 2 something not decidable, 3 unreadable.

May import: the standard library only (Python 3.9 suffices). Nothing imports it.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import dataclasses
import gc
import hashlib
import json
import re
import stat
import struct
import sys
import unicodedata
import zlib
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, NoReturn, TypeAlias

LINE_MAX = 16 << 20
PLAN_MAX = 64 << 20
FILE_MAX = 1 << 30
PRIVATE_MAX = 1 << 20
PERSONAL_MEMORY, PERSONAL_COST = 64 << 20, 500  # for commitments and erasures
SMALL_MAX = 16 << 20  # bundle.json
NOTE_MAX = 64 << 10
POLICY_MAX = 1 << 20
ENTRIES_MAX = 10**9
SIZE_MAX = 1 << 63
DEPTH_MAX = 64
VALUES_MAX = 250_000  # commas, opening brackets and texts of one line of JSON
MEMBERS_MAX = 10**6
SIGNATURES_MAX = 100
SWELLING_FREE, SWELLING_MAX = 4 << 20, 100  # of lines, by deflate
LONG_LINE = 1 << 20  # from here on memory counts for more than speed
ACTS_MAX, ACT_MAX = 1_000, 16 << 10  # entries about who signs, and the data of one
BROKEN_LINES_MAX = 10_000
DEFECTS_KEPT = 10_000
MEMORY = 144 << 20  # for what is remembered of instances and nodes
INSTANCE_COST, NODE_COST, FACT_COST = 1_500, 400, 200  # bytes, roughly, of one
SHOWN_MAX = 200
CHUNK = 128 << 10
NUMBER_LIMIT = 1 << 53

LOG = "~log"
NO_PREV = "0" * 64
NO_HEAD = bytes(32)
DIGEST = re.compile(r"[0-9a-f]{64}")
DECIMAL = re.compile(rb"0|[1-9][0-9]{0,18}")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z", re.ASCII)
LOG_TYPES = frozenset(
    ("sealed", "exported", "retried", "migrated", "rekeyed", "revoked", "restored")
)
ABOUT_KEYS = ("rekeyed", "revoked", "restored")
TYPES = LOG_TYPES | frozenset(
    (
        *("started", "moved", "added", "refused", "signalled"),
        *("reported", "counted", "missed", "erasure", "erased"),
    )
)
CAUSES = frozenset(("person", "condition", "clock", "outcome"))


# --- What is told -----------------------------------------------------------


class Where(NamedTuple):
    """The place of a defect; what does not apply is None."""

    position: int | None = None
    instance: str | None = None
    seq: int | None = None
    member: str | None = None


@dataclass(frozen=True)
class Defect:
    """Something that is not as the page says."""

    code: str
    where: Where
    zh: str
    en: str


@dataclass(frozen=True)
class Undecided:
    """Something that cannot be told from what was given, and how it could be."""

    code: str
    zh: str
    en: str


@dataclass(frozen=True)
class Told:
    """Something that is no defect and that nobody should overlook."""

    code: str
    zh: str
    en: str


@dataclass(frozen=True)
class Covered:
    """How far the verifier saw. `scope` is None for the whole log."""

    size: int | None = None
    moment: str | None = None
    scope: tuple[str, ...] | None = None
    instances: int = 0
    entries: int = 0
    plans: int = 0
    files: int = 0
    seals: int = 0
    judged: int = 0  # moves and refusals whose gates were worked out again
    recorded: int = 0  # verdicts among them that stand as recorded
    opened: int = 0  # personal values that are here and fit
    closed: int = 0  # those that are not here
    erased: int = 0  # those, and files, that an entry says were erased
    origin: str | None = None
    signers: tuple[str, ...] = ()
    witnesses: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Report:
    """All that is to be told of a bundle. `more` defects are counted, not kept."""

    defects: tuple[Defect, ...]
    more: int
    undecided: tuple[Undecided, ...]
    covered: Covered
    told: tuple[Told, ...] = ()
    unreadable: Undecided | None = None

    @property
    def exit(self) -> int:
        """The exit code of section 7."""
        if self.unreadable:
            return 3
        if self.defects:
            return 1
        return 2 if self.undecided else 0


SAYS: dict[str, tuple[str, str]] = {
    "bundle.form/json": (
        "bundle.json 不符合第 1 节的写法：{why}。",
        "bundle.json is not in the form of section 1: {why}.",
    ),
    "bundle.form/key": (
        "bundle.json 的“{key}”缺失或取值不合规定。",
        "bundle.json lacks {key}, or its value is not as it must be.",
    ),
    "bundle.form/line": (
        "第 {line} 行不是“位置、一个空格、条目”。",
        "line {line} is not a position, one blank and an entry.",
    ),
    "bundle.form/limit": (
        "第 {line} 行超出限度：{why}。",
        "line {line} is beyond the limits: {why}.",
    ),
    "bundle.form/rest": (
        "从第 {line} 行起不再读取：{why}。",
        "from line {line} on nothing is read: {why}.",
    ),
    "bundle.form/unended": (
        "最后一行（第 {line} 行）没有换行符。",
        "line {line} is the last one and has no line feed.",
    ),
    "bundle.form/foreign": (
        "此条目不属于本包范围内的任何实例。",
        "the entry is of no instance in the bundle's scope.",
    ),
    "bundle.form/proof": (
        "proofs 第 {line} 行不合规定：{why}。",
        "line {line} of proofs is not as it must be: {why}.",
    ),
    "bundle.member/missing": ("缺少成员。", "the member is missing."),
    "bundle.member/twice": ("成员出现了两次。", "the member stands twice."),
    "bundle.member/foreign": (
        "包中不应有此成员。",
        "the member has no business here.",
    ),
    "bundle.member/unnamed": (
        "没有任何条目提到此成员，它不应在包中。",
        "no entry names the member: it has no business here.",
    ),
    "bundle.member/gap": (
        "文件从第 {first} 字节起有 {count} 字节不属于任何成员，也不属于目录。",
        "from byte {first} of the file on {count} bytes belong to no member and not "
        "to the directory.",
    ),
    "bundle.member/unread": (
        "成员无法完整读取：{why}。",
        "the member cannot be read to its end: {why}.",
    ),
    "entry.form/json": (
        "条目不符合第 1 节的写法：{why}。",
        "the entry is not in the form of section 1: {why}.",
    ),
    "entry.form/lacks": (
        "条目缺少“{key}”。",
        "the entry lacks {key}.",
    ),
    "entry.form/value": (
        "条目中“{key}”的取值不合规定。",
        "the value of {key} in the entry is not as it must be.",
    ),
    "entry.seq": (
        "实例内的序号应为 {due}，实为 {found}。",
        "the number in the instance should be {due} and is {found}.",
    ),
    "entry.prev": (
        "prev 不是该实例前一条目的叶哈希。",
        "prev is not the leaf hash of the instance's entry before it.",
    ),
    "entry.time": (
        "时间倒退：{found} 早于 {before}。",
        "time goes back: {found} is before {before}.",
    ),
    "entry.plan": (
        "条目依据的方案 {found} 不是该实例的方案 {due}。",
        "the entry names the plan {found}; its instance's is {due}.",
    ),
    "entry.led_by": (
        "led_by 为 {found}，并不小于自身序号。",
        "led_by is {found}: not less than the entry's own number.",
    ),
    "entry.simulated": (
        "同一实例中有的条目是演练，有的不是。",
        "some entries of the instance are simulated and others are not.",
    ),
    "entry.state/from": (
        "节点“{node}”此前为 {due}，条目却称从 {found} 转出。",
        "the node {node} stood in {due}, and the entry moves it from {found}.",
    ),
    "entry.state/round": (
        "节点“{node}”此前在第 {due} 轮，条目却写第 {found} 轮。",
        "the node {node} was in round {due}, and the entry says round {found}.",
    ),
    "gate.move/none": (
        "方案中节点“{node}”没有动作“{move}”。",
        "the plan has no move {move} at the node {node}.",
    ),
    "gate.move/way": (
        "按方案，动作“{move}”不从 {found} 转到 {to}。",
        "by the plan the move {move} does not lead from {found} to {to}.",
    ),
    "gate.clauses/count": (
        "方案在此有 {due} 条条款，条目记了 {found} 条。",
        "the plan has {due} clauses here, and the entry has {found}.",
    ),
    "gate.clauses/text": (
        "条目所记的条款不是方案的“{due}”。",
        "a clause of the entry is not the plan's: {due}.",
    ),
    "gate.asked": (
        "条款所问（{meaning}）记为 {found}，而记录中是 {due}。",
        "what a clause asked ({meaning}) is given as {found}; the record says {due}.",
    ),
    "gate.asked/members": (
        "条款对每个成员所问的值不合规定。",
        "what a clause asked of each member is not as it must be.",
    ),
    "gate.asked/count": (
        "条款问了 {due} 个值，条目记了 {found} 个。",
        "a clause asked for {due} values, and the entry has {found}.",
    ),
    "gate.verdict": (
        "条款“{text}”按方案应得 {due}，条目记为 {found}。",
        "the clause {text} comes to {due}, and the entry says {found}.",
    ),
    "gate.passed": (
        "关口有条款不成立，动作却做了，也没有准许。",
        "a clause of the gate did not hold, nothing permitted it, "
        "and the move was made.",
    ),
    "gate.refused": (
        "关口的条款全部成立，却拒绝了。",
        "all clauses of the gate held, and the move was refused.",
    ),
    "gate.permit": (
        "第 {found} 条没有给出此准许，或者准许已经用过。",
        "entry {found} gave no such permit, or it was used before.",
    ),
    "gate.facts": (
        "条目读到的“{key}”与此前的记录不符（出自第 {found} 条，应为第 {due} 条所说）。",
        "{key}, as the entry read it (from entry {found}), is not what was said last "
        "(by entry {due}).",
    ),
    "gate.facts/entry": (
        "条目读到的“{key}”出自第 {found} 条，这不可能。",
        "{key}, as the entry read it, is from entry {found}, which cannot be.",
    ),
    "plan.gates": (
        "方案的关口表不符合第 6 节的写法。",
        "the plan's gates are not as section 6 says.",
    ),
    "gates.none": (
        "方案 {plan} 没有关口表：依据它的判定无法重算。"
        "判定办法：用装有 plangate 的机器核对（plangate verify）。",
        "the plan {plan} has no table of gates: what was decided under it cannot be "
        "worked out again. To decide: verify it where plangate is installed.",
    ),
    "gates.costly": (
        "有 {count} 处判定要算的步骤过多，没有重算。"
        "判定办法：用装有 plangate 的机器核对（plangate verify）。",
        "{count} verdicts ask for too many steps and were not worked out again. "
        "To decide: verify it where plangate is installed.",
    ),
    "gates.large": (
        "方案 {plan} 过大，未读其关口表：依据它的判定没有重算。"
        "判定办法：用装有 plangate 的机器核对（plangate verify）。",
        "the plan {plan} is too large for its gates to be read: what was decided "
        "under it was not worked out again. "
        "To decide: verify it where plangate is installed.",
    ),
    "log.position": (
        "位置应{zh_due} {due}，实为 {found}。",
        "the position should be {en_due} {due} and is {found}.",
    ),
    "log.size": (
        "bundle.json 称有 {due} 条，实有 {found} 条。",
        "bundle.json says {due} entries, and there are {found}.",
    ),
    "log.root": (
        "由条目算出的树根是 {found}，不是 {due}。",
        "the tree over the entries has the root {found}, not {due}.",
    ),
    "log.keys": (
        "此处称前一条关于签署钥匙的条目在位置 {found}，包中的在 {due}："
        "有条目被扣下，或另有条目。",
        "the entry about who signs before this one is said to be at {found}, and here "
        "it is at {due}: entries of that kind are withheld, or there are others.",
    ),
    "log.claim": (
        "条目称日志已有 {found} 条，在它之前只有 {due} 条。",
        "the entry says that the log had {found} entries; {due} are before it.",
    ),
    "log.proof": (
        "条目的包含证明不成立：{why}。",
        "the entry's proof of inclusion does not hold: {why}.",
    ),
    "seal.missing/last": (
        "最后一条不是位置 {due} 上的封存条目（sealed）。",
        "the last entry is not the sealed one at position {due}.",
    ),
    "seal.missing/place": (
        "封存条目自称在位置 {found}，却不在那里。",
        "the sealed entry names the position {found} and stands elsewhere.",
    ),
    "seal.root": (
        "由条目算出的各实例头的根是 {found}，不是封存的 {due}。",
        "the heads have the root {found}, not {due} as was sealed.",
    ),
    "seal.proof": (
        "实例头的证明不成立（{why}）：该实例有条目被扣下，或另有条目。",
        "the proof of the head does not hold ({why}): entries of the instance are "
        "withheld, or it has others.",
    ),
    "checkpoint.form/note": (
        "这不是检查点：{why}。",
        "this is no checkpoint: {why}.",
    ),
    "checkpoint.form/size": (
        "检查点的规模是 {found}，bundle.json 写的是 {due}。",
        "the checkpoint is of size {found}, bundle.json says {due}.",
    ),
    "checkpoint.form/root": (
        "检查点的树根与 bundle.json 不同。",
        "the checkpoint is of another root than bundle.json says.",
    ),
    "checkpoint.key": (
        "签署检查点的钥匙 {name} 只到第 {due} 条为止有效：此后它已交出或作废。",
        "the key {name} signed the checkpoint and counts up to {due} entries only: "
        "then it had handed over, or was revoked.",
    ),
    "checkpoint.origin": (
        "检查点的来源是 {found}，日志中的条目说是 {due}。",
        "the checkpoint's origin is {found}; by the log's entries it is {due}.",
    ),
    "key.handover/place": (
        "交接条目自称在 {found} 的第 {size} 条，却在 {due} 的第 {position} 条。",
        "the handover says it is of {found} at {size}; it stands in {due} at "
        "{position}.",
    ),
    "key.handover/names": (
        "交接的两把钥匙不是同一日志的，或是同一把。",
        "the two keys are not of this log, or are the same.",
    ),
    "key.handover/signature": (
        "{which}钥匙在交接上的签名是错的：交接是伪造的。",
        "the {which} key's signature does not hold: the handover is forged.",
    ),
    "key.handover/ended": (
        "旧钥匙在第 {due} 条已交出或作废，不能再交接。",
        "the old key had handed over, or was revoked, at {due} entries.",
    ),
    "key.revoked/after": (
        "作废从第 {found} 条之后算起，而它之前只有 {due} 条。",
        "the key is revoked beyond {found} entries, and {due} are before this one.",
    ),
    "key.revoked/place": (
        "作废条目自称在 {found} 的第 {size} 条，却在 {due} 的第 {position} 条。",
        "the revocation says it is of {found} at {size}; it stands in {due} at "
        "{position}.",
    ),
    "key.revoked/names": (
        "作废的钥匙和接替的钥匙不是同一日志的，或是同一把。",
        "the revoked key and the one that goes on are not of this log, or are the "
        "same.",
    ),
    "key.revoked/ended": (
        "接替的钥匙在第 {due} 条已交出或作废，不能接替。",
        "the key that goes on had handed over, or was revoked, at {due} entries.",
    ),
    "key.revoked/signature": (
        "接替的钥匙在作废条目上的签名是错的：作废是伪造的。",
        "the signature by the key that goes on does not hold: the revocation is "
        "forged.",
    ),
    "epoch.restored/origin": (
        "恢复后的来源是 {found}，应为 {due}。",
        "the origin after the restore is {found} and should be {due}.",
    ),
    "epoch.restored/size": (
        "恢复条目称此前有 {found} 条、其中 {kept} 条是原有的；"
        "它在第 {due} 条，原来签到第 {lost} 条。",
        "the entry says that {found} are before it, {kept} of them of old; it is at "
        "{due}, and {lost} had been signed.",
    ),
    "epoch.restored/signature": (
        "所附检查点上以“{name}”的钥匙所作的签名是错的。",
        "the signature by the key of {name} under the checkpoint in it is wrong.",
    ),
    "bundle.form/acts": (
        "关于签署钥匙的条目超过 {most} 条。",
        "there are more than {most} entries about who signs.",
    ),
    "log.shorter": (
        "您留存的检查点签到第 {signed} 条，包里的日志只到第 {size} 条："
        "末尾被截去，或者这是更早的一份。",
        "the checkpoint that you kept signs {signed} entries, and the bundle's log has "
        "{size}: its end was cut off, or this is an older one.",
    ),
    "log.forked": (
        "到第 {signed} 条为止，包里的日志不是您留存的检查点所签的那一份：其中有改动。",
        "up to entry {signed} the bundle's log is not the one that the checkpoint you "
        "kept signs: something in it was changed.",
    ),
    "log.forked/proof": (
        "包里所附从第 {signed} 条增长而来的证明，与您留存的检查点不符："
        "日志被改过，或者证明是假的。",
        "the bundle's proof of growth from {signed} entries does not join the "
        "checkpoint that you kept: the log was changed, or the proof is false.",
    ),
    "log.forked/origin": (
        "您留存的检查点出自 {found}，包里的日志是 {due}："
        "不是同一部日志，或者退回到了从前。",
        "the checkpoint that you kept is of {found} and the bundle's log is {due}: "
        "another log, or one of before.",
    ),
    "log.untrue": (
        "您留存的检查点上，以信任策略中“{name}”的密钥所作的签名是错的。",
        "under the checkpoint that you kept the signature by the policy's key of "
        "{name} is wrong.",
    ),
    "log.grown": (
        "您留存的检查点（{origin}，第 {signed} 条）是此日志的开头：此后只有增加。",
        "the log begins with what the checkpoint that you kept signs ({origin}, "
        "{signed} entries): since then it has only grown.",
    ),
    "log.unproven": (
        "本包没有从第 {signed} 条增长到第 {size} 条的证明，无法与您留存的检查点相比。"
        "判定办法：索取整个日志的包，或以 export --since {signed} 写出的包。",
        "the bundle has no proof of growth from {signed} entries to {size}, so it "
        "cannot be held against the checkpoint that you kept. To decide: ask for a "
        "bundle of the whole log, or one written with export --since {signed}.",
    ),
    "log.nobody": (
        "您留存的检查点不足以采信（{why}）；日志与它是否一致已经核对。"
        "判定办法：核对策略，或取原来的检查点。",
        "the checkpoint that you kept is not to be relied on ({why}); whether the log "
        "agrees with it was checked. To decide: compare the policy, or take the "
        "checkpoint as it was.",
    ),
    "receipt.broken/dropped": (
        "回执（{signer}）所载的 {instance} 第 {seq} 条不在这里，而封存的时刻 {found} "
        "已过约定的 {due}：它被丢掉了。",
        "entry {seq} of {instance} is not here, for which there is a receipt "
        "({signer}), and the seal of {found} is after {due}: it was dropped.",
    ),
    "receipt.broken/altered": (
        "{instance} 第 {seq} 条不是回执（{signer}）所载的那一条：它被改过。",
        "entry {seq} of {instance} is not that of the receipt ({signer}): "
        "it was altered.",
    ),
    "receipt.broken/moved": (
        "{instance} 第 {seq} 条在位置 {found}，回执（{signer}）所载的是 {due}。",
        "entry {seq} of {instance} is at position {found} and by the receipt "
        "({signer}) at {due}.",
    ),
    "receipt.broken/forked": (
        "{instance} 第 {seq} 条在这里，但到第 {size} 条为止的日志不是回执（{signer}）"
        "所载的那一份：它被改写过。",
        "entry {seq} of {instance} is here, but up to entry {size} the log is not that "
        "of the receipt ({signer}): it was rewritten.",
    ),
    "receipt.kept": (
        "回执（{signer}）所载的 {instance} 第 {seq} 条在这里，没有改动。",
        "entry {seq} of {instance} is here as the receipt has it ({signer}).",
    ),
    "receipt.open": (
        "回执所载的条目不在本包的范围或时刻之内。判定办法：索取含该实例、"
        "封存于约定时刻之后的包。",
        "what the receipt is about is beyond the bundle's instances or its time. "
        "To decide: ask for a bundle of that instance that was sealed after the "
        "receipt's moment.",
    ),
    "receipt.form": (
        "回执不合规定，或者签名是假的。判定办法：取得原来的回执。",
        "the receipt is not as it must be, or a signature under it is false. "
        "To decide: get the receipt as it was given.",
    ),
    "key.handed": (
        "从位置 {position} 起，{old} 把签署交给 {new}，两把钥匙都签了字。",
        "from position {position} on {old} handed over to {new}; both keys signed it.",
    ),
    "key.ended": (
        "钥匙 {key} 从第 {after} 条之后作废，由 {new} 接替并签字。"
        "批准人：{approvers}；原因：{reason}。",
        "the key {key} is revoked beyond {after} entries; {new} goes on and signed "
        "it. Approved by {approvers}; reason: {reason}.",
    ),
    "key.doubted": (
        "位置 {position} 的条目称钥匙 {key} 从第 {after} 条之后作废、由 {new} 接替"
        "（批准人：{approvers}；原因：{reason}），但签字的 {new} 不在策略所知之列："
        "谁都可能写下它。在弄清之前，{key} 只算到第 {after} 条。"
        "判定办法：另行向该单位核实现在由哪把钥匙签署，属实则放进策略文件。",
        "the entry at {position} says that the key {key} is revoked beyond {after} "
        "entries and {new} goes on (approved by {approvers}; reason: {reason}); only "
        "{new} signed it, which the policy does not know: anybody could have written "
        "it. Until that is clear {key} counts up to {after} entries only. To decide: "
        "ask the office by another way which key signs now, and put it into the "
        "policy if it is so.",
    ),
    "epoch.begun": (
        "曾从备份恢复：{before} 签到第 {lost} 条，其中第 {first} 条至第 {lost} 条"
        "已丢失或被替换；自位置 {position} 起是 {origin}。"
        "批准人：{approvers}；原因：{reason}。{sure}",
        "restored: {before} had been signed at {lost} entries, of which {first} to "
        "{lost} are lost or replaced; from position {position} on the log is {origin}. "
        "Approved by {approvers}; reason: {reason}. {sure}",
    ),
    "checkpoint.signature": (
        "以信任策略中“{name}”的密钥所作的签名是错的。",
        "the signature by the policy's key of {name} is wrong.",
    ),
    "plan.digest": (
        "方案的字节与其名称中的摘要不符。",
        "the plan's bytes are not those of its name.",
    ),
    "plan.missing": (
        "条目依据的方案 {digest} 不在包中。",
        "the entry names the plan {digest}, which is not here.",
    ),
    "file.digest": (
        "文件的字节与其名称中的摘要不符。",
        "the file's bytes are not those of its name.",
    ),
    "file.digest/size": (
        "条目称文件 {digest} 有 {due} 字节，实有 {found} 字节。",
        "the entry says that the file {digest} has {due} bytes; it has {found}.",
    ),
    "file.missing": (
        "条目提到的文件 {digest} 不在包中。",
        "the entry names the file {digest}, which is not here.",
    ),
    "private.commitment": (
        "个人信息与其承诺值不符：{why}。",
        "the personal value does not fit its commitment: {why}.",
    ),
    "erased.approval": (
        "此条称已抹除，但批准不成立：{why}。",
        "the entry says that something was erased, and its approval does not hold: "
        "{why}.",
    ),
    "erased.present": (
        "第 {seq} 条称已抹除，包中却还有。",
        "entry {seq} says that it was erased, and it is here.",
    ),
    "checkpoint.none": (
        "包中没有检查点：无法判定由谁担保此历史。判定办法：请保管者出具带签名的检查点。",
        "the bundle has no checkpoint, so nobody vouches for this history. "
        "To decide: ask its keeper for a bundle with a signed checkpoint.",
    ),
    "policy.none": (
        "没有给出信任策略：包内的密钥与名称只是自称。"
        "判定办法：另行取得策略文件，用 --policy 给出。",
        "no policy was given, and keys and names in a bundle are claims. "
        "To decide: get the policy by another way and give it with --policy.",
    ),
    "policy.form": (
        "信任策略第 {line} 行不可用（{why}）。判定办法：另行取得正确的策略文件。",
        "line {line} of the policy is of no use ({why}). "
        "To decide: get a right policy by another way.",
    ),
    "signature.none": (
        "检查点没有策略所列日志的签名。判定办法：核对策略，或索取由该日志签名的检查点。",
        "no log of the policy signed the checkpoint. "
        "To decide: compare the policy, or ask for a checkpoint signed by that log.",
    ),
    "witness.quorum": (
        "见证人不足策略的要求（现有 {found} 个）。"
        "判定办法：请策略所列见证人对此检查点副署。",
        "fewer witnesses cosigned than the policy wants (there are {found}). "
        "To decide: have witnesses of the policy cosign this checkpoint.",
    ),
    "memory.limit": (
        "从位置 {position} 起未作检查：需要记住的实例和节点超出内存限度。"
        "判定办法：用更大的 --memory 再次运行。",
        "from position {position} on nothing was checked: there is more to remember "
        "than memory allows. To decide: run again with a greater --memory.",
    ),
    "scope.unknown": (
        "不知道本包的范围，条目未作检查。判定办法：重新索取此包。",
        "the scope is not known and no entry was checked. "
        "To decide: ask for the bundle again.",
    ),
    "unreadable/zip": (
        "无法读取：不是可读的 ZIP 文件（{why}）。",
        "unreadable: no ZIP file that can be read ({why}).",
    ),
    "unreadable/bundle": (
        "无法读取：没有可读的 bundle.json（{why}）。",
        "unreadable: no bundle.json that can be read ({why}).",
    ),
    "unreadable/checkpoint": (
        "无法读取：--checkpoint 给出的不是检查点（{why}）。",
        "unreadable: what --checkpoint gives is no checkpoint ({why}).",
    ),
    "unreadable/format": (
        "无法读取：格式或版本不是 plangate-bundle 版本 1。",
        "unreadable: the format or version is not plangate-bundle, version 1.",
    ),
}

WHYS: dict[str, tuple[str, str]] = {
    "utf8": ("不是 UTF-8", "it is not UTF-8"),
    "json": ("不是合规的 JSON", "it is no JSON, or has numbers that are not allowed"),
    "canonical": (
        "不是唯一写法（键的次序、重复的键、空格或转义）",
        "it is not in the one form (order of keys, a key twice, blanks, escapes)",
    ),
    "nfc": ("文字不是 NFC 形式", "a text is not in NFC"),
    "nul": ("文字含有 U+0000", "a text has U+0000"),
    "object": ("不是对象", "it is no object"),
    "depth": ("嵌套超过 64 层", "it is more than 64 levels deep"),
    "values": ("一行的值过多", "a line has too many values"),
    "long": ("一行超过 16 MiB", "a line is longer than 16 MiB"),
    "broken": ("不合规定的行过多", "too many lines are not as they must be"),
    "many": ("条目超过 10⁹", "there are more than 10⁹ entries"),
    "swollen": ("解压后膨胀过度", "it swells beyond measure when inflated"),
    "encrypted": ("已加密", "it is encrypted"),
    "method": ("压缩方法不被允许", "it is neither stored nor deflated"),
    "header": (
        "本地文件头与目录所说不同",
        "its local header does not say what the directory says",
    ),
    "descriptor": (
        "长度写在数据之后（data descriptor）",
        "its length stands after its data (a data descriptor)",
    ),
    "beside": (
        "带有注释或不应有的附加字段",
        "it has a comment, or an extra field that it does not need",
    ),
    "overlap": ("与其他成员的数据重叠", "its data overlap another member's"),
    "deflate": ("压缩数据损坏", "its deflated data are broken"),
    "crc": ("长度或校验和不符", "its length or checksum is another"),
    "large": ("超过大小限度", "it is larger than allowed"),
    "end": ("没有目录结尾记录", "there is no end of a directory"),
    "directory": ("目录损坏", "the directory is broken"),
    "members": ("成员超过 10⁶", "there are more than 10⁶ members"),
    "fields": ("不是 field、salt、value 三项", "it is not field, salt and value"),
    "binding": ("重算的承诺值不同", "it is committed to otherwise"),
    "unasked": ("没有这样的申请", "there is no such request"),
    "otherwise": ("与所申请的不同", "it is not what was asked for"),
    "two": ("批准人不足两个", "fewer than two people approved"),
    "own": ("申请人自己批准", "who asked approved it too"),
    "unapproved": ("没有所称的批准", "there is no such approval"),
    "absent": ("没有这个成员", "there is no such member"),
    "twice": ("出现了两次", "it stands twice"),
    "keys": ("键或取值不合规定", "its keys or values are not as they must be"),
    "extra": ("没有与之对应的条目或实例", "it belongs to no entry or instance here"),
    "none": ("没有证明", "there is none"),
    "beyond": ("位置不在树内", "the position is beyond the tree"),
    "root": ("算出的根不同", "it leads to another root"),
    "no_head": ("包中没有该实例的条目", "the bundle has no entry of the instance"),
    "note": ("不是签名文本的写法", "it is not in the form of a signed note"),
    "lines": ("正文不是三行", "its text is not three lines"),
    "origin": ("来源为空", "its origin is empty"),
    "number": ("规模不是规定的数", "its size is no number that is allowed"),
    "hash": ("树根不是 32 字节的 base64", "its root is not 32 bytes in base64"),
    "signatures": ("签名行不合规定", "a signature line is not as it must be"),
    "octet": ("含有控制字符", "it has a control character"),
    "word": ("行的写法不对", "the line is not as it must be"),
    "vkey": ("公钥写法不对或类型不适用", "a key is misspelt or of another type"),
    "duplicate": ("名称或公钥重复", "a name or key stands twice"),
    "unknown": ("名称未在前面定义", "a name was not defined before"),
    "old": ("旧", "old"),
    "new": ("新", "new"),
    "signed": ("有可信的签名", "signed by a known key"),
    "unsigned": ("没有可信的签名", "signed by no known key"),
    "witnesses": (
        "见证人不足策略的要求",
        "fewer witnesses cosigned it than the policy wants",
    ),
    "sure": (
        "所附检查点有可信的签名。",
        "The checkpoint of then is signed by a known key.",
    ),
    "unsure": (
        "所附检查点没有策略所知的签名。",
        "No key that the policy knows signed the checkpoint of then.",
    ),
    "quorum": ("须恰有一行 quorum", "there must be exactly one quorum line"),
}

WHYS_OF_ZIP = frozenset(
    (
        *("encrypted", "method", "header", "descriptor", "beside"),
        *("overlap", "deflate", "crc"),
    )
)
NAMES_OF_REASONS = ("why", "which", "sure", "signer")


def shown(value: object) -> str:
    """A value as it can be printed: short, and nothing that a terminal obeys."""
    text = value if isinstance(value, str) else str(value)
    if len(text) > SHOWN_MAX:
        text = text[: SHOWN_MAX - 1] + "…"
    if text.isprintable():
        return text
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode() for c in text
    )


def sentences(key: str, facts: dict[str, object]) -> tuple[str, str]:
    """What is to be said, in Chinese and in English."""
    zh_facts, en_facts = {}, {}
    for name, fact in facts.items():
        pair = WHYS[str(fact)] if name in NAMES_OF_REASONS else (shown(fact),) * 2
        zh_facts[name], en_facts[name] = pair
    zh, en = SAYS[key]
    return zh.format(**zh_facts), en.format(**en_facts)


class Unreadable(Exception):
    """The bundle cannot be read at all."""

    def __init__(self, key: str, why: str = "absent") -> None:
        super().__init__(key, why)
        self.key, self.why = key, why


class Damaged(Exception):
    """A member, a line of it or a note cannot be read; why is a key of WHYS."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class PolicyUnusable(Exception):
    """A line of the policy is of no use."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(line, why)
        self.line, self.why = line, why


class OutOfMemory(Exception):
    """There is more to remember than was allowed."""


class Findings:
    """Defects and undecided things, in the order in which they are found."""

    def __init__(self) -> None:
        self.defects: list[Defect] = []
        self.more = 0
        self.undecided: list[Undecided] = []
        self.told: list[Told] = []

    def tell(self, sentence: str, where: Where, **facts: object) -> None:
        if len(self.defects) >= DEFECTS_KEPT:
            self.more += 1
            return
        zh, en = sentences(sentence, facts)
        self.defects.append(Defect(sentence.partition("/")[0], where, zh, en))

    def say(self, code: str, **facts: object) -> None:
        self.told.append(Told(code, *sentences(code, facts)))

    def leave_open(self, code: str, **facts: object) -> None:
        self.undecided.append(Undecided(code, *sentences(code, facts)))


# --- ZIP, read strictly and by pieces --------------------------------------

END, END_64, LOCATOR_64 = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"
LOCATOR_SIZE, END_64_SIZE = 20, 56
CENTRAL = struct.Struct("<4s6H3L5H2L")
LOCAL = struct.Struct("<4s5H3L2H")
STORED, DEFLATED = 0, 8
ENCRYPTED_FLAGS, DESCRIPTOR_FLAG = 0x2041, 0x0008
WIDE = 0xFFFFFFFF  # in place of what stands in the ZIP64 field
GAPS_KEPT = 1_000


@dataclass(frozen=True)
class Member:
    """A line of the ZIP's directory; its sizes are claims until it is read."""

    name: bytes
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    offset: int
    is_plain: bool  # no comment, and no extra field but what ZIP64 needs

    @property
    def said(self) -> tuple[bytes, int, int, int, int, int, bool]:
        """What its local header must say as well."""
        return (
            *(self.name, self.flags, self.method, self.crc),
            *(self.packed, self.size, self.is_plain),
        )

    @property
    def where(self) -> Where:
        return Where(member=shown(self.name.decode("utf-8", "backslashreplace")))


class Archive:
    """A ZIP file whose directory is walked anew each time: nothing of it is kept."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._length = file.seek(0, 2)
        self.gaps: list[tuple[int, int]] = []  # first byte and length
        self.gaps_more = 0
        self._start, self._size, self.count = self._directory()
        if self.count > MEMBERS_MAX:
            raise Unreadable("unreadable/zip", "members")
        self._overlapping = self._layout()

    def _at(self, offset: int, length: int) -> bytes:
        self._file.seek(offset)
        return self._file.read(length)

    def _directory(self) -> tuple[int, int, int]:
        """Start and size of the directory, and how many members it has."""
        tail_start = max(0, self._length - 22 - 0xFFFF)
        tail = self._at(tail_start, 22 + 0xFFFF)
        end = tail.rfind(END)
        while end >= 0:
            record = tail[end : end + 22]
            if len(record) == 22 and (
                end + 22 + int.from_bytes(record[20:], "little") == len(tail)
            ):
                self._gap(tail_start + end + 22, self._length)  # a comment
                return self._directory_at(record, tail_start + end)
            end = tail.rfind(END, 0, end)
        raise Unreadable("unreadable/zip", "end")

    def _directory_at(self, record: bytes, end: int) -> tuple[int, int, int]:
        said = struct.unpack("<4x4H2L2x", record)
        if 0xFFFF in said[2:4] or WIDE in said[4:]:
            narrow, (said, end) = said, self._directory_64(end)
            for index, value in enumerate(narrow):
                if value not in (said[index], WIDE if index > 3 else 0xFFFF):
                    raise Unreadable("unreadable/zip", "directory")
        disk, first, here, count, size, start = said
        if disk or first or here != count or start + size > end:
            raise Unreadable("unreadable/zip", "directory")
        self._gap(start + size, end)
        return start, size, count

    def _directory_64(self, end: int) -> tuple[tuple[int, ...], int]:
        """What the ZIP64 record says, and where it stands."""
        locator = self._at(max(0, end - LOCATOR_SIZE), LOCATOR_SIZE)
        if not locator.startswith(LOCATOR_64) or len(locator) < LOCATOR_SIZE:
            raise Unreadable("unreadable/zip", "directory")
        at = min(int.from_bytes(locator[8:16], "little"), self._length)
        record = self._at(at, END_64_SIZE)
        if not record.startswith(END_64) or len(record) < END_64_SIZE:
            raise Unreadable("unreadable/zip", "directory")
        if at + END_64_SIZE > end - LOCATOR_SIZE:
            raise Unreadable("unreadable/zip", "directory")
        self._gap(at + END_64_SIZE, end - LOCATOR_SIZE)
        return struct.unpack("<16x2L4Q", record), at

    def _gap(self, start: int, end: int) -> None:
        if start < end and len(self.gaps) < GAPS_KEPT:
            self.gaps.append((start, end - start))
        elif start < end:
            self.gaps_more += 1

    def members(self) -> Iterator[Member]:
        at, end = self._start, self._start + self._size
        for _ in range(self.count):
            fixed = self._at(at, CENTRAL.size)
            if len(fixed) < CENTRAL.size or not fixed.startswith(b"PK\x01\x02"):
                raise Unreadable("unreadable/zip", "directory")
            fields = CENTRAL.unpack(fixed)
            lengths = fields[10:13]
            variable = self._at(at + CENTRAL.size, sum(lengths))
            at += CENTRAL.size + sum(lengths)
            if at > end:
                raise Unreadable("unreadable/zip", "directory")
            yield _member(fields, variable)
        if at != end:
            raise Unreadable("unreadable/zip", "directory")

    def _layout(self) -> set[int]:
        """Offsets of members that begin before another has ended; gaps are kept."""
        starts, ends = array("Q"), array("Q")
        for member in self.members():
            starts.append(min(member.offset, self._length))
            ends.append(min(self._end_of(member), self._length))
        bad, reached = set(), 0
        for index in sorted(range(len(starts)), key=starts.__getitem__):
            if starts[index] < reached:
                bad.add(starts[index])
            self._gap(reached, starts[index])
            reached = max(reached, ends[index])
        self._gap(reached, self._start)
        return bad

    def _end_of(self, member: Member) -> int:
        """Where its data end, by its local header if there is one."""
        lengths = len(member.name)
        header = self._at(min(member.offset, self._length), LOCAL.size)
        if len(header) == LOCAL.size and header.startswith(b"PK\x03\x04"):
            lengths = sum(LOCAL.unpack(header)[9:])
        return member.offset + LOCAL.size + lengths + member.packed

    def chunks(self, member: Member) -> Iterator[bytes]:
        """The bytes of a member, by pieces; Damaged if they end otherwise."""
        start = self._data_start(member)
        pieces = self._packed(start, member.packed)
        if member.method == DEFLATED:
            pieces = _inflated(pieces)
        crc = size = 0
        for piece in pieces:
            crc, size = zlib.crc32(piece, crc), size + len(piece)
            yield piece
        if crc != member.crc or size != member.size:
            raise Damaged("crc")

    def _data_start(self, member: Member) -> int:
        if member.flags & ENCRYPTED_FLAGS:
            raise Damaged("encrypted")
        if member.method not in (STORED, DEFLATED):
            raise Damaged("method")
        if member.flags & DESCRIPTOR_FLAG:
            raise Damaged("descriptor")
        if member.offset in self._overlapping:
            raise Damaged("overlap")
        if not member.is_plain:
            raise Damaged("beside")
        header = self._at(min(member.offset, self._length), LOCAL.size)
        if len(header) < LOCAL.size or not header.startswith(b"PK\x03\x04"):
            raise Damaged("header")
        fields = LOCAL.unpack(header)
        start: int = member.offset + LOCAL.size + fields[9] + fields[10]
        variable = self._at(member.offset + LOCAL.size, fields[9] + fields[10])
        local = _local(fields, variable)
        if local.said != member.said or start + member.packed > self._start:
            raise Damaged("header")
        return start

    def _packed(self, at: int, length: int) -> Iterator[bytes]:
        end = at + length
        while at < end:
            piece = self._at(at, min(CHUNK, end - at))
            if not piece:
                raise Damaged("crc")
            at += len(piece)
            yield piece

    def whole(self, member: Member, limit: int) -> bytes:
        pieces, size = [], 0
        for piece in self.chunks(member):
            size += len(piece)
            if size > limit:
                raise Damaged("large")
            pieces.append(piece)
        return b"".join(pieces)


def _member(fields: tuple[Any, ...], variable: bytes) -> Member:
    flags, method, crc, packed, size = (fields[i] for i in (3, 4, 7, 8, 9))
    name = variable[: fields[10]]
    extra = variable[fields[10] : fields[10] + fields[11]]
    sizes = [size, packed, fields[16]]
    is_plain = _widened(sizes, extra) and not fields[12]
    return Member(name, flags, method, crc, sizes[1], sizes[0], sizes[2], is_plain)


def _local(fields: tuple[Any, ...], variable: bytes) -> Member:
    """The same of a local header, which does not say where it stands."""
    flags, method, crc, packed, size = (fields[i] for i in (2, 3, 6, 7, 8))
    name, extra = variable[: fields[9]], variable[fields[9] :]
    sizes = [size, packed]
    is_plain = _widened(sizes, extra)
    return Member(name, flags, method, crc, sizes[1], sizes[0], 0, is_plain)


def _widened(sizes: list[int], extra: bytes) -> bool:
    """Puts in sizes what ZIP64 has of them; whether the extra field is that alone."""
    wide = [index for index, size in enumerate(sizes) if size == WIDE]
    if not wide:
        return not extra
    if len(extra) != 4 + 8 * len(wide) or extra[:4] != struct.pack(
        "<2H", 1, 8 * len(wide)
    ):
        return False
    for place, index in enumerate(wide):
        sizes[index] = int.from_bytes(extra[4 + 8 * place :][:8], "little")
    return True


def _inflated(pieces: Iterator[bytes]) -> Iterator[bytes]:
    inflate = zlib.decompressobj(-15)
    try:
        for piece in pieces:
            rest = piece
            while rest and not inflate.eof:
                yield inflate.decompress(rest, CHUNK)
                rest = inflate.unconsumed_tail
            if rest or inflate.unused_data:
                raise Damaged("deflate")
        while not inflate.eof:
            more = inflate.decompress(b"", CHUNK)
            if not more:
                raise Damaged("deflate")
            yield more
    except zlib.error:
        raise Damaged("deflate") from None


def measured(pieces: Iterator[bytes], packed: int) -> Iterator[bytes]:
    """The same pieces, until they swell beyond what lines of a history can."""
    allowed = SWELLING_FREE + SWELLING_MAX * packed
    for piece in pieces:
        allowed -= len(piece)
        if allowed < 0:
            raise Damaged("swollen")
        yield piece


def lines(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Lines without their line feeds; Damaged if one is too long or has none."""
    pending: list[bytes] = []
    length = 0
    for piece in pieces:
        whole = piece.split(b"\n")
        if len(whole) > 1:
            whole[0] = b"".join(pending) + whole[0]
            pending, length = [], 0
        last = whole.pop()
        for line in whole:
            if len(line) > LINE_MAX:
                raise Damaged("long")
            yield line
        if last:
            pending.append(last)
            length += len(last)
        if length > LINE_MAX:
            raise Damaged("long")
    if pending:
        yield b"".join(pending)
        raise Damaged("unended")


# --- JSON in its one form ---------------------------------------------------


def _refused(_: str) -> NoReturn:
    raise ValueError


def _whole_number(text: str) -> int:
    if len(text) > 17 or abs(int(text)) >= NUMBER_LIMIT:
        raise ValueError
    return int(text)


QUICK = json.JSONDecoder(parse_float=_refused, parse_constant=_refused)
CAREFUL = json.JSONDecoder(
    parse_float=_refused, parse_constant=_refused, parse_int=_whole_number
)
WRITER = json.JSONEncoder(
    sort_keys=True,
    separators=(",", ":"),
    ensure_ascii=False,
    check_circular=False,
)
ENCODE = WRITER.encode
DIGITS_ALIKE = bytes.maketrans(b"123456789", b"000000000")
TEXT = re.compile(rb'"[^"]*"')
AS_BRACKETS = bytes.maketrans(b"{}", b"[]")
NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
OPENING = ord("[")
BEYOND_LIMITS = frozenset(("depth", "values"))


def read_json(raw: bytes) -> tuple[Any, str | None]:
    """The value, and what is wrong with its form (None: nothing)."""
    why = _shape(raw)
    if why:
        return None, why
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return None, "utf8"
    # Sixteen digits in a row may be too great a number: then each one is looked at.
    has_long = b"0" * 16 in raw.translate(DIGITS_ALIKE)
    decoder = CAREFUL if has_long else QUICK
    try:
        value = decoder.decode(text)
    except (ValueError, RecursionError):
        return None, "json"
    if len(raw) > LONG_LINE:
        del text
        return value, _long_fault(value, raw)
    # What is written anew and is the same was in the one form: a second key, a blank,
    # another order or another escape would not have come back.
    if ENCODE(value) != text:
        return value, "canonical"
    return value, _texts(value, text, raw)


def _long_fault(value: object, raw: bytes) -> str | None:
    """The same, compared by pieces: a text of 16 MiB can be four times as large."""
    at = 0
    for piece in WRITER.iterencode(value):
        encoded = piece.encode("utf-8", "surrogatepass")
        if not raw.startswith(encoded, at):
            return "canonical"
        at += len(encoded)
    if at != len(raw):
        return "canonical"
    for part in _texts_in(value):
        if not unicodedata.is_normalized("NFC", part):
            return "nfc"
        if "\0" in part:
            return "nul"
    return None


def _texts(value: object, text: str, raw: bytes) -> str | None:
    # A line in NFC has its texts in NFC. The other way round is not so: the n of an
    # escaped line feed joins with an accent that follows it.
    ascii_only = len(text) == len(raw)
    if not ascii_only and not unicodedata.is_normalized("NFC", text):
        for part in _texts_in(value):
            if not unicodedata.is_normalized("NFC", part):
                return "nfc"
    if b"\\u0000" in raw and any("\0" in part for part in _texts_in(value)):
        return "nul"
    return None


def _texts_in(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from _texts_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts_in(inner)


def _shape(raw: bytes) -> str | None:
    """Whether it is too deep or has too many values: looked at before it is parsed."""
    opening = raw.count(b"[") + raw.count(b"{")
    values = opening + raw.count(b",") + raw.count(b'"') // 2  # at most
    if opening <= DEPTH_MAX and values <= VALUES_MAX:
        return None
    bare, texts = TEXT.subn(b"", raw.replace(b"\\\\", b"").replace(b'\\"', b""))
    marks = bare.translate(AS_BRACKETS, NO_BRACKETS)
    if texts + bare.count(b",") + marks.count(b"[") > VALUES_MAX:
        return "values"
    left = marks
    for _ in range(DEPTH_MAX):
        left = left.replace(b"[]", b"")
    return _too_deep(marks) if left else None


def _too_deep(marks: bytes) -> str | None:
    """Of brackets that do not close within the depth: whether they are too deep."""
    depth = 0
    for mark in marks:
        depth += 1 if mark == OPENING else -1
        if depth > DEPTH_MAX:
            return "depth"
        if depth < 0:
            break
    return "json"


# --- The form of an entry ----------------------------------------------------


def is_whole(value: object, least: int = 0) -> bool:
    return type(value) is int and value >= least


def is_digest(value: object) -> bool:
    return type(value) is str and DIGEST.fullmatch(value) is not None


def is_text(value: object) -> bool:
    return type(value) is str


def is_name(value: object) -> bool:
    return type(value) is str and value != ""


def are_names(value: object) -> bool:
    return type(value) is list and bool(value) and all(map(is_name, value))


def is_scope(value: object) -> bool:
    if value == "log":
        return True
    if type(value) is not list or not all(map(is_name, value)):
        return False
    rising = all(value[i] < value[i + 1] for i in range(len(value) - 1))
    return rising and LOG not in value


def is_moment(value: object) -> bool:
    if type(value) is not str or not MOMENT.fullmatch(value):
        return False
    try:
        datetime.fromisoformat(value[:-1])
    except ValueError:
        return False
    return not value.endswith(".000000Z")


def is_why(value: object) -> bool:
    if type(value) is not dict:
        return False
    gate, facts = value.get("gate"), value.get("facts")
    if type(gate) is not list or type(facts) is not list:
        return False
    return all(map(_is_clause, gate)) and all(map(_is_fact, facts))


def _is_clause(value: object) -> bool:
    return (
        type(value) is list
        and len(value) in (2, 3, 4)
        and type(value[0]) is str
        and (value[1] is None or type(value[1]) is bool)
        and all(type(more) is list for more in value[2:])
    )


def _is_fact(value: object) -> bool:
    return (
        type(value) is list
        and len(value) == 3
        and type(value[0]) is str
        and is_whole(value[2])
    )


Check = Callable[[Any], bool]
KEYS: dict[str, Check] = {
    "v": lambda value: type(value) is int and value == 1,
    "instance": is_name,
    "seq": lambda value: is_whole(value, 1),
    "prev": is_digest,
    "at": is_moment,
    "recorded": is_moment,
    "type": lambda value: type(value) is str and value in TYPES,
    "data": lambda value: type(value) is dict,
    "plan": is_digest,
    "node": is_text,
    "actor": is_text,
    "led_by": lambda value: is_whole(value, 1),
    "command": is_text,
    "simulated": lambda value: value is True,
}
ALWAYS = ("v", "instance", "seq", "prev", "at", "recorded", "type", "data")
ALWAYS_SET = frozenset(ALWAYS)
DATA_KEYS: dict[str, dict[str, Check]] = {
    "started": {
        "plan": is_digest,
        "id": is_text,
        "title": lambda _: True,
        "by": lambda _: True,
        "ledger": lambda _: True,
    },
    "moved": {
        "move": is_text,
        "from": is_text,
        "to": is_text,
        "round": is_whole,
        "cause": lambda value: type(value) is str and value in CAUSES,
        "why": is_why,
    },
    "refused": {
        "move": is_text,
        "reasons": lambda value: type(value) is list,
        "why": lambda value: value is None or is_why(value),
    },
    "sealed": {"size": is_whole, "root": is_digest},
    "exported": {
        "form": is_name,
        "scope": is_scope,
        "size": is_whole,
        "digest": is_digest,
        "bytes": is_whole,
    },
    "retried": {"keys": are_names},
    "migrated": {"from": is_name, "to": is_name},
}


def faults_of(entry: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What is wrong with the keys of an entry: (sentence, key)."""
    if not entry.keys() >= ALWAYS_SET:
        yield from (("entry.form/lacks", key) for key in ALWAYS if key not in entry)
    for key, value in entry.items():
        check = KEYS.get(key)
        if check is not None and not check(value):
            yield "entry.form/value", key
    if _lacks_node(entry):
        yield "entry.form/lacks", "node"
    in_log = entry.get("instance") == LOG
    if in_log == ("plan" in entry):
        yield ("entry.form/value" if in_log else "entry.form/lacks"), "plan"
    kind = entry.get("type")
    if in_log != (type(kind) is str and kind in LOG_TYPES):
        yield "entry.form/value", "type"
    if type(entry.get("data")) is dict:
        yield from _faults_of_data(entry.get("type"), entry["data"])


def _faults_of_data(kind: object, data: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for key, check in DATA_KEYS.get(kind if type(kind) is str else "", {}).items():
        if key not in data:
            yield "entry.form/lacks", f"data.{key}"
        elif not check(data[key]):
            yield "entry.form/value", f"data.{key}"
    if kind == "moved" and not _are_deeds(data.get("did", [])):
        yield "entry.form/value", "data.did"


def _lacks_node(entry: dict[str, Any]) -> bool:
    return entry.get("type") == "moved" and "node" not in entry


def _are_deeds(value: object) -> bool:
    return type(value) is list and all(
        type(deed) is list and (not _is_told(deed) or _is_deed(deed)) for deed in value
    )


def _is_told(deed: list[Any]) -> bool:
    """Whether a line of `did` says a node's state; readers pass over others."""
    return bool(deed) and type(deed[0]) is str and deed[0] in DEEDS


# Where in a line of `did` the state stands, and where its round does.
DEEDS: dict[Any, tuple[int, int | None]] = {
    "begin": (3, 2),
    "add": (5, None),
    "item": (4, None),
}


def _is_deed(deed: list[Any]) -> bool:
    state, round_ = DEEDS[deed[0]]
    return (
        len(deed) > state
        and type(deed[1]) is str
        and type(deed[state]) is str
        and (round_ is None or is_whole(deed[round_]))
    )


FILE_KEYS = frozenset(("name", "size", "sha256"))


def files_in(value: object) -> Iterator[tuple[str, object]]:
    """The digest and the size of each file that is named in a value."""
    if type(value) is dict:
        if value.keys() >= FILE_KEYS and is_digest(value["sha256"]):
            yield value["sha256"], value["size"]
        for inner in value.values():
            yield from files_in(inner)
    elif type(value) is list:
        for inner in value:
            yield from files_in(inner)


# --- Trees --------------------------------------------------------------------


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


class Tree:
    """RFC 6962 §2.1, leaf by leaf: at most one hash is kept for each power of two."""

    def __init__(self) -> None:
        self.size = 0
        self._frontier: list[bytes] = []

    def append(self, leaf: bytes) -> None:
        size, frontier = self.size, self._frontier
        while size & 1:
            leaf = hashlib.sha256(b"\x01" + frontier.pop() + leaf).digest()
            size >>= 1
        frontier.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        if not self._frontier:
            return sha256(b"")
        root = self._frontier[-1]
        for left in reversed(self._frontier[:-1]):
            root = sha256(b"\x01" + left + root)
        return root


def root_of_inclusion(
    leaf: bytes, position: int, size: int, path: list[bytes]
) -> bytes | None:
    """RFC 9162 §2.1.3.2: the root to which a path leads; None if it cannot."""
    index, last, root = position, size - 1, leaf
    for step in path:
        if last == 0:
            return None
        if index & 1 or index == last:
            root = sha256(b"\x01" + step + root)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            root = sha256(b"\x01" + root + step)
        index, last = index >> 1, last >> 1
    return root if last == 0 else None


def grew(older: bytes, size: int, newer: int, path: list[bytes]) -> bytes | None:
    """RFC 9162 §2.1.4.2: the root of `newer` leaves to which a path leads that begins
    with the tree of `size` leaves and the root `older`; None if it cannot.
    """
    if not 0 < size < newer:
        return None
    steps = [older, *path] if size & (size - 1) == 0 else path
    if not steps:
        return None
    index, last = size - 1, newer - 1
    while index & 1:
        index, last = index >> 1, last >> 1
    before = after = steps[0]
    for step in steps[1:]:
        if last == 0:
            return None
        if index & 1 or index == last:
            before, after = (
                sha256(b"\x01" + step + before),
                sha256(b"\x01" + step + after),
            )
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            after = sha256(b"\x01" + after + step)
        index, last = index >> 1, last >> 1
    return after if last == 0 and before == older else None


def head_hash(key: bytes, seq: int, leaf: bytes) -> bytes:
    return sha256(b"\x02" + key + struct.pack(">Q", seq & (2**64 - 1)) + leaf)


def root_of_head(key: bytes, head: bytes, siblings: list[bytes]) -> bytes | None:
    """The root to which the siblings of a head lead, the deepest first."""
    if len(siblings) > 256 or (siblings and siblings[0] == NO_HEAD):
        return None
    bits, root = int.from_bytes(key, "big"), head
    for index, sibling in enumerate(siblings):
        depth = len(siblings) - index  # of the node, the root's being 0
        if bits >> (256 - depth) & 1:
            root = sha256(b"\x03" + sibling + root)
        else:
            root = sha256(b"\x03" + root + sibling)
    return root


class Leaf:
    """One head in the trie."""

    __slots__ = ("hash", "key")

    def __init__(self, key: int, digest: bytes) -> None:
        self.key, self.hash = key, digest


class Fork:
    """A node over more than one head; its hash is None until it is asked for."""

    __slots__ = ("hash", "sides")

    def __init__(self) -> None:
        self.sides: list[Leaf | Fork | None] = [None, None]
        self.hash: bytes | None = None


class Heads:
    """The trie of section 3; only ways that changed are hashed anew."""

    def __init__(self) -> None:
        self._root: Leaf | Fork | None = None

    def put(self, name: str, seq: int, leaf: bytes) -> None:
        key = sha256(name.encode("utf-8", "surrogatepass"))
        new = Leaf(int.from_bytes(key, "big"), head_hash(key, seq, leaf))
        self._root = _placed(self._root, new)

    def root(self) -> bytes:
        return _hash_of(self._root)


def _placed(top: Leaf | Fork | None, new: Leaf) -> Leaf | Fork:
    if top is None or (isinstance(top, Leaf) and top.key == new.key):
        return new
    if isinstance(top, Leaf):
        top = _forked(top, depth=0)
    node, depth = top, 0
    while True:
        node.hash = None
        side = new.key >> (255 - depth) & 1
        below = node.sides[side]
        depth += 1
        if below is None or (isinstance(below, Leaf) and below.key == new.key):
            node.sides[side] = new
            return top
        if isinstance(below, Leaf):
            below = node.sides[side] = _forked(below, depth=depth)
        node = below


def _forked(leaf: Leaf, *, depth: int) -> Fork:
    fork = Fork()
    fork.sides[leaf.key >> (255 - depth) & 1] = leaf
    return fork


def _hash_of(node: Leaf | Fork | None) -> bytes:
    if node is None:
        return NO_HEAD
    if node.hash is None and isinstance(node, Fork):
        left, right = node.sides
        node.hash = sha256(b"\x03" + _hash_of(left) + _hash_of(right))
    return node.hash or NO_HEAD


# --- Ed25519, RFC 8032 §5.1.7 -------------------------------------------------

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_1 = pow(2, (P - 1) // 4, P)
# A point is X, Y, Z, T with x = X/Z, y = Y/Z and xy = T/Z.


def _point(encoded: bytes) -> tuple[int, int, int, int] | None:
    """The point of 32 bytes; None unless they are its only encoding."""
    number = int.from_bytes(encoded, "little")
    y, sign = number & ((1 << 255) - 1), number >> 255
    if y >= P:
        return None
    u, v = (y * y - 1) % P, (D * y * y + 1) % P
    x = u * pow(v, 3, P) * pow(u * pow(v, 7, P), (P - 5) // 8, P) % P
    if (v * x * x - u) % P:
        x = x * ROOT_OF_MINUS_1 % P
    if (v * x * x - u) % P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


def _sum(
    one: tuple[int, int, int, int], other: tuple[int, int, int, int]
) -> tuple[int, int, int, int]:
    x1, y1, z1, t1 = one
    x2, y2, z2, t2 = other
    a, b = (y1 - x1) * (y2 - x2) % P, (y1 + x1) * (y2 + x2) % P
    c, d = 2 * t1 * t2 * D % P, 2 * z1 * z2 % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


NEUTRAL = (0, 1, 1, 0)
_BASE = _point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))
assert _BASE is not None
BASE = _BASE


def _encoded(point: tuple[int, int, int, int]) -> bytes:
    x, y, z, _ = point
    inverse = pow(z, P - 2, P)
    x, y = x * inverse % P, y * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def signature_holds(key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether S·B − k·A is R, with S less than L and each point in its one form."""
    point, first = _point(key), _point(signature[:32])
    scalar = int.from_bytes(signature[32:], "little")
    if point is None or first is None or len(signature) != 64 or scalar >= L:
        return False
    hashed = hashlib.sha512(signature[:32] + key + message).digest()
    k = int.from_bytes(hashed, "little") % L
    x, y, z, t = point
    minus = (P - x, y, z, P - t)
    choices = (NEUTRAL, BASE, minus, _sum(BASE, minus))
    total = NEUTRAL
    for bit in range(255, -1, -1):
        total = _sum(total, total)
        choice = (scalar >> bit & 1) | (k >> bit & 1) << 1
        if choice:
            total = _sum(total, choices[choice])
    return _encoded(total) == signature[:32]


# --- Signed notes and policies (c2sp.org) -------------------------------------

BY_LOG, BY_WITNESS = 1, 4


@dataclass(frozen=True)
class Key:
    """A verifier key: who signs, and with what."""

    name: str
    id: bytes
    public: bytes


@dataclass(frozen=True)
class Note:
    """A checkpoint: its text, what the text says, and its signatures."""

    text: bytes
    origin: str
    size: int
    root: bytes
    signatures: tuple[tuple[str, bytes, bytes], ...]  # name, key id, signature


def from_base64(text: str) -> bytes | None:
    try:
        raw = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError, ValueError):
        return None
    return raw if base64.b64encode(raw).decode() == text else None


def is_key_name(name: str) -> bool:
    return bool(name) and "+" not in name and not any(c.isspace() for c in name)


def read_note(raw: bytes) -> Note:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise Damaged("utf8") from None
    if any(c < " " and c != "\n" for c in text):
        raise Damaged("note")
    body, blank, tail = text.rpartition("\n\n")
    if not blank or not tail.endswith("\n"):
        raise Damaged("note")
    signature_lines = tail[:-1].split("\n")
    if len(signature_lines) > SIGNATURES_MAX:
        raise Damaged("signatures")
    signatures = tuple(map(_signature, signature_lines))
    origin, size, root = _checkpoint_text(body)
    return Note((body + "\n").encode(), origin, size, root, signatures)


def _checkpoint_text(body: str) -> tuple[str, int, bytes]:
    parts = body.split("\n")
    if len(parts) != 3:
        raise Damaged("lines")
    if not parts[0]:
        raise Damaged("origin")
    if not DECIMAL.fullmatch(parts[1].encode()) or int(parts[1]) >= SIZE_MAX:
        raise Damaged("number")
    root = from_base64(parts[2])
    if root is None or len(root) != 32:
        raise Damaged("hash")
    return parts[0], int(parts[1]), root


def _signature(line: str) -> tuple[str, bytes, bytes]:
    parts = line.split(" ")
    if len(parts) != 3 or parts[0] != "\u2014" or not is_key_name(parts[1]):
        raise Damaged("signatures")
    raw = from_base64(parts[2])
    if raw is None or len(raw) < 5:
        raise Damaged("signatures")
    return parts[1], raw[:4], raw[4:]


class Policy:
    """Whom to believe (c2sp.org/tlog-policy)."""

    def __init__(self, text: str) -> None:
        self.logs: list[Key] = []
        self.witnesses: dict[str, Key] = {}
        self._groups: dict[str, tuple[int, list[str]]] = {}
        self._used: set[str] = set()
        self._quorum: str | None = None
        # A policy of which the rest was left unread would say something else.
        if len(text.encode("utf-8", "surrogateescape")) > POLICY_MAX:
            raise PolicyUnusable(1, "large")
        for number, line in enumerate(text.split("\n"), 1):
            if any((c < " " and c != "\t") or c == "\x7f" for c in line):
                raise PolicyUnusable(number, "octet")
            words = [word for word in re.split("[ \t]+", line) if word]
            if words and not words[0].startswith("#"):
                self._line(number, words)
        if self._quorum is None:
            raise PolicyUnusable(text.count("\n") + 1, "quorum")

    def _line(self, number: int, words: list[str]) -> None:
        kinds: dict[str, tuple[Callable[..., str | None], Sequence[int]]] = {
            "log": (self._log, (2, 3)),
            "witness": (self._witness, (3, 4)),
            "group": (self._group, range(4, 10_000)),
            "quorum": (self._set_quorum, (2,)),
        }
        if words[0] not in kinds:
            raise PolicyUnusable(number, "word")
        read, lengths = kinds[words[0]]
        if len(words) not in lengths:
            raise PolicyUnusable(number, "word")
        why = read(*words[1:])
        if why:
            raise PolicyUnusable(number, why)

    def _log(self, vkey: str, _url: str = "") -> str | None:
        key = read_vkey(vkey, BY_LOG)
        if key is None:
            return "vkey"
        if any(key.public == other.public for other in self.logs):
            return "duplicate"
        self.logs.append(key)
        return None

    def _witness(self, name: str, vkey: str, _url: str = "") -> str | None:
        key = read_vkey(vkey, BY_WITNESS)
        if key is None:
            return "vkey"
        known = any(key.public == other.public for other in self.witnesses.values())
        if known or self._is_taken(name):
            return "duplicate"
        self.witnesses[name] = key
        return None

    def _group(self, name: str, least: str, *members: str) -> str | None:
        if self._is_taken(name):
            return "duplicate"
        for member in members:
            if member not in self.witnesses and member not in self._groups:
                return "unknown"
            if member in self._used:
                return "duplicate"
            self._used.add(member)
        words = {"any": "1", "all": str(len(members))}
        number = words.get(least, least)
        if not re.fullmatch("[1-9][0-9]{0,5}", number) or int(number) > len(members):
            return "word"
        self._groups[name] = int(number), list(members)
        return None

    def _set_quorum(self, name: str) -> str | None:
        if self._quorum is not None:
            return "quorum"
        if name != "none" and not self._is_taken(name):
            return "unknown"
        self._quorum = name
        return None

    def _is_taken(self, name: str) -> bool:
        return name == "none" or name in self.witnesses or name in self._groups

    def is_content(self, cosigned: set[str]) -> bool:
        """Whether witnesses of these names are as many as it wants."""
        held = set(cosigned) | {"none"}
        for name, (least, members) in self._groups.items():
            if sum(member in held for member in members) >= least:
                held.add(name)
        return self._quorum in held


def read_vkey(text: str, kind: int) -> Key | None:
    name, _, rest = text.partition("+")
    key_id, _, encoded = rest.partition("+")
    raw = from_base64(encoded)
    if raw is None or len(raw) != 33 or raw[0] != kind or not is_key_name(name):
        return None
    digest = sha256(name.encode("utf-8", "surrogateescape") + b"\n" + raw)[:4]
    return Key(name, digest, raw[1:]) if key_id == digest.hex() else None


def is_vkey(value: object) -> bool:
    return type(value) is str and read_vkey(value, BY_LOG) is not None


def is_signature(value: object) -> bool:
    return type(value) is str and len(from_base64(value) or b"") == 64


def note_in(value: object) -> Note | None:
    """The checkpoint that stands in an entry."""
    if type(value) is not str or len(value) > NOTE_MAX:
        return None
    try:
        return read_note(value.encode("utf-8", "surrogatepass"))
    except Damaged:
        return None


def are_different(value: object) -> bool:
    """Whether there are two names that not only letters' cases and forms tell apart."""
    if not are_names(value):
        return False
    plain = {unicodedata.normalize("NFKC", name).casefold() for name in value}  # type: ignore[attr-defined]
    return len({"".join(name.split()) for name in plain} - {""}) > 1


ACT_KEYS: dict[str, dict[str, Check]] = {
    "rekeyed": {
        "origin": is_name,
        "size": is_whole,
        "old": is_vkey,
        "new": is_vkey,
        "signed_old": is_signature,
        "signed_new": is_signature,
    },
    "revoked": {
        "origin": is_name,
        "size": is_whole,
        "key": is_vkey,
        "new": is_vkey,
        "after": is_whole,
        "approvers": are_different,
        "reason": is_name,
        "signed": is_signature,
    },
    "restored": {
        "origin": is_name,
        "size": is_whole,
        "kept": is_whole,
        "checkpoint": lambda value: note_in(value) is not None,
        "approvers": are_different,
        "reason": is_name,
    },
}
DATA_KEYS.update(ACT_KEYS)


# --- Whose signature counts ----------------------------------------------------

EPOCH = re.compile(r"(.+)/e([2-9]|[1-9][0-9]{1,8})", re.ASCII | re.DOTALL)


def epoch_of(origin: str, name: str) -> int | None:
    """Which epoch of the log of a key's name has this origin; None: another log."""
    if origin == name:
        return 1
    found = EPOCH.fullmatch(origin)
    return int(found[2]) if found is not None and found[1] == name else None


def named(key: Key) -> str:
    return f"{key.name}+{key.id.hex()}"


class Act(NamedTuple):
    """An entry about who signs, whose form is right."""

    position: int
    kind: str
    data: dict[str, Any]
    where: Where

    def key(self, name: str) -> Key:
        key = read_vkey(self.data[name], BY_LOG)
        assert key is not None, "its form was looked at"
        return key

    def handover(self) -> bytes:
        """The bytes that both keys of a `rekeyed` sign."""
        said = ("origin", "size", "old", "new")
        lines = ["plangate rekeyed 1", *(str(self.data[name]) for name in said)]
        return "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogatepass")

    def revocation(self) -> bytes:
        """The bytes that the key that goes on signs of a `revoked`."""
        said = {name: one for name, one in self.data.items() if name != "signed"}
        text = f"plangate revoked 1\n{ENCODE(said)}\n"
        return text.encode("utf-8", "surrogatepass")

    def counts(self, sizes: dict[Key, int]) -> bool:
        """Whether the key that signed a `revoked` may sign at this place."""
        return sizes.get(self.key("new"), -1) >= self.position

    def revoked(self) -> dict[str, object]:
        """What a `revoked` says, for people to read."""
        pair = {"key": named(self.key("key")), "new": named(self.key("new"))}
        said = {name: self.data[name] for name in ("after", "reason")}
        approvers = ", ".join(map(shown, self.data["approvers"]))
        return {**pair, **said, "approvers": approvers, "position": self.position}


class Known(NamedTuple):
    """The logs' keys that a policy makes known, each with the largest size it may sign.

    `sizes` take every revocation at its word; `sure` only those that one of these keys
    signed. What lies between is doubtful, by the `doubted` ones.
    """

    sizes: dict[Key, int]
    sure: dict[Key, int]
    doubted: tuple[Act, ...]


class Acts:
    """What the log says of its keys and epochs: what holds, and whom it makes known."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._acts: list[Act] = []
        self._good: list[Act] = []
        self._last: int | None = None
        self.count = 0

    def link(self, position: object, where: Where) -> None:
        """What an entry says of the one about keys before it."""
        if position != self._last:
            facts = {"found": position, "due": self._last}
            self._findings.tell("log.keys", where, **facts)

    def pass_over(self, position: int) -> None:
        """One that is not in form: it says nothing, and stands there all the same."""
        self._last = position

    def take(self, entry: dict[str, Any], position: int, where: Where) -> None:
        kind, data = entry["type"], entry["data"]
        self.count += 1
        self.link(data.get("before"), where)
        self._last = position
        if self.count == ACTS_MAX + 1:
            self._findings.tell("bundle.form/acts", where, most=ACTS_MAX)
        if len(ENCODE(data)) > ACT_MAX:
            self._findings.tell("entry.form/value", where, key="data")
        elif self.count <= ACTS_MAX:
            self._acts.append(Act(position, kind, data, where))

    def judge(self) -> None:
        """Each against those before it; needs no policy."""
        ended: dict[Key, int] = {}
        origin: str | None = None
        for act in self._acts:
            is_good = True
            if act.kind == "rekeyed":
                is_good = self._handover(act, origin or act.key("old").name, ended)
                if is_good:
                    ended.setdefault(act.key("old"), act.position)
                    origin = act.data["origin"]
            elif act.kind == "revoked":
                is_good = self._revoked(act, origin or act.key("key").name, ended)
                key = act.key("key")
                if is_good:
                    ended[key] = min(act.data["after"], ended.get(key, SIZE_MAX))
            else:
                is_good = self._restored(act, origin)
                origin = act.data["origin"] if is_good else origin
            if is_good:
                self._good.append(act)

    def _handover(self, act: Act, origin: str, ended: dict[Key, int]) -> bool:
        old, new, data, tell = act.key("old"), act.key("new"), act.data, self._findings
        if data["size"] != act.position or data["origin"] != origin:
            facts = {"found": data["origin"], "size": data["size"], "due": origin}
            tell.tell("key.handover/place", act.where, position=act.position, **facts)
        elif old.name != new.name or old == new or not epoch_of(origin, old.name):
            tell.tell("key.handover/names", act.where)
        elif old in ended:
            tell.tell("key.handover/ended", act.where, due=ended[old])
        else:
            wrong = self._unsigned(act, old, new)
            if wrong is None:
                return True
            tell.tell("key.handover/signature", act.where, which=wrong)
        return False

    def _unsigned(self, act: Act, old: Key, new: Key) -> str | None:
        text = act.handover()
        for which, key in (("old", old), ("new", new)):
            signature = from_base64(act.data[f"signed_{which}"]) or b""
            if not signature_holds(key.public, text, signature):
                return which
        return None

    def _revoked(self, act: Act, origin: str, ended: dict[Key, int]) -> bool:
        key, new, data = act.key("key"), act.key("new"), act.data
        why, facts = "", {"found": data["after"], "due": act.position}
        if data["after"] > act.position:
            why = "after"
        elif data["size"] != act.position or data["origin"] != origin:
            why, facts = "place", {"found": data["origin"], "size": data["size"]}
            facts.update(due=origin, position=act.position)
        elif key.name != new.name or key == new or not epoch_of(origin, key.name):
            why = "names"
        elif new in ended:
            why, facts = "ended", {"due": ended[new]}
        else:
            signature = from_base64(data["signed"]) or b""
            if not signature_holds(new.public, act.revocation(), signature):
                why = "signature"
        if why:
            self._findings.tell(f"key.revoked/{why}", act.where, **facts)
        return not why

    def _restored(self, act: Act, origin: str | None) -> bool:
        data, lost = act.data, note_in(act.data["checkpoint"])
        assert lost is not None, "its form was looked at"
        due = _next_epoch(lost.origin, origin)
        if data["origin"] != due or _epoch(lost.origin)[1] + 1 != _epoch(due)[1]:
            facts = {"found": data["origin"], "due": due}
            self._findings.tell("epoch.restored/origin", act.where, **facts)
            return False
        size, kept = data["size"], data["kept"]
        if size != act.position or kept > size or kept >= lost.size:
            facts = {"found": size, "kept": kept, "due": act.position}
            self._findings.tell(
                "epoch.restored/size", act.where, lost=lost.size, **facts
            )
            return False
        return True

    def known(self, logs: Sequence[Key]) -> Known:
        """The keys that the policy names or a handover makes known.

        A revocation is signed by the key that goes on, and so proves nothing to whom
        does not know that one; nor is the old key to be believed as if it were not
        there.
        """
        revoked = self._revocations()
        believed: list[Act] = []
        sizes = self._sizes(logs, believed)
        for act in revoked:
            if act.counts(sizes):
                believed.append(act)
                sizes = self._sizes(logs, believed)
        # it may have taken away the handover on which its own key rests
        believed = [act for act in believed if act.counts(sizes)]
        return Known(
            sizes=self._sizes(logs, revoked),
            sure=self._sizes(logs, believed),
            doubted=tuple(act for act in revoked if act not in believed),
        )

    def _revocations(self) -> list[Act]:
        return [act for act in self._good if act.kind == "revoked"]

    def _sizes(
        self, logs: Sequence[Key], revocations: Sequence[Act], before: int = SIZE_MAX
    ) -> dict[Key, int]:
        """The largest size that each key may sign, if these revocations are right, by
        the handovers that stand before a position.
        """
        limits = dict.fromkeys(logs, SIZE_MAX)
        revoked: dict[Key, int] = {}
        for act in revocations:
            key = act.key("key")
            revoked[key] = min(act.data["after"], revoked.get(key, SIZE_MAX))
        for act in self._good:
            if act.kind == "rekeyed" and act.position < before:
                old, new = act.key("old"), act.key("new")
                if min(limits.get(old, -1), revoked.get(old, SIZE_MAX)) < act.position:
                    continue  # nobody known handed over
                limits[old] = act.position
                limits.setdefault(new, SIZE_MAX)
        return {key: min(size, revoked.get(key, size)) for key, size in limits.items()}

    def origin(self) -> str | None:
        """The log's origin, as the last of them says; None if none says it."""
        said = [act.data["origin"] for act in self._good if act.kind != "revoked"]
        return said[-1] if said else None

    def tell(self, logs: Sequence[Key], known: Known) -> None:
        """What happened, for people to read."""
        for act in self._good:
            at = act.position
            if act.kind == "rekeyed":
                pair = {"old": named(act.key("old")), "new": named(act.key("new"))}
                self._findings.say("key.handed", position=at, **pair)
            elif act.kind == "revoked":
                code = "key.doubted" if act in known.doubted else "key.ended"
                self._findings.say(code, **act.revoked())
            else:
                self._tell_epoch(act, logs, known)

    def _tell_epoch(self, act: Act, logs: Sequence[Key], known: Known) -> None:
        # What was signed in an epoch that has ended is judged by the keys of then: who
        # handed over since was the log's signer all the same. A thief never was.
        limits = self._sizes(logs, self._revocations(), before=act.position)
        data, lost = act.data, note_in(act.data["checkpoint"])
        assert lost is not None, "its form was looked at"
        keys = {(key.name, key.id): key for key in known.sizes}
        sure = "unsure"
        for name, key_id, signature in lost.signatures:
            key = keys.get((name, key_id))
            if key is None or not epoch_of(lost.origin, key.name):
                continue
            if signature_holds(key.public, lost.text, signature):
                sure = "sure" if lost.size <= limits.get(key, -1) else sure
            else:
                facts = {"name": name}
                self._findings.tell("epoch.restored/signature", act.where, **facts)
        self._findings.say(
            "epoch.begun",
            position=act.position,
            origin=data["origin"],
            before=lost.origin,
            lost=lost.size,
            first=data["kept"] + 1,
            approvers=", ".join(map(shown, data["approvers"])),
            reason=data["reason"],
            sure=sure,
        )


def _epoch(origin: str) -> tuple[str, int]:
    """The log's name and the number of the epoch; no name ends as an epoch does."""
    found = EPOCH.fullmatch(origin)
    number = epoch_of(origin, found[1]) if found else None
    return (found[1], number) if found and number else (origin, 1)


def _next_epoch(lost: str, now: str | None) -> str:
    """The origin that follows a lost one.

    That is the log's own or of a later epoch, of which nothing else is left.
    """
    name, number = _epoch(lost)
    if now is not None:
        its_name, its_number = _epoch(now)
        number = max(number, its_number) if its_name == name else its_number
        name = its_name
    return f"{name}/e{number + 1}"


class Receipt:
    """What somebody was given who acted; it is looked for among the entries."""

    def __init__(self, raw: bytes) -> None:
        if len(raw) > NOTE_MAX:
            raise Damaged("large")
        head, blank, tail = raw.partition(b"\n\n")
        self.text = head.rstrip(b"\n") + b"\n"
        header, _, line = self.text[:-1].partition(b"\n")
        said, why = read_json(line)
        if header != b"plangate receipt 1" or why or not _is_receipt(said):
            raise Damaged("keys")
        self.said: dict[str, Any] = said
        self.signatures = _receipt_signatures(tail) if blank else ()
        self.found: tuple[int, bytes] | None = None  # position, leaf
        self.is_forked = False  # the tree of its size has another root

    def grow(self, tree: Tree) -> None:
        if tree.size == self.said.get("size"):
            self.is_forked = tree.root().hex() != self.said["root"]

    def look(self, entry: dict[str, Any], position: int, leaf: bytes) -> None:
        is_it = entry.get("instance") == self.said["instance"]
        if is_it and entry.get("seq") == self.said["seq"]:
            self.found = position, leaf

    def signer(self, known: dict[Key, int]) -> str:
        """Whether a known key signed it; raises Damaged for a false signature."""
        keys = {(key.name, key.id): key for key in known}
        signer = "unsigned"
        for name, key_id, signature in self.signatures:
            key = keys.get((name, key_id))
            if key is None:
                continue
            if not signature_holds(key.public, self.text, signature):
                raise Damaged("signatures")
            # with its place it says at which size it was signed
            signer = "signed" if self.said.get("size", 0) <= known[key] else signer
        return signer


def _is_receipt(said: object) -> bool:
    if type(said) is not dict:
        return False
    good = is_name(said.get("instance")) and is_whole(said.get("seq"), 1)
    times = is_moment(said.get("made")) and is_moment(said.get("by"))
    placed = "position" not in said or is_whole(said["position"])
    sized = "size" not in said or (
        is_whole(said["size"]) and is_digest(said.get("root"))
    )
    return good and times and placed and sized and is_digest(said.get("leaf"))


def _receipt_signatures(tail: bytes) -> tuple[tuple[str, bytes, bytes], ...]:
    try:
        lines = tail.decode("utf-8").split("\n")
    except UnicodeDecodeError:
        raise Damaged("utf8") from None
    if lines.pop() or not 0 < len(lines) <= SIGNATURES_MAX:
        raise Damaged("signatures")
    return tuple(map(_signature, lines))


class Trust:
    """Who of a policy signed a checkpoint; `known` are the logs' keys, as in `Acts`."""

    def __init__(self, note: Note, policy: Policy, known: Known) -> None:
        self.signers: list[str] = []
        self.witnesses: dict[str, tuple[str, int]] = {}
        self.wrong: list[str] = []  # names under which the signature is false
        self.late: list[Key] = []  # who signed and surely did not count any more
        self._known = known
        logs = {(key.name, key.id): key for key in known.sizes}
        witnesses = {
            (key.name, key.id): (alias, key) for alias, key in policy.witnesses.items()
        }
        for name, key_id, signature in note.signatures:
            if (name, key_id) in logs:
                holds = self._log(logs[name, key_id], note, signature)
            elif (name, key_id) in witnesses:
                holds = self._witness(*witnesses[name, key_id], note, signature)
            else:
                continue  # signatures by unknown keys are passed over
            if not holds:
                self.wrong.append(name)

    def _log(self, key: Key, note: Note, signature: bytes) -> bool:
        if not signature_holds(key.public, note.text, signature):
            return False
        # A log's name in a policy is its origin: a log vouches for no other's tree.
        if epoch_of(note.origin, key.name) is None:
            return True
        if note.size > self._known.sure[key]:
            self.late.append(key)
        elif note.size > self._known.sizes[key]:
            pass  # `key.doubted` says it
        elif key.name not in self.signers:
            self.signers.append(key.name)
        return True

    def _witness(self, alias: str, key: Key, note: Note, signature: bytes) -> bool:
        time = int.from_bytes(signature[:8], "big")
        message = b"cosignature/v1\ntime %d\n" % time + note.text
        if len(signature) != 72 or time >= SIZE_MAX:
            return False
        if not signature_holds(key.public, message, signature[8:]):
            return False
        self.witnesses[alias] = key.name, time
        return True


class Kept:
    """A checkpoint that the reader has from before: the log must begin with its tree.

    `root` is that of the bundle's first entries, as many as it signs, or None if they
    are not all here; `joins` is what a proof of growth in the bundle comes to.
    """

    def __init__(self, raw: bytes) -> None:
        self.note = read_note(raw)
        self.root: bytes | None = sha256(b"") if self.note.size == 0 else None
        self.joins: bool | None = None

    def look(self, tree: Tree) -> None:
        if tree.size == self.note.size:
            self.root = tree.root()

    def prove(self, head: Head, path: list[bytes]) -> None:
        found = grew(self.note.root, self.note.size, head.size or 0, path)
        self.joins = found is not None and found.hex() == head.root

    def against(self, origin: str | None, size: int) -> tuple[str, dict[str, object]]:
        """The key of the sentence about it, and its facts."""
        note = self.note
        if origin is not None and not _is_earlier(note.origin, origin):
            return "log.forked/origin", {"found": note.origin, "due": origin}
        facts: dict[str, object] = {"signed": note.size, "size": size}
        if note.size > size:
            return "log.shorter", facts
        if self.root is not None and self.root != note.root:
            return "log.forked", facts
        if self.root is None and not self.joins:
            return ("log.unproven" if self.joins is None else "log.forked/proof"), facts
        return "log.grown", {**facts, "origin": note.origin}


def _is_earlier(origin: str, now: str) -> bool:
    """Whether it is the same log, in the same epoch or one before."""
    (name, number), (its_name, its_number) = _epoch(origin), _epoch(now)
    return name == its_name and number <= its_number


def moment_of(seconds: int) -> str:
    """A POSIX time as a moment; the bare number if no calendar has it."""
    try:
        return f"{datetime(1970, 1, 1) + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%S}Z"  # noqa: DTZ001 - UTC by definition
    except OverflowError:
        return f"{seconds}s"


# --- The gates of a plan ----------------------------------------------------------

PLAN_READ_MAX = 8 << 20  # a greater plan is digested, and its gates are not read
TABLE_COST = 20  # bytes of memory, roughly, for one byte of a plan that is read
TABLES_MEMORY = 192 << 20  # for the gates of all plans together
PLANS_READ_MAX = 10_000
NUMBER_TEXT = re.compile(r"-?[0-9]{1,1000}(/[1-9][0-9]{0,999})?", re.ASCII)
NUMBER_BITS = 1 << 13  # what is greater is not reckoned with
# A plan can be written so that each byte of an entry asks for thousands of steps.
STEPS_FREE, STEPS_BYTE, STEPS_SUM = 20_000_000, 4, 50
SORTS = frozenset(("any", "all", "not", "at_least"))
ITEMS_MAX = 100_000
BYS = frozenset(("by", "when", "at", "every", "on"))


class Open:
    """The answer of what cannot be worked out. There is one."""

    __slots__ = ()


OPEN = Open()
NOTHING = Open()  # the record says nothing of it
Value = Any


class Moment(NamedTuple):
    """A moment, so that the earlier one is the lesser."""

    second: str
    part: str


class Day(NamedTuple):
    text: str


class Period(NamedTuple):
    text: str


def value_of(said: object) -> Value:
    """A recorded value; OPEN if it is not written out, or is no value."""
    if said is None or type(said) in (bool, int, str):
        return said
    if type(said) is list:
        return [value_of(one) for one in said]
    if type(said) is not dict or len(said) != 1:
        return OPEN
    ((sort, text),) = said.items()
    if type(text) is not str:
        return OPEN
    if sort == "n" and NUMBER_TEXT.fullmatch(text):
        return Fraction(text)
    if sort == "t" and is_moment(text):
        return Moment(text[:19], text[20:-1])
    if sort == "d":
        return Day(text)
    return Period(text) if sort == "p" else OPEN


def plain(said: object) -> object:
    """A recorded value as entries hold it elsewhere; OPEN if it is not written out."""
    if type(said) is list:
        inner = [plain(one) for one in said]
        return OPEN if OPEN in inner else inner
    if type(said) is not dict:
        return said
    return next(iter(said.values())) if value_of(said) is not OPEN else OPEN


def is_same(said: object, kept: object) -> bool:
    """Whether a value is what the record has; a list of one and its member are."""
    found = plain(said)
    if found is OPEN or type(kept) is dict:
        return True
    if type(found) is list and type(kept) is not list:
        kept = [kept]
    elif type(kept) is list and type(found) is not list:
        found = [found]
    if type(found) is list and type(kept) is list:
        return len(found) == len(kept) and all(map(is_same, found, kept))
    return type(found) is type(kept) and found == kept


def both(values: Iterable[Value]) -> Value:
    """False if one is, else true if all are, else unknown."""
    answer: Value = True
    for value in values:
        if value is False:
            return False
        if value is OPEN:
            answer = OPEN
        elif value is not True and answer is not OPEN:
            answer = None
    return answer


def either(values: Iterable[Value]) -> Value:
    return contrary(both(contrary(value) for value in values))


def contrary(value: Value) -> Value:
    if value is OPEN:
        return OPEN
    return not value if type(value) is bool else None


def _alike(a: Value, b: Value) -> tuple[Value, Value]:
    if type(a) is list and type(b) is not list and len(a) == 1:
        a = a[0]
    elif type(b) is list and type(a) is not list and len(b) == 1:
        b = b[0]
    return a, b


def _is_open(value: Value) -> bool:
    return value is OPEN or (type(value) is list and any(map(_is_open, value)))


def _sort(value: Value) -> object:
    return Fraction if type(value) in (bool, int) else type(value)


def is_equal(a: Value, b: Value) -> Value:
    if type(a) is list and type(b) is list:
        return len(a) == len(b) and all(map(is_equal, a, b))
    return _sort(a) is _sort(b) and a == b


def _likeness(value: Value) -> object:
    """The same of two values if, and only if, they are equal."""
    if type(value) is list:
        return list, tuple(map(_likeness, value))
    return _sort(value), value


def _likenesses(value: Value) -> set[object]:
    return set(map(_likeness, value if type(value) is list else [value]))


def compared(sign: str, a: Value, b: Value) -> Value:
    a, b = _alike(a, b)
    if a is None or b is None:
        return None
    if _is_open(a) or _is_open(b):
        return OPEN
    if sign in ("==", "!="):
        return is_equal(a, b) == (sign == "==")
    if _sort(a) is not _sort(b) or type(a) in (Period, type(None)):
        return None
    if type(a) is list:
        return OPEN
    if sign == "<":
        return a < b
    if sign == "<=":
        return a <= b
    return a > b if sign == ">" else a >= b


ANYBODY = _likeness("*")


def contained(sign: str, a: Value, b: Value) -> Value:
    if a is None or b is None:
        return None
    if _is_open(a) or _is_open(b):
        return OPEN
    members = _likenesses(b)
    is_inside = ANYBODY in members or _likenesses(a) <= members
    return is_inside == (sign == "in")


def _number(value: Value) -> Value:
    if value is OPEN:
        return OPEN
    return Fraction(value) if _sort(value) is Fraction else None


def _bounded(number: Fraction) -> Value:
    bits = number.numerator.bit_length() + number.denominator.bit_length()
    return OPEN if bits > NUMBER_BITS else number


def reckoned(sign: str, a: Value, b: Value) -> Value:
    a, b = _number(a), _number(b)
    if a is None or b is None:
        return None
    if a is OPEN or b is OPEN:
        return OPEN
    if sign == "/":
        return None if b == 0 else _bounded(a / b)
    if sign == "*":
        return _bounded(a * b)
    return _bounded(a + b if sign == "+" else a - b)


def sized(value: Value) -> Value:
    if value is None or value is OPEN:
        return value
    return sum(one != "*" for one in value) if type(value) is list else 1


def covered(whole: Value, part: Value) -> Value:
    """Whether every member of the second is one of the first."""
    if whole is None or part is None:
        return None
    if _is_open(whole) or _is_open(part):
        return OPEN
    wholes = _likenesses(whole)
    return ANYBODY in wholes or _likenesses(part) - {ANYBODY} <= wholes


def difference(a: Value, b: Value = NOTHING) -> Value:
    return reckoned("-", 0, a) if b is NOTHING else reckoned("-", a, b)


JOINED: dict[str, Callable[[list[Value]], Value]] = {
    "all": both,
    "any": either,
    "not": lambda parts: contrary(both(parts)),
}


COMPARISONS = frozenset(("==", "!=", "<", "<=", ">", ">="))
MEMBERSHIPS = frozenset(("in", "not in"))
SUMS = frozenset(("+", "-", "*", "/"))
GATES = frozenset(("entry", "exit"))
OPERATIONS: dict[str, Callable[..., Value]] = {
    "and": lambda *values: both(values),
    "or": lambda *values: either(values),
    "not": contrary,
    "size": sized,
    "covers": covered,
    **{sign: partial(compared, sign) for sign in COMPARISONS},
    **{sign: partial(contained, sign) for sign in MEMBERSHIPS},
    **{sign: partial(reckoned, sign) for sign in SUMS},
    "-": difference,
}
OF_NODES = frozenset(("done", "settled", "started", "round"))
OF_STATES = frozenset(("in", "been", "acts"))
OF_PAPERS = frozenset(("exists", "approved", "unchanged_since_approval", "version"))
NAMED = frozenset(("input", "field", "event", "items"))
EACH = frozenset(("all_of", "any_of", "count"))


def holes_of(form: object) -> Iterator[int]:
    """The numbers of what a form asks, and of what its meanings ask."""
    if type(form) is not list or not form or form[0] == "v":
        return
    if form[0] == "?":
        yield form[1]
    # What is asked of each member has numbers of its own.
    for inner in form[1:2] if form[0] in EACH else form[1:]:
        yield from holes_of(inner)


def steps_of(form: object) -> int:
    """How many parts a form has, those included that are asked of each member."""
    if type(form) is not list or not form or form[0] == "v":
        return 1
    return (STEPS_SUM if form[0] in SUMS else 1) + sum(map(steps_of, form[1:]))


def _is_numbered(form: object) -> bool:
    """Whether the holes of a form are numbered from 0."""
    numbers = set(holes_of(form))
    return numbers == set(range(len(numbers)))


def is_form(form: object) -> bool:
    """Whether something is a form, in the shape that the page says."""
    if type(form) is not list or not form or type(form[0]) is not str:
        return False
    word, inner = form[0], form[1:]
    if word == "?":
        good = len(inner) in (1, 2) and is_whole(inner[0])
        return good and (len(inner) == 1 or is_meaning(inner[1]))
    if word == "v":
        return len(inner) == 1
    if word in ("now", "actor"):
        return not inner
    if word in COMPARISONS or word in MEMBERSHIPS or word in SUMS:
        pairs = len(inner) == 2 or (word == "-" and len(inner) == 1)
        return pairs and all(map(is_form, inner))
    if word in EACH:
        good = len(inner) == 2 and all(map(is_form, inner))
        return good and inner[0][0] == "?" and _is_numbered(inner[1])
    if word == "quota":
        return len(inner) == 1 and is_form(inner[0]) and inner[0][0] == "?"
    counts = {"not": 1, "size": 1, "covers": 2}
    many = len(inner) > 0 if word in ("and", "or") else len(inner) == counts.get(word)
    return many and all(map(is_form, inner))


def is_meaning(value: object) -> bool:
    if type(value) is not list or not value or type(value[0]) is not str:
        return False
    word, inner = value[0], value[1:]
    if word in OF_PAPERS:
        is_hole = is_form(inner[0]) and inner[0][0] == "?" if inner else False
        return len(inner) == 1 and (is_text(inner[0]) or is_hole)
    counts = {**dict.fromkeys(NAMED | OF_NODES, 1), **dict.fromkeys(OF_STATES, 2)}
    return len(inner) == counts.get(word) and all(map(is_text, inner))


class Clause(NamedTuple):
    """A clause of a plan: a form, or a group of other clauses."""

    text: str
    sort: str  # "" of a form
    inner: tuple[int, ...]
    form: Any
    holes: int  # how many values its line has in `asked`
    steps: int  # the parts of its form

    @property
    def is_plain(self) -> bool:
        """The verdict is the one value that was asked."""
        return not self.sort and type(self.form) is list and self.form[:2] == ["?", 0]


class KindTable(NamedTuple):
    initial: str
    done: frozenset[str]
    settled: frozenset[str]
    moves: dict[str, tuple[frozenset[str], str | None, tuple[int, ...]]]


class NodeTable(NamedTuple):
    kind: KindTable
    parent: str | None
    entry: tuple[int, ...]
    exit: tuple[int, ...]


class Table:
    """The gates of a plan; raises ValueError if they are not as the page says."""

    def __init__(self, said: Any) -> None:
        need(type(said) is dict)
        clauses, kinds, nodes = (said.get(k) for k in ("clauses", "kinds", "nodes"))
        need(type(clauses) is list and type(kinds) is dict and type(nodes) is dict)
        self.clauses: list[Clause] = []
        for line in clauses:
            self.clauses.append(self._clause(line))
        self.kinds = {name: self._kind(one) for name, one in kinds.items()}
        self.nodes = {path: self._node(one) for path, one in nodes.items()}

    def _clause(self, line: Any) -> Clause:
        need(type(line) is list and len(line) > 1 and type(line[0]) is str)
        if type(line[1]) is str:
            return self._group(line)
        text, form = line[0], line[1]
        is_gate = form in (["entry"], ["exit"])
        need(len(line) == 2 and (form is None or is_gate or is_form(form)))
        need(_is_numbered(form))
        holes, steps = len(set(holes_of(form))), steps_of(form)
        clause = Clause(text, "", (), form, holes, steps)
        return clause._replace(holes=0) if clause.is_plain else clause

    def _group(self, line: list[Any]) -> Clause:
        text, sort = line[0], line[1]
        counts = sort == "at_least"
        need(sort in SORTS and len(line) == 3 + counts)
        form = line[3] if counts else None
        need(not counts or (is_form(form) and _is_numbered(form)))
        holes, steps = len(set(holes_of(form))), steps_of(form)
        return Clause(text, sort, self._numbers(line[2]), form, holes, steps)

    def _numbers(self, value: Any) -> tuple[int, ...]:
        """Clauses by number; of a group's only those before it, so it is no ring."""
        need(type(value) is list)
        need(all(is_whole(one) and one < len(self.clauses) for one in value))
        return tuple(value)

    def kind(self, path: str) -> KindTable | None:
        node = self.nodes.get(template_of(path))
        return None if node is None else node.kind

    def _kind(self, said: Any) -> KindTable:
        need(type(said) is dict and type(said.get("moves")) is dict)
        need(is_text(said.get("initial")))
        moves = {name: self._move(move) for name, move in said["moves"].items()}
        done, settled = _texts_set(said.get("done")), _texts_set(said.get("settled"))
        return KindTable(said["initial"], done, settled, moves)

    def _move(self, said: Any) -> tuple[frozenset[str], str | None, tuple[int, ...]]:
        need(type(said) is dict and {"to", "gate"} <= said.keys())
        need(is_text(said.get("by")) and said["by"] in BYS)
        need(said["to"] is None or is_text(said["to"]))
        return _texts_set(said.get("from")), said["to"], self._numbers(said["gate"])

    def _node(self, said: Any) -> NodeTable:
        need(type(said) is dict and type(said.get("kind")) is str)
        parent = said.get("parent")
        need(said["kind"] in self.kinds and (parent is None or is_text(parent)))
        entry, exit_ = self._numbers(said.get("entry")), self._numbers(said.get("exit"))
        return NodeTable(self.kinds[said["kind"]], parent, entry, exit_)


def need(is_so: object) -> None:
    if not is_so:
        raise ValueError


def _texts_set(value: Any) -> frozenset[str]:
    need(type(value) is list and all(map(is_text, value)))
    return frozenset(value)


def template_of(path: str) -> str:
    head, mark, rest = path.partition("[")
    if mark:
        return head + "[]" + rest.partition("]")[2]
    head, mark, _ = path.partition("#")
    return head + mark


# --- Instances ------------------------------------------------------------------


class Seen(NamedTuple):
    """What was said of a node's state: where, and all states of its present round."""

    state: str
    round: int
    seq: int
    been: tuple[str, ...]


class Instance:
    """What must be remembered of an instance to judge its next entry."""

    __slots__ = (
        *("at", "leaf", "nodes", "plan", "seq", "simulated"),
        *("acts", "is_broken", "papers", "permits", "said"),
    )

    def __init__(self) -> None:
        # Both as the first entry in form says; None: there was none.
        self.plan: str | None = None
        self.simulated: bool | None = None
        self.seq = 0
        self.leaf: bytes | None = None
        self.at = ""
        self.nodes: dict[str, Seen] = {}
        # What facts were said to be last: by a hash of the key, a checksum of the value
        # and the entry. Hashes of texts differ from run to run: nobody aims at them.
        self.said: dict[int, tuple[int, int]] = {}
        self.acts: dict[int, int] = {}  # by a hash of node, round and move
        self.papers: dict[str, tuple[list[Any], int]] = {}
        self.permits: dict[tuple[str, int, str], int] = {}
        self.is_broken = False  # something is missing: what it says later hangs in air


class Instances:
    """Each entry against those of its instance that came before it."""

    def __init__(self, findings: Findings, memory: int) -> None:
        self._findings = findings
        self._memory = memory
        self.known: dict[str, Instance] = {}
        self.changed: set[str] = set()
        self.work = Work()

    def _remember(self, cost: int) -> None:
        self._memory -= cost
        if self._memory < 0:
            raise OutOfMemory

    def take(
        self,
        entry: dict[str, Any],
        leaf: bytes,
        where: Where,
        table: Table | None = None,
    ) -> int:
        """Judges an entry and remembers it; how many verdicts stand as recorded."""
        instance = self._known(entry)
        self._chain(instance, entry, where)
        self._company(instance, entry, where)
        if entry["type"] == "moved" and not instance.is_broken:
            self._states(instance, entry, where, table)
        recorded = 0
        if _has_gate(entry):
            judging = Judging(self._findings, where, table, instance, self.work)
            judging.judge(entry)
            recorded = judging.recorded
        self._remember(Remembering(instance, entry).took())
        self._follow(instance, entry, leaf)
        return recorded

    def hang(self, entry: dict[str, Any], leaf: bytes, where: Where) -> None:
        """An entry that is not in form has its place in the chain, and says nothing."""
        if not is_whole(entry.get("seq"), 1):
            return
        instance = self._known(entry)
        self._chain(instance, entry, where)
        instance.is_broken = True
        self._follow(instance, entry, leaf)

    def _known(self, entry: dict[str, Any]) -> Instance:
        name: str = entry["instance"]
        instance = self.known.get(name)
        if instance is None:
            self._remember(INSTANCE_COST + 4 * len(name))
            instance = self.known[name] = Instance()
        return instance

    def _follow(self, instance: Instance, entry: dict[str, Any], leaf: bytes) -> None:
        instance.seq, instance.leaf = entry["seq"], leaf
        self.changed.add(entry["instance"])

    def _chain(self, instance: Instance, entry: dict[str, Any], where: Where) -> None:
        seq, prev = entry.get("seq"), entry.get("prev")
        if seq != instance.seq + 1:
            facts = {"due": instance.seq + 1, "found": seq}
            self._findings.tell("entry.seq", where, **facts)
            instance.is_broken = True
        before = NO_PREV if instance.leaf is None else instance.leaf.hex()
        # Of an instance whose beginning is not here, only its numbers can be told.
        if prev != before and (instance.leaf is not None or seq == 1):
            self._findings.tell("entry.prev", where)
            instance.is_broken = True

    def clock(self, name: str, at: str, where: Where) -> None:
        """Compare moments: without its Z, the earlier one is the lesser text."""
        instance = self.known[name]
        if at[:-1] < instance.at:
            facts = {"found": at, "before": instance.at + "Z"}
            self._findings.tell("entry.time", where, **facts)
        instance.at = at[:-1]

    def _company(self, instance: Instance, entry: dict[str, Any], where: Where) -> None:
        plan, simulated = entry.get("plan"), "simulated" in entry
        if instance.simulated is None:
            instance.plan = None if plan is None else sys.intern(plan)
            instance.simulated = simulated
        plans = [plan]
        if entry["type"] == "started":
            plans.append(entry["data"]["plan"])
        for named in plans:
            if named != instance.plan:
                facts = {"found": named, "due": instance.plan}
                self._findings.tell("entry.plan", where, **facts)
        led_by = entry.get("led_by", 0)
        if led_by >= entry["seq"]:
            self._findings.tell("entry.led_by", where, found=led_by)
        if simulated != instance.simulated:
            self._findings.tell("entry.simulated", where)

    def _states(
        self,
        instance: Instance,
        entry: dict[str, Any],
        where: Where,
        table: Table | None,
    ) -> None:
        node, data = entry["node"], entry["data"]
        said = instance.nodes.get(node)
        if said is None and not _is_made(node):
            kind = None if table is None else table.kind(node)
            said = Seen(data["from"] if kind is None else kind.initial, 1, 0, ())
        if said is not None:
            self._compare(said, node, data, where)

    def _compare(
        self, said: Seen, node: str, data: dict[str, Any], where: Where
    ) -> None:
        state, round_ = said.state, said.round
        if data.get("from") != state:
            facts = {"node": node, "due": state, "found": data.get("from")}
            self._findings.tell("entry.state/from", where, **facts)
        if data.get("round") not in (round_, round_ + 1):
            facts = {"node": node, "due": round_, "found": data.get("round")}
            self._findings.tell("entry.state/round", where, **facts)


def _has_gate(entry: dict[str, Any]) -> bool:
    """Whether a gate was asked, at a node."""
    is_judged = entry["type"] in ("moved", "refused") and "node" in entry
    return is_judged and entry["data"]["why"] is not None


# --- Verdicts, worked out again ---------------------------------------------------


class Work:
    """The steps that may still be taken; each byte of an entry earns some."""

    def __init__(self) -> None:
        self.left = STEPS_FREE
        self.refused = 0  # how many verdicts were too costly

    def may(self, steps: int) -> bool:
        if steps > self.left:
            self.refused += 1
            return False
        self.left -= steps
        return True


class Judging:
    """One entry with a `why`, worked out again from its plan and what came before."""

    def __init__(
        self,
        findings: Findings,
        where: Where,
        table: Table | None,
        instance: Instance,
        work: Work | None = None,
    ) -> None:
        self.findings, self.where = findings, where
        self.work = Work() if work is None else work
        self.instance = instance
        if table is not None:
            self.table = table
        self.has_table = table is not None
        self.member: object = None  # of a collection, while it is asked about
        self.recorded = 0  # verdicts that stand as recorded

    def judge(self, entry: dict[str, Any]) -> None:
        self.entry, self.data = entry, entry["data"]
        self.path: str = entry["node"]
        self.why: dict[str, Any] = self.data["why"]
        self.facts = {line[0]: line[1] for line in self.why["facts"]}
        if self.has_table:
            self.by_plan()
        self.conclusion([line[1] for line in self.why["gate"]])
        for key, value, seq in self.why["facts"]:
            self.fact(key, value, seq)

    def by_plan(self) -> None:
        """What the plan asks of this move, held against what was recorded."""
        node = self.table.nodes.get(template_of(self.path))
        move = None if node is None else node.kind.moves.get(self.data["move"])
        if node is None or move is None:
            self.tell("gate.move/none", move=self.data["move"], node=self.path)
            return
        self.node = node
        sources, target, clauses = move
        if self.entry["type"] == "moved":
            self.leads(sources, target)
        self.lines(self.why["gate"], clauses)

    def tell(self, sentence: str, **facts: object) -> None:
        self.findings.tell(sentence, self.where, **facts)

    def leads(self, sources: frozenset[str], target: str | None) -> None:
        found, to = self.data["from"], self.data["to"]
        if found not in sources or to != (found if target is None else target):
            self.tell("gate.move/way", move=self.data["move"], found=found, to=to)

    def conclusion(self, verdicts: list[object]) -> None:
        is_open = all(verdict is True for verdict in verdicts)
        if self.entry["type"] == "refused":
            if is_open:
                self.tell("gate.refused")
            return
        permit = self.why.get("permit")
        if permit is None:
            if not is_open:
                self.tell("gate.passed")
            return
        key = (self.path, self.data["round"], self.data["move"])
        if self.instance.is_broken:
            return
        if self.instance.permits.get(key) != permit:
            self.tell("gate.permit", found=permit)

    # -- lines and clauses

    def lines(self, lines: Any, clauses: tuple[int, ...]) -> bool:
        """Judges each line by its clause; whether there are as many as clauses."""
        if len(lines) != len(clauses):
            self.tell("gate.clauses/count", due=len(clauses), found=len(lines))
            return False
        for place, number in enumerate(clauses):
            self.line(lines[place], self.table.clauses[number])
        return True

    def line(self, line: Any, clause: Clause) -> None:
        if not _is_clause(line) or line[0] != clause.text:
            self.tell("gate.clauses/text", due=clause.text)
            return
        verdict = line[1]
        parts = line[2] if len(line) > 2 else []
        asked = line[3] if len(line) > 3 else []
        if not self.lines(parts, self.inner(clause)):
            return
        if clause.is_plain:
            asked = [verdict]
        elif len(asked) != clause.holes:
            self.tell("gate.asked/count", due=clause.holes, found=len(asked))
            return
        made: Value = OPEN
        if self.work.may(clause.steps + len(parts)):
            made = self.verdict(clause, [_verdict_of(part) for part in parts], asked)
        if made is OPEN:
            self.recorded += 1
        elif (made if type(made) is bool else None) is not verdict:
            self.tell("gate.verdict", text=clause.text, due=made, found=verdict)

    def inner(self, clause: Clause) -> tuple[int, ...]:
        if clause.sort:
            return clause.inner
        if clause.form == ["entry"]:
            return self.node.entry
        return self.node.exit if clause.form == ["exit"] else ()

    def verdict(self, clause: Clause, parts: list[Value], asked: list[Any]) -> Value:
        if clause.sort == "at_least":
            return _enough(parts, _number(self.value(clause.form, asked)))
        if clause.sort:
            return JOINED[clause.sort](parts)
        if clause.form is None:
            return OPEN
        if clause.form[0] in GATES:
            return next((part for part in parts if part is not True), True)
        return self.value(clause.form, asked)

    def value(self, form: list[Any], asked: list[Any]) -> Value:
        read = READ.get(form[0])
        if read is not None:
            return read(self, form, asked)
        return OPERATIONS[form[0]](*(self.value(inner, asked) for inner in form[1:]))

    def hole(self, form: list[Any], asked: list[Any]) -> Value:
        said = asked[form[1]]
        if len(form) > 2:
            self.meant(form[2], said, asked)
        return value_of(said)

    def each(self, each: list[Any], asked: list[Any]) -> Value:
        """A condition on each member, with what was asked of it."""
        word, hole, form = each
        said = asked[hole[1]]
        if said is None:
            return None
        if type(said) is not list:
            return OPEN
        if not self.work.may(steps_of(form) * len(said)):
            return OPEN
        count = len(set(holes_of(form)))
        if not all(_is_member(one, count) for one in said):
            self.tell("gate.asked/members")
            return OPEN
        if len(hole) > 2:
            self.meant(hole[2], [one[0] for one in said], asked)
        answers = []
        for member, values in said:
            self.member = member
            answers.append(self.value(form, values))
        if word == "count":
            is_told = not any(answer is OPEN for answer in answers)
            return sum(one is True for one in answers) if is_told else OPEN
        return both(answers) if word == "all_of" else either(answers)

    # -- what the record says of a value

    def meant(self, meaning: list[Any], said: object, asked: list[Any]) -> None:
        due = self.due(meaning, asked)
        if due is not NOTHING and not is_same(said, due):
            facts = {"found": said, "due": due, "meaning": " ".join(map(str, meaning))}
            self.tell("gate.asked", **facts)

    def due(self, meaning: list[Any], asked: list[Any]) -> object:
        word, *named = meaning
        if word in OF_PAPERS:
            return self.paper(word, named[0], asked)
        if word in OF_NODES or word in OF_STATES:
            return self.stood(word, named)
        return LOOKED_UP[word](self, named[0])

    def input(self, name: str) -> object:
        inputs = self.data.get("inputs", {})
        if self.data.get("sealed") or self.entry["type"] != "moved":
            return NOTHING  # handed in, and not told
        return inputs.get(name) if type(inputs) is dict else NOTHING

    def field(self, name: str) -> object:
        found = self.facts.get(f"f/{self.path}/{name}")
        return NOTHING if found is None else found

    def event(self, name: str) -> object:
        key = f"e/{name}"
        return self.facts[key] is not None if key in self.facts else NOTHING

    def items(self, register: str) -> object:
        key = f"r/{register}"
        if key not in self.facts:
            return NOTHING
        count = self.facts[key]
        is_many = type(count) is int and not self.work.may(max(count, 0))
        return NOTHING if is_many else _items(register, count)

    def paper(self, word: str, what: Any, asked: list[Any]) -> object:
        if type(what) is list:
            self.hole(what, asked)
            what = asked[what[1]]
        key = f"d/{what}"
        if type(what) is not str or key not in self.facts:
            return NOTHING
        fact = self.facts[key]
        if fact is None:
            return NO_PAPER[word]
        if type(fact) is not list or len(fact) != 3:
            return NOTHING
        return A_PAPER[word](*fact)

    def stood(self, word: str, named: list[str]) -> object:
        path = self.place(named[-1])
        if self.instance.is_broken or path is None:
            return NOTHING
        node, seen = self.table.nodes.get(template_of(path)), None
        if node is not None:
            seen = self.instance.nodes.get(path) or _at_first(path, node.kind.initial)
        if node is None or seen is None:
            return NOTHING
        if word == "acts":
            return self.acts(path, seen.round, named[0])
        return STOOD[word](seen, node.kind, named[0])

    def place(self, name: str) -> str | None:
        """The node that a meaning is about."""
        if name == "@":
            return self.member if type(self.member) is str else None
        return self.node.parent if name == "^" else name or self.path

    def acts(self, path: str, round_: int, move: str) -> int:
        return self.instance.acts.get(hash((path, round_, move)), 0)

    # -- facts

    def fact(self, key: str, value: object, seq: int) -> None:
        number = self.entry["seq"]
        if seq >= number or (key != "…" and (value is None) != (seq == 0)):
            self.tell("gate.facts/entry", key=key, found=seq)
            return
        said = self.said(key)
        if said is None:
            return
        due, by = said
        if by != seq or due != crc_of(value):
            self.tell("gate.facts", key=key, found=seq, due=by)

    def said(self, key: str) -> tuple[int, int] | None:
        """A checksum of what was said last, and by which entry."""
        instance = self.instance
        if instance.is_broken:
            return None
        sort, _, name = key.partition("/")
        if sort == "n":
            seen = instance.nodes.get(name)
            if seen is None:
                return NOT_SAID
            return _crc_of_state(seen.state, seen.round), seen.seq
        if sort in ("f", "e"):
            return instance.said.get(hash(key), NOT_SAID)
        if sort == "d" and "/" not in name:
            paper = instance.papers.get(name)
            return NOT_SAID if paper is None else (crc_of(paper[0]), paper[1])
        return None


def _at_first(path: str, initial: str) -> Seen | None:
    """A node of which nothing was said; one that is made was not made yet."""
    return None if _is_made(path) else Seen(initial, 1, 0, ())


def _is_made(path: str) -> bool:
    """Whether a node is made while the plan runs."""
    return "[" in path or "#" in path


def _has_started(seen: Seen, kind: KindTable, _: str) -> bool:
    return bool(seen.been) and (seen.state != kind.initial or len(seen.been) > 1)


def _has_been(seen: Seen, _: KindTable, state: str) -> bool:
    return state in seen.been if seen.been else seen.state == state


STOOD: dict[str, Callable[[Seen, KindTable, str], object]] = {
    "done": lambda seen, kind, _: seen.state in kind.done,
    "settled": lambda seen, kind, _: seen.state in kind.settled,
    "started": _has_started,
    "round": lambda seen, _, __: seen.round,
    "in": lambda seen, _, state: seen.state == state,
    "been": _has_been,
}
NO_PAPER = {
    "exists": False,
    "approved": False,
    "unchanged_since_approval": True,
    "version": None,
}
A_PAPER: dict[str, Callable[[Any, Any, Any], object]] = {
    "exists": lambda _, __, ___: True,
    "approved": lambda _, digest, approved: approved == digest,
    "unchanged_since_approval": lambda _, digest, approved: approved in (None, digest),
    "version": lambda label, _, __: label,
}
LOOKED_UP: dict[str, Callable[[Judging, str], object]] = {
    "input": Judging.input,
    "field": Judging.field,
    "event": Judging.event,
    "items": Judging.items,
}
READ: dict[str, Callable[[Judging, list[Any], list[Any]], Value]] = {
    "?": Judging.hole,
    "v": lambda _, form, __: value_of(form[1]),
    "now": lambda judging, _, __: value_of({"t": judging.entry["at"]}),
    "actor": lambda judging, _, __: judging.entry.get("actor"),
    "quota": lambda _, form, asked: _given(value_of(asked[form[1][1]])),
    **dict.fromkeys(EACH, Judging.each),
}


def _verdict_of(line: Any) -> Value:
    return line[1] if _is_clause(line) else OPEN


def _is_member(value: object, count: int) -> bool:
    """A member of a collection and what was asked of it."""
    is_pair = type(value) is list and len(value) == 2 and type(value[1]) is list
    return is_pair and len(value[1]) == count  # type: ignore[index]


def _items(register: str, count: object) -> object:
    if count is None:
        return []
    if type(count) is not int or not 0 <= count <= ITEMS_MAX:
        return NOTHING
    return [f"{register}#{number}" for number in range(1, count + 1)]


def _given(said: Value) -> Value:
    """Whether everyone who owes has given the least: [least, [[who, sum], …]]."""
    if type(said) is not list or len(said) != 2:
        return None if said is None else OPEN
    least, given = _number(said[0]), said[1]
    if given is None:
        return False
    if type(given) is not list or type(least) is not Fraction:
        return OPEN
    sums = [
        _number(one[1]) if type(one) is list and len(one) == 2 else OPEN
        for one in given
    ]
    if any(type(one) is Fraction and one < least for one in sums):
        return False
    return all(type(one) is Fraction for one in sums) or OPEN


def _enough(parts: list[Value], least: Value) -> Value:
    if least is OPEN or least is None:
        return least
    true = sum(part is True for part in parts)
    unknown = sum(part is None for part in parts)
    if true >= least:
        return True
    if OPEN in parts:
        return OPEN
    return None if true + unknown >= least else False


def crc_of(value: object) -> int:
    """A checksum of a value: what is remembered of one is short."""
    return zlib.crc32(ENCODE(value).encode("utf-8", "surrogatepass"))


NOT_SAID = crc_of(None), 0


@lru_cache(maxsize=4096)
def _crc_of_state(state: str, round_: int) -> int:
    return crc_of([state, round_])


class Remembering:
    """What an entry says, put to what is remembered of its instance."""

    def __init__(self, instance: Instance, entry: dict[str, Any]) -> None:
        self.instance, self.entry = instance, entry
        self.seq = entry["seq"] if is_whole(entry.get("seq")) else 0
        self.cost = 0

    def took(self) -> int:
        """Takes it all; roughly how many bytes more are remembered."""
        data, kind = self.entry.get("data"), self.entry.get("type")
        if type(data) is not dict:
            return 0
        if kind == "moved":
            self.moved(data)
        elif kind == "added":
            self.born(self.entry.get("node"), data.get("state"), data.get("fields"))
        elif kind == "signalled" and is_text(data.get("name")):
            at = data.get("occurred") or self.entry.get("at")
            self.keep(f"e/{data['name']}", {"at": at})
        return self.cost

    def moved(self, data: dict[str, Any]) -> None:
        node, state, round_ = self.entry.get("node"), data.get("to"), data.get("round")
        if type(node) is str and type(state) is str and type(round_) is int:
            self.act(node, round_, data)
            before = self.instance.nodes.get(node)
            if before is None or before.round != round_ or data.get("from") != state:
                self.stands(node, state, round_)
        did = data.get("did", [])
        for deed in did if _are_deeds(did) else []:
            self.deed(deed)

    def act(self, node: str, round_: int, data: dict[str, Any]) -> None:
        """A person's move that stays is an act, and one that leads on by somebody."""
        stays = data.get("from") == data.get("to")
        counts = data.get("cause") == "person" if stays else "actor" in self.entry
        if counts and is_text(data.get("move")):
            key = hash((node, round_, data["move"]))
            if key not in self.instance.acts:
                self.cost += FACT_COST
            self.instance.acts[key] = self.instance.acts.get(key, 0) + 1

    def stands(self, node: str, state: str, round_: int) -> None:
        before = self.instance.nodes.get(node)
        if before is None:
            self.cost += NODE_COST + 4 * len(node)
        if len(state) > SHOWN_MAX:
            self.cost += 4 * len(state)
        state = sys.intern(state)
        is_same_round = before is not None and before.round == round_
        been = before.been if before is not None and is_same_round else ()
        been = been if state in been else (*been, state)
        self.cost += 8 * len(been)
        self.instance.nodes[node] = Seen(state, round_, self.seq, been)

    def born(self, node: object, state: object, fields: object) -> None:
        if type(node) is not str or type(state) is not str:
            return
        self.stands(node, state, 1)
        if type(fields) is dict:
            for name, value in fields.items():
                self.keep(f"f/{node}/{name}", value)

    def keep(self, key: str, value: object) -> None:
        number = hash(key)
        if value is None:
            self.instance.said.pop(number, None)
            return
        if number not in self.instance.said:
            self.cost += FACT_COST
        self.instance.said[number] = crc_of(value), self.seq

    def deed(self, deed: list[Any]) -> None:
        """A line of `did`; one of another shape says nothing."""
        remember = REMEMBERED.get(deed[0]) if deed and is_text(deed[0]) else None
        is_good = len(deed) > 2 or deed[:1] == ["signal"]
        if remember is not None and is_good and len(deed) > 1 and is_text(deed[1]):
            remember(self, deed)

    def begin(self, deed: list[Any]) -> None:
        self.stands(deed[1], deed[3], deed[2])

    def add(self, deed: list[Any]) -> None:
        self.born(deed[1], deed[5], deed[6] if len(deed) > 6 else None)

    def item(self, deed: list[Any]) -> None:
        self.born(deed[1], deed[4], deed[5] if len(deed) > 5 else None)

    def set(self, deed: list[Any]) -> None:
        if len(deed) == 4 and is_text(deed[2]):
            self.keep(f"f/{deed[1]}/{deed[2]}", deed[3])

    def signal(self, deed: list[Any]) -> None:
        self.keep(f"e/{deed[1]}", {"at": self.entry.get("at")})

    def paper(self, deed: list[Any]) -> None:
        what, said = deed[1], deed[2]
        if what not in self.instance.papers:
            self.cost += NODE_COST + 4 * len(what)
        fact, _ = self.instance.papers.get(what, ([None, None, None], 0))
        if deed[0] == "approve":
            fact = [fact[0], fact[1], said]
        elif type(said) is dict:
            fact = [said.get("label"), said.get("digest"), fact[2]]
        length = len(str(fact))
        self.cost += length if length > SHOWN_MAX else 0
        self.instance.papers[what] = fact, self.seq

    def permit(self, deed: list[Any]) -> None:
        if len(deed) != 4 or not is_whole(deed[2]) or not is_text(deed[3]):
            return
        key = deed[1], deed[2], deed[3]
        if deed[0] == "permit":
            self.cost += NODE_COST + 4 * len(deed[1])
            self.instance.permits[key] = self.seq
        else:
            self.instance.permits.pop(key, None)


REMEMBERED: dict[str, Callable[[Remembering, list[Any]], None]] = {
    "begin": Remembering.begin,
    "add": Remembering.add,
    "item": Remembering.item,
    "set": Remembering.set,
    "signal": Remembering.signal,
    "version": Remembering.paper,
    "approve": Remembering.paper,
    "permit": Remembering.permit,
    "used": Remembering.permit,
}


# --- The bundle -----------------------------------------------------------------


@dataclass(frozen=True)
class Head:
    """What `bundle.json` says; None where it is of no use."""

    scope: tuple[str, ...] | str | None
    size: int | None
    root: str | None


PRIVATE_DOMAIN = b"plangate-private/1"
PRIVATE_KEYS = frozenset(("field", "salt", "value"))


def private_fault(raw: bytes, digest: bytes) -> str | None:
    """Why a member is not what its name commits to; None: it is."""
    said, why = read_json(raw)
    if why or type(said) is not dict:
        return why or "object"
    field, salt = said.get("field"), said.get("salt")
    if said.keys() != PRIVATE_KEYS or type(field) is not str or not is_digest(salt):
        return "fields"
    name, value = field.encode(), ENCODE(said["value"]).encode()
    content = b"".join(struct.pack(">Q", len(part)) + part for part in (name, value))
    made = sha256(PRIVATE_DOMAIN + bytes.fromhex(str(salt)) + content)
    return None if made == digest else "binding"


def commitments_in(value: object) -> Iterator[str]:
    """The commitments of all tokens in what was recorded."""
    if type(value) is dict:
        if len(value) == 1 and is_digest(value.get("private")):
            yield value["private"]
            return
        for inner in value.values():
            yield from commitments_in(inner)
    elif type(value) is list:
        for inner in value:
            yield from commitments_in(inner)


def _texts_of(value: object) -> frozenset[str] | None:
    """A list of digests as a set."""
    if type(value) is not list or not all(map(is_digest, value)):
        return None
    return frozenset(value)


Content: TypeAlias = tuple[int, str | None]
"""Of a plan or file that is here its size, −1 if unread, and who names it first."""


class Personal:
    """Commitments that entries hold, and what entries say was erased."""

    def __init__(self, findings: Findings, memory: int) -> None:
        self._findings = findings
        self._memory = memory
        self.opened: dict[str, bool] = {}  # a member: whether an entry holds it
        self.held: dict[str, str] = {}  # a commitment: its instance
        self.missing: dict[tuple[str, str], Where] = {}  # instance, digest of a file
        self._asked: dict[tuple[str, int], tuple[object, ...]] = {}
        self._approved: dict[tuple[str, int], dict[int, str]] = {}
        # By the instance as it is shown, and a digest.
        self.gone: dict[tuple[str, str], Where] = {}
        # Files that an instance had erased and has not named since: others may hold
        # them, and then they are here.
        self.let_go: set[tuple[str, str]] = set()
        self._sharing: set[tuple[str, str]] = (
            set()
        )  # who named a file, not as the first

    def _remember(self, cost: int = PERSONAL_COST) -> None:
        self._memory -= cost
        if self._memory < 0:
            raise OutOfMemory

    def hold(self, entry: dict[str, Any], raw: bytes) -> None:
        """The tokens of an entry, be it in form or not."""
        name = entry.get("instance")
        if b'{"private":"' not in raw:
            return
        for digest in commitments_in(entry.get("data")):
            if digest not in self.held:
                self._remember()
                self.held[digest] = name if type(name) is str else ""
            if digest in self.opened:
                self.opened[digest] = True

    def take(self, entry: dict[str, Any], where: Where) -> None:
        """What an entry says of erasures."""
        name, data = entry["instance"], entry["data"]
        if entry["type"] == "erasure":
            self._step(name, entry["seq"], entry.get("actor"), data)
        elif entry["type"] == "erased":
            self._erased(name, data, where)

    def _step(self, name: str, seq: int, actor: object, data: dict[str, Any]) -> None:
        self._remember()
        if data.get("step") == "asked":
            sets = _texts_of(data.get("commitments")), _texts_of(data.get("files"))
            self._remember(sum(100 * len(one or ()) for one in sets))
            self._asked[name, seq] = (actor, *sets)
            return
        is_told = type(actor) is str and is_whole(data.get("asked"))
        if data.get("step") == "approved" and is_told:
            self._approved.setdefault((name, data["asked"]), {})[seq] = str(actor)

    def _erased(self, name: str, data: dict[str, Any], where: Where) -> None:
        why = self._approval_fault(name, data)
        if why is not None:
            self._findings.tell("erased.approval", where, why=why)
            return
        for digest in (*data["commitments"], *data["files"]):
            self._remember()
            self.gone.setdefault((shown(name), digest), where)
        for digest in (*data["files"], *data["shared"]):
            self._remember()
            self.let_go.add((shown(name), digest))

    def _approval_fault(self, name: str, data: dict[str, Any]) -> str | None:
        """Two people, neither of whom asked, must have approved just this before."""
        said = data.get("asked")
        asked = self._asked.get((name, said)) if type(said) is int else None
        if asked is None or asked[0] != data.get("requested_by"):
            return "unasked"
        values, files = _texts_of(data.get("commitments")), _texts_of(data.get("files"))
        shared = _texts_of(data.get("shared"))
        if values is None or files is None or shared is None:
            return "otherwise"
        if files & shared or (values, files | shared) != asked[1:]:
            return "otherwise"
        return self._approvers_fault(name, data["asked"], data, asked[0])

    def _approvers_fault(
        self, name: str, asked: int, data: dict[str, Any], requester: object
    ) -> str | None:
        approved = self._approved.get((name, asked), {})
        who: set[object] = set()
        pairs = data.get("approved_by")
        for pair in pairs if type(pairs) is list else ():
            if type(pair) is not list or len(pair) != 2 or not is_whole(pair[1]):
                return "unapproved"
            if type(pair[0]) is not str or approved.get(pair[1]) != pair[0]:
                return "unapproved"
            who.add(pair[0])
        if requester in who:
            return "own"
        return None if len(who) >= 2 else "two"

    def hold_again(self, data: object, where: Where) -> None:
        """Files that are named; not in `why`, which tells what was read of before."""
        if type(data) is not dict or not self.let_go:
            return
        name = str(where.instance)
        for digest, _ in files_in({k: v for k, v in data.items() if k != "why"}):
            self.let_go.discard((name, digest))

    def share(self, digest: str, name: str) -> None:
        """A file that is here, and that another instance has named first."""
        if (name, digest) not in self._sharing:
            self._remember()
            self._sharing.add((name, digest))

    def miss(self, digest: str, where: Where) -> None:
        """A file that is not here: whether it was erased is said later, if it is."""
        key = str(where.instance), digest
        if key not in self.missing:
            self._remember()
            self.missing[key] = where

    def end(self, files: dict[bytes, Content], *, is_all_read: bool) -> None:
        """What is not here without an entry that says why, and what is here still."""
        told: set[str] = set()
        shared = {digest for _, digest in self._sharing - self.let_go}
        for key, where in self.missing.items():
            if key not in self.let_go and key[1] not in told:
                told.add(key[1])
                self._findings.tell("file.missing", where, digest=key[1])
        for (_, digest), where in self.gone.items():
            if digest in self.opened:
                self._present(f"private/{digest}", where)
            elif digest not in shared:
                self._left(digest, files.get(bytes.fromhex(digest)), where)
        for digest, is_held in self.opened.items():
            if not is_held and is_all_read:
                where = Where(member=f"private/{digest}")
                self._findings.tell("bundle.member/unnamed", where)

    def _left(self, digest: str, found: Content | None, where: Where) -> None:
        """An erased file that is here though who named it first holds it no more."""
        if found is None:
            return
        if found[1] is None or (found[1], digest) in self.let_go:
            self._present(f"files/{digest}", where)

    def _present(self, member: str, where: Where) -> None:
        self._findings.tell(
            "erased.present", where._replace(member=member), seq=where.seq
        )

    def counted(self) -> tuple[int, int, int]:
        """Personal values: opened, closed; and what was erased, files among it."""
        gone = sum((shown(name), one) in self.gone for one, name in self.held.items())
        opened = sum(self.opened.get(one, False) for one in self.held)
        return opened, max(0, len(self.held) - gone - opened), len(self.gone)


class Bundle:
    """One pass over the members, one over the entries; told as it goes."""

    def __init__(self, archive: Archive, memory: int) -> None:
        self.archive = archive
        self.findings = Findings()
        self.plans: dict[bytes, Content] = {}
        self.files: dict[bytes, Content] = {}
        self.plan_members: dict[bytes, Member] = {}
        self.tables: dict[bytes, Table | None] = {}
        self.missing: set[tuple[str, str]] = set()
        # Who allows more to remember allows more of it here, too.
        self.personal = Personal(self.findings, memory * PERSONAL_MEMORY // MEMORY)
        self.found: dict[str, Member] = {}
        self.covered = Covered()
        self.is_all_read = False
        self.memory, self.table_memory = memory, TABLES_MEMORY
        self.acts = Acts(self.findings)
        self.receipt: Receipt | None = None
        self.kept: Kept | None = None

    def verify(self, policy_text: str | None) -> None:
        self._find()
        self._gaps()
        head = self._head()
        self._blobs()
        self._expected_members(head)
        self.covered = Covered(
            size=head.size,
            scope=head.scope if isinstance(head.scope, tuple) else None,
        )
        if head.scope is None:
            self.findings.leave_open("scope.unknown")
        elif "entries" in self.found:
            Entries(self, head).read()
        self.personal.end(self.files, is_all_read=self.is_all_read)
        opened, closed, erased = self.personal.counted()
        self.covered = dataclasses.replace(
            self.covered, opened=opened, closed=closed, erased=erased
        )
        self._unnamed()
        self.acts.judge()
        self._checkpoint(head, policy_text)

    def _find(self) -> None:
        for member in self.archive.members():
            if member.name in (b"bundle.json", b"checkpoint", b"entries", b"proofs"):
                name = member.name.decode()
                if name in self.found:
                    self.findings.tell("bundle.member/twice", member.where)
                self.found.setdefault(name, member)
            elif _blob_name(member.name) is None:
                self.findings.tell("bundle.member/foreign", member.where)

    def _gaps(self) -> None:
        for first, count in self.archive.gaps:
            self.findings.tell("bundle.member/gap", Where(), first=first, count=count)
        self.findings.more += self.archive.gaps_more

    def _head(self) -> Head:
        if "bundle.json" not in self.found:
            raise Unreadable("unreadable/bundle", "absent")
        try:
            raw = self.archive.whole(self.found["bundle.json"], SMALL_MAX)
        except Damaged as damage:
            raise Unreadable("unreadable/bundle", damage.why) from None
        value, why = read_json(raw)
        if type(value) is not dict:
            raise Unreadable("unreadable/bundle", why or "object")
        version = value.get("version")
        is_known = type(version) is int and version == 1
        if value.get("format") != "plangate-bundle" or not is_known:
            raise Unreadable("unreadable/format")
        where = Where(member="bundle.json")
        if why:
            self.findings.tell("bundle.form/json", where, why=why)
        return self._said(value, where)

    def _said(self, value: dict[str, Any], where: Where) -> Head:
        good = {
            "scope": is_scope(value.get("scope")),
            "size": is_whole(value.get("size")),
            "root": is_digest(value.get("root")),
            "made": is_moment(value.get("made")),
        }
        for key in (key for key, is_good in good.items() if not is_good):
            self.findings.tell("bundle.form/key", where, key=key)
        scope = value["scope"] if good["scope"] else None
        return Head(
            scope=tuple(scope) if type(scope) is list else scope,
            size=value["size"] if good["size"] else None,
            root=value["root"] if good["root"] else None,
        )

    def _blobs(self) -> None:
        for member in self.archive.members():
            named = _blob_name(member.name)
            if named is None:
                continue
            kind, digest = named
            if kind == "private":
                self._private(member, digest)
                continue
            kept, limit = (
                (self.plans, PLAN_MAX) if kind == "plan" else (self.files, FILE_MAX)
            )
            if digest in kept:
                self.findings.tell("bundle.member/twice", member.where)
                continue
            kept[digest] = _content(self._digested(member, kind, digest, limit))
            if kind == "plan" and len(self.plan_members) < PLANS_READ_MAX:
                self.plan_members[digest] = member

    def _private(self, member: Member, digest: bytes) -> None:
        if digest.hex() in self.personal.opened:
            self.findings.tell("bundle.member/twice", member.where)
            return
        self.personal.opened[digest.hex()] = False
        try:
            why = private_fault(self.archive.whole(member, PRIVATE_MAX), digest)
        except Damaged as damage:
            self.findings.tell("bundle.member/unread", member.where, why=damage.why)
            return
        if why is not None:
            self.findings.tell("private.commitment", member.where, why=why)

    def _digested(self, member: Member, kind: str, digest: bytes, limit: int) -> int:
        """The size of a plan or file whose bytes are compared; −1 if unread."""
        hashing, size = hashlib.sha256(), 0
        try:
            for piece in self.archive.chunks(member):
                hashing.update(piece)
                size += len(piece)
                if size > limit:
                    raise Damaged("large")
        except Damaged as damage:
            self.findings.tell("bundle.member/unread", member.where, why=damage.why)
            return -1
        if hashing.digest() != digest:
            self.findings.tell(f"{kind}.digest", member.where)
            return -1
        return size

    def _expected_members(self, head: Head) -> None:
        wanted = {"entries"}
        if isinstance(head.scope, tuple):
            wanted.add("proofs")
        elif "proofs" in self.found and head.scope == "log":
            self.findings.tell("bundle.member/foreign", self.found["proofs"].where)
        for name in sorted(wanted - self.found.keys()):
            self.findings.tell("bundle.member/missing", Where(member=name))

    def name_plan(self, digest: object, where: Where) -> None:
        if type(digest) is str and is_digest(digest):
            self._name("plan", digest, self.plans, where)

    def table(self, plan: object) -> Table | None:
        """The gates of a plan that is here and whole; None if there are none."""
        if not is_digest(plan):
            return None
        digest = bytes.fromhex(str(plan))
        if digest not in self.tables:
            self.tables[digest] = self._table(digest)
        return self.tables[digest]

    def _table(self, digest: bytes) -> Table | None:
        size, _ = self.plans.get(digest, (-1, False))
        if size < 0:
            return None  # missing, or of other bytes: that is told
        member = self.plan_members.get(digest)
        cost = TABLE_COST * size
        if member is None or size > PLAN_READ_MAX or cost > self.table_memory:
            self.findings.leave_open("gates.large", plan=digest.hex())
            return None
        self.table_memory -= cost
        value, _ = read_json(self.archive.whole(member, PLAN_READ_MAX))
        if type(value) is not dict or "gates" not in value:
            self.findings.leave_open("gates.none", plan=digest.hex())
            return None
        try:
            return Table(value["gates"])
        except ValueError:
            self.findings.tell("plan.gates", member.where)
            return None

    def name_file(self, digest: str, size: object, where: Where) -> None:
        found = self._name("file", digest, self.files, where)
        if found is not None and found >= 0 and found != size:
            facts = {"digest": digest, "due": size, "found": found}
            self.findings.tell("file.digest/size", where, **facts)

    def _name(
        self, kind: str, digest: str, kept: dict[bytes, Content], where: Where
    ) -> int | None:
        raw = bytes.fromhex(digest)
        if raw in kept:
            size, first = kept[raw]
            name = str(where.instance)
            if first is None:
                kept[raw] = _content(size, name)
            elif kind == "file" and first != name:
                self.personal.share(digest, name)
            return size
        if kind == "file":
            self.personal.miss(digest, where)
        elif (kind, digest) not in self.missing:
            if len(self.missing) < DEFECTS_KEPT:
                self.missing.add((kind, digest))
            self.findings.tell(f"{kind}.missing", where, digest=digest)
        return None

    def _unnamed(self) -> None:
        for folder, kept in (("plans", self.plans), ("files", self.files)):
            for digest, (_, by) in kept.items():
                if by is None and self.is_all_read:
                    where = Where(member=f"{folder}/{digest.hex()}")
                    self.findings.tell("bundle.member/unnamed", where)

    def _checkpoint(self, head: Head, policy_text: str | None) -> None:
        note = self._note(head) if "checkpoint" in self.found else None
        if "checkpoint" not in self.found:
            self.findings.leave_open("checkpoint.none")
        policy = self._policy(policy_text)
        logs = policy.logs if policy else ()
        known = self.acts.known(logs)
        self.acts.tell(logs, known)
        self._receipt(head, known.sizes)
        if note is not None:
            self._origin(note)
        if note is not None and policy is not None:
            self._trust(note, policy, known)
        if self.kept is not None:
            self._kept(self.kept, head, note.origin if note else self.acts.origin())
            if policy is not None:
                self._kept_trust(self.kept.note, policy, known)

    def _policy(self, policy_text: str | None) -> Policy | None:
        if policy_text is None:
            self.findings.leave_open("policy.none")
            return None
        try:
            return Policy(policy_text)
        except PolicyUnusable as fault:
            facts = {"line": fault.line, "why": fault.why}
            self.findings.leave_open("policy.form", **facts)
            return None

    def _kept(self, kept: Kept, head: Head, origin: str | None) -> None:
        is_log = head.scope == "log"
        size = self.covered.entries if is_log and self.is_all_read else head.size
        if size is None:
            return  # bundle.form says it
        if not is_log and kept.note.size == size and head.root is not None:
            kept.root = bytes.fromhex(head.root)
        key, facts = kept.against(origin, size)
        if key == "log.unproven":
            self.findings.leave_open(key, **facts)
        elif key == "log.grown":
            self.findings.say(key, **facts)
        else:
            self.findings.tell(key, Where(member="entries"), **facts)

    def _kept_trust(self, note: Note, policy: Policy, known: Known) -> None:
        trust = Trust(note, policy, known)
        for name in trust.wrong:
            self.findings.tell("log.untrue", Where(), name=name)
        if not trust.signers:
            self.findings.leave_open("log.nobody", why="unsigned")
        elif not policy.is_content(set(trust.witnesses)):
            self.findings.leave_open("log.nobody", why="witnesses")

    def take_receipt(self, raw: bytes) -> None:
        try:
            self.receipt = Receipt(raw)
        except Damaged:
            self.findings.leave_open("receipt.form")

    def _receipt(self, head: Head, known: dict[Key, int]) -> None:
        if self.receipt is None:
            return
        said = self.receipt.said
        try:
            signer = self.receipt.signer(known)
        except Damaged:
            self.findings.leave_open("receipt.form")
            return
        facts = {"instance": said["instance"], "seq": said["seq"], "signer": signer}
        where = Where(instance=shown(said["instance"]), seq=said["seq"])
        if self.receipt.found is None:
            self._not_found(head, where, facts)
            return
        position, leaf = self.receipt.found
        if leaf.hex() != said["leaf"]:
            self.findings.tell("receipt.broken/altered", where, **facts)
        elif said.get("position", position) != position:
            facts.update(found=position, due=said["position"])
            self.findings.tell("receipt.broken/moved", where, **facts)
        elif self.receipt.is_forked:
            facts["size"] = said["size"]
            self.findings.tell("receipt.broken/forked", where, **facts)
        else:
            self.findings.say("receipt.kept", **facts)

    def _not_found(self, head: Head, where: Where, facts: dict[str, object]) -> None:
        assert self.receipt is not None, "who asks has one"
        said, moment = self.receipt.said, self.covered.moment
        covers = head.scope == "log" or said["instance"] in (head.scope or ())
        is_due = moment is not None and moment[:-1] >= said["by"][:-1]
        if covers and self.is_all_read and is_due:
            facts.update(found=moment, due=said["by"])
            self.findings.tell("receipt.broken/dropped", where, **facts)
        else:
            self.findings.leave_open("receipt.open")

    def _origin(self, note: Note) -> None:
        """An epoch begins by an entry that says so, and with nothing else."""
        due = self.acts.origin() or _epoch(note.origin)[0]
        if due != note.origin and self.is_all_read:
            facts = {"found": note.origin, "due": due}
            where = Where(member="checkpoint")
            self.findings.tell("checkpoint.origin", where, **facts)

    def _note(self, head: Head) -> Note | None:
        member = self.found["checkpoint"]
        try:
            note = read_note(self.archive.whole(member, NOTE_MAX))
        except Damaged as damage:
            is_zip = damage.why in WHYS_OF_ZIP
            sentence = "bundle.member/unread" if is_zip else "checkpoint.form/note"
            self.findings.tell(sentence, member.where, why=damage.why)
            return None
        self.covered = dataclasses.replace(self.covered, origin=shown(note.origin))
        if head.size is not None and note.size != head.size:
            facts = {"found": note.size, "due": head.size}
            self.findings.tell("checkpoint.form/size", member.where, **facts)
        if head.root is not None and note.root.hex() != head.root:
            self.findings.tell("checkpoint.form/root", member.where)
        return note

    def _trust(self, note: Note, policy: Policy, known: Known) -> None:
        trust, where = Trust(note, policy, known), Where(member="checkpoint")
        for name in trust.wrong:
            self.findings.tell("checkpoint.signature", where, name=name)
        for key in trust.late:
            facts = {"name": named(key), "due": known.sure[key]}
            self.findings.tell("checkpoint.key", where, **facts)
        self.covered = dataclasses.replace(
            self.covered,
            signers=tuple(map(shown, trust.signers)),
            witnesses=tuple(
                (shown(name), moment_of(time))
                for name, time in trust.witnesses.values()
            ),
        )
        if not trust.signers:
            self.findings.leave_open("signature.none")
            for act in known.doubted:
                self.findings.leave_open("key.doubted", **act.revoked())
        if not policy.is_content(set(trust.witnesses)):
            self.findings.leave_open("witness.quorum", found=len(trust.witnesses))


@lru_cache(maxsize=10_000)
def _content(size: int, by: str | None = None) -> Content:
    """One and the same for all that are alike: there can be a million of them."""
    return size, by


def _blob_name(name: bytes) -> tuple[str, bytes] | None:
    folder, _, digest = name.decode("ascii", "replace").partition("/")
    kinds = {"plans": "plan", "files": "file", "private": "private"}
    if folder not in kinds or not is_digest(digest):
        return None
    return kinds[folder], bytes.fromhex(digest)


class Entries:
    """The lines of `entries`, and beside them those of `proofs`."""

    def __init__(self, bundle: Bundle, head: Head) -> None:
        self.bundle, self.head, self.findings = bundle, head, bundle.findings
        self.scope = frozenset(head.scope) if isinstance(head.scope, tuple) else None
        self.instances = Instances(bundle.findings, bundle.memory)
        self.tree, self.heads = Tree(), Heads()
        self.proofs = Proofs(bundle, head) if self.scope is not None else None
        self.count = self.broken = self.seals = self.judged = self.recorded = 0
        self.is_in_form = True  # the line at hand
        self.last_position = -1
        self.moment: str | None = None
        self.seal: dict[str, Any] | None = None  # the last entry, if it is a seal
        self.has_seal = False  # be it in form or not
        self.is_at_end = False
        self.stray: Where | None = None  # an entry of ~log that was not the last

    def read(self) -> None:
        member = self.bundle.found["entries"]
        pieces = measured(self.bundle.archive.chunks(member), member.packed)
        number = 0
        is_whole_read = False
        try:
            for number, line in enumerate(lines(pieces), 1):
                self._line(number, line)
            is_whole_read = True
        except Damaged as damage:
            self._stopped(damage.why, number + 1, member)
        except OutOfMemory:
            position = self.last_position
            self.findings.leave_open("memory.limit", position=position)
        if self.instances.work.refused:
            self.findings.leave_open("gates.costly", count=self.instances.work.refused)
        self._cover()
        self.bundle.is_all_read = is_whole_read
        if is_whole_read or self.is_at_end:
            self._end()
        if self.proofs is not None and is_whole_read:
            self.proofs.of_heads(self.instances, self.seal)

    def _stopped(self, why: str, line: int, member: Member) -> None:
        # A missing line feed or a wrong checksum shows when every line was seen.
        self.is_at_end = why in ("unended", "crc")
        if why in ("long", "broken", "many"):
            # The line that is one too many was fetched, and is not read either.
            first = line - 1 if why == "many" else line
            self.findings.tell("bundle.form/rest", member.where, line=first, why=why)
        elif why == "unended":
            self.findings.tell("bundle.form/unended", member.where, line=line - 1)
        else:
            self.findings.tell("bundle.member/unread", member.where, why=why)

    def _line(self, number: int, line: bytes) -> None:
        self.is_in_form = True
        text, blank, raw = line.partition(b" ")
        if not blank or not DECIMAL.fullmatch(text) or int(text) >= SIZE_MAX:
            self._broken("bundle.form/line", number)
            position = self.last_position + 1
        else:
            position = int(text)
        self._place(position)
        if self.count >= ENTRIES_MAX:
            raise Damaged("many")
        self._row(number, position, raw)
        self.broken += not self.is_in_form
        if self.broken > BROKEN_LINES_MAX:
            raise Damaged("broken")

    def _row(self, number: int, position: int, raw: bytes) -> None:
        self.count += 1
        leaf = self._leaf(raw)
        self.seal, self.has_seal = None, False
        entry, why = read_json(raw)
        if type(entry) is not dict:
            self._no_entry(number, position, why)
        else:
            where = _where(position, entry)
            is_good = self._form(entry, where, why)
            self._entry(entry, leaf, position, where, is_good=is_good)
            self._named(entry, raw, where, is_good=is_good)
        if self.proofs is not None:
            self.proofs.of_entry(position, leaf, entry)

    def _leaf(self, raw: bytes) -> bytes:
        leaf = hashlib.sha256(b"\x00" + raw).digest()
        self.tree.append(leaf)
        self.instances.work.left += STEPS_BYTE * len(raw)
        if self.scope is None:
            if self.bundle.kept is not None:
                self.bundle.kept.look(self.tree)
            if self.bundle.receipt is not None:
                self.bundle.receipt.grow(self.tree)
        return leaf

    def _named(
        self, entry: dict[str, Any], raw: bytes, where: Where, *, is_good: bool
    ) -> None:
        """Tokens and files of an entry, and what it says of erasures."""
        self.bundle.personal.hold(entry, raw)
        if is_good:
            self.bundle.personal.take(entry, where)
        if b'"sha256":' in raw:
            for digest, size in files_in(entry.get("data")):
                self.bundle.name_file(digest, size, where)
            self.bundle.personal.hold_again(entry.get("data"), where)

    def _broken(self, key: str, number: int, why: str = "values") -> None:
        self.is_in_form = False
        self.findings.tell(key, Where(member="entries"), line=number, why=why)

    def _place(self, position: int) -> None:
        due = self.last_position + 1
        if self.scope is None and position != due:
            words = {"zh_due": "为", "en_due": ""}
        elif self.scope is not None and position < due:
            words = {"zh_due": "不小于", "en_due": "no less than"}
        else:
            self.last_position = position
            return
        self.last_position = position
        where = Where(position=position)
        self.findings.tell("log.position", where, due=due, found=position, **words)

    def _no_entry(self, number: int, position: int, why: str | None) -> None:
        if why in BEYOND_LIMITS:
            self._broken("bundle.form/limit", number, why)
            return
        where = Where(position=position)
        self.is_in_form = False
        self.findings.tell("entry.form/json", where, why=why or "object")

    def _entry(
        self,
        entry: dict[str, Any],
        leaf: bytes,
        position: int,
        where: Where,
        *,
        is_good: bool,
    ) -> None:
        if self.bundle.receipt is not None:
            self.bundle.receipt.look(entry, position, leaf)
        if is_good:
            self.moment = entry["at"]
        name = entry.get("instance")
        if type(name) is not str or not name:
            return
        if name == LOG:
            self._of_log(entry, position, where, is_good=is_good)
        if self.scope is not None and name not in self.scope:
            self._outside(name, entry.get("type"), where)
            return
        if name != LOG:
            self.bundle.name_plan(entry.get("plan"), where)
        if not is_good:
            self.instances.hang(entry, leaf, where)
            return
        table = self._table(entry)
        self.recorded += self.instances.take(entry, leaf, where, table)
        self.instances.clock(name, entry["at"], where)

    def _table(self, entry: dict[str, Any]) -> Table | None:
        """The gates by which an entry is judged, if there is anything to judge."""
        if not _has_gate(entry):
            return None
        self.judged += 1
        return self.bundle.table(entry.get("plan"))

    def _form(self, entry: dict[str, Any], where: Where, why: str | None) -> bool:
        if why is not None:
            self.findings.tell("entry.form/json", where, why=why)
        faults = list(faults_of(entry))
        for sentence, key in faults:
            self.findings.tell(sentence, where, key=key)
        is_good = why is None and not faults
        self.is_in_form = self.is_in_form and is_good
        return is_good

    def _outside(self, name: str, kind: object, where: Where) -> None:
        """Beside its instances a bundle has what is about keys, and the last seal."""
        if name != LOG:
            self.findings.tell("bundle.form/foreign", where)
            return
        if kind in ABOUT_KEYS:
            return
        if self.stray is not None:
            self.findings.tell("bundle.form/foreign", self.stray)
        self.stray = where

    def _of_log(
        self, entry: dict[str, Any], position: int, where: Where, *, is_good: bool
    ) -> None:
        kind = entry.get("type")
        if kind == "sealed":
            self.has_seal = True
        if not is_good:
            if type(kind) is str and kind in ABOUT_KEYS:
                self.bundle.acts.pass_over(position)
            return
        if kind == "sealed":
            self._sealed(entry, position, where)
        elif kind in ABOUT_KEYS:
            self.bundle.acts.take(entry, position, where)
        elif kind == "exported" and entry["data"]["size"] > position:
            found = entry["data"]["size"]
            self.findings.tell("log.claim", where, due=position, found=found)

    def _sealed(self, entry: dict[str, Any], position: int, where: Where) -> None:
        data = entry["data"]
        self.seals += 1
        self.bundle.acts.link(data.get("keys"), where)
        if data["size"] == position:
            self.seal = data
        else:
            self.has_seal = False
            self.findings.tell("seal.missing/place", where, found=data["size"])
        if self.scope is None:
            for name in self.instances.changed:
                instance = self.instances.known[name]
                if name != LOG and instance.leaf is not None:
                    self.heads.put(name, instance.seq, instance.leaf)
            self.instances.changed.clear()
            root = self.heads.root().hex()
            if data["root"] != root:
                facts = {"found": root, "due": data["root"]}
                self.findings.tell("seal.root", where, **facts)

    def _cover(self) -> None:
        self.bundle.covered = dataclasses.replace(
            self.bundle.covered,
            moment=self.moment,
            instances=len(self.instances.known.keys() - {LOG}),
            entries=self.count,
            plans=len(self.bundle.plans),
            files=len(self.bundle.files),
            seals=self.seals,
            judged=self.judged,
            recorded=self.recorded,
        )

    def _end(self) -> None:
        size, root = self.head.size, self.head.root
        where = Where(member="entries")
        if self.scope is None:
            if size is not None and self.count != size:
                self.findings.tell("log.size", where, due=size, found=self.count)
            found = self.tree.root().hex()
            if root is not None and found != root:
                self.findings.tell("log.root", where, found=found, due=root)
        if not size:
            return  # unknown, or a log that has no entry, and so no seal
        if not self.has_seal or self.last_position != size - 1:
            where = Where(position=size - 1, instance=LOG)
            self.findings.tell("seal.missing/last", where, due=size - 1)


class Proofs:
    """The lines of `proofs`: first one for each entry, then one for each instance,
    then those of growth.
    """

    def __init__(self, bundle: Bundle, head: Head) -> None:
        self.findings, self.head = bundle.findings, head
        self.number = 0
        self.member = bundle.found.get("proofs")
        self._lines: Iterator[bytes] = iter(())
        if self.member is not None:
            chunks = bundle.archive.chunks(self.member)
            self._lines = lines(measured(chunks, self.member.packed))
        self._waiting: dict[str, Any] | None = None
        self._broken = 0
        self._kept = bundle.kept

    def _peek(self) -> dict[str, Any] | None:
        """The next line that can be read; it stays until it is taken."""
        while self._waiting is None:
            try:
                line = next(self._lines)
            except StopIteration:
                return None
            except Damaged as damage:
                self._stopped(damage.why)
                return None
            self.number += 1
            value, why = read_json(line)
            if type(value) is not dict or why is not None:
                self._fault(why or "object")
            elif not _is_proof(value):
                self._fault("keys")
            if type(value) is dict and _is_proof(value):
                self._waiting = value
        return self._waiting

    def _stopped(self, why: str) -> None:
        self._lines = iter(())
        where = Where(member="proofs")
        if why in ("long", "broken"):
            facts = {"line": self.number + 1, "why": why}
            self.findings.tell("bundle.form/rest", where, **facts)
        elif why == "unended":
            self.findings.tell("bundle.form/unended", where, line=self.number)
        else:
            self.findings.tell("bundle.member/unread", where, why=why)

    def _fault(self, why: str) -> None:
        where = Where(member="proofs")
        self.findings.tell("bundle.form/proof", where, line=self.number, why=why)
        self._broken += 1
        if self._broken == BROKEN_LINES_MAX + 1:
            self._stopped("broken")

    def of_entry(self, position: int, leaf: bytes, entry: object) -> None:
        if self.member is None:
            return  # bundle.member says it
        proof = self._peek()
        while proof is not None and proof.get("position", position) < position:
            self._fault("extra")
            self._waiting = None
            proof = self._peek()
        why = "none"
        if proof is not None and proof.get("position") == position:
            self._waiting = None
            why = self._judged(position, leaf, proof)
        if why and self.head.size is not None and self.head.root is not None:
            self.findings.tell("log.proof", _where(position, entry), why=why)

    def _judged(self, position: int, leaf: bytes, proof: dict[str, Any]) -> str:
        size, root = self.head.size or 0, self.head.root
        if position >= size:
            return "beyond"
        path = [bytes.fromhex(step) for step in proof["path"]]
        found = root_of_inclusion(leaf, position, size, path)
        return "" if found is not None and found.hex() == root else "root"

    def of_heads(self, instances: Instances, seal: dict[str, Any] | None) -> None:
        if self.member is None:
            return  # bundle.member says it
        scope = self.head.scope if isinstance(self.head.scope, tuple) else ()
        for name in scope:
            proof = self._peek()
            while proof is not None and not self._is_of(proof, name):
                self._fault("extra")
                self._waiting = None
                proof = self._peek()
            why = "none"
            if proof is not None and proof["instance"] == name:
                self._waiting = None
                why = _head_judged(name, instances.known.get(name), proof, seal)
            if why:
                instance = instances.known.get(name)
                where = Where(
                    instance=shown(name), seq=instance.seq if instance else None
                )
                self.findings.tell("seal.proof", where, why=why)
        self._of_growth()

    def _of_growth(self) -> None:
        """Only who has kept a checkpoint of that size can judge one."""
        last, size = 0, self.head.size or 0
        for proof in iter(self._peek, None):
            self._waiting = None
            older = proof.get("older", 0)
            if not last < older < size:
                self._fault("extra")
                continue
            last = older
            if self._kept is not None and self._kept.note.size == older:
                self._kept.prove(self.head, [bytes.fromhex(h) for h in proof["path"]])

    def _is_of(self, proof: dict[str, Any], name: str) -> bool:
        """Whether a proof is of this instance, or of one that is still to come."""
        scope = self.head.scope if isinstance(self.head.scope, tuple) else ()
        return "instance" in proof and (
            proof["instance"] == name
            or (proof["instance"] > name and proof["instance"] in scope)
        )


def _head_judged(
    name: str,
    instance: Instance | None,
    proof: dict[str, Any],
    seal: dict[str, Any] | None,
) -> str:
    if instance is None or instance.leaf is None:
        return "no_head"
    if seal is None:
        return ""  # seal.missing says it
    key = sha256(name.encode("utf-8", "surrogatepass"))
    head = head_hash(key, instance.seq, instance.leaf)
    siblings = [bytes.fromhex(step) for step in proof["siblings"]]
    found = root_of_head(key, head, siblings)
    return "" if found is not None and found.hex() == seal.get("root") else "root"


def _is_proof(value: dict[str, Any]) -> bool:
    if value.keys() == {"path", "position"}:
        hashes, is_right = value["path"], is_whole(value["position"])
    elif value.keys() == {"older", "path"}:
        hashes, is_right = value["path"], is_whole(value["older"], 1)
    elif value.keys() == {"instance", "siblings"}:
        hashes, is_right = value["siblings"], is_name(value["instance"])
    else:
        return False
    return is_right and type(hashes) is list and all(map(is_digest, hashes))


def _where(position: int, entry: object) -> Where:
    if type(entry) is not dict:
        return Where(position=position)
    instance, seq = entry.get("instance"), entry.get("seq")
    return Where(
        position=position,
        instance=shown(instance) if type(instance) is str else None,
        seq=seq if type(seq) is int else None,
    )


def verify(
    file: BinaryIO,
    policy_text: str | None = None,
    *,
    memory: int = MEMORY,
    receipt: bytes | None = None,
    kept: bytes | None = None,
) -> Report:
    """All that is to be told of the bundle in a file that can be sought in.

    `kept` is a checkpoint from before, which the log must begin with.
    """
    bundle: Bundle | None = None
    try:
        bundle = Bundle(Archive(file), memory)
        bundle.kept = None if kept is None else _kept_note(kept)
        if receipt is not None:
            bundle.take_receipt(receipt)
        bundle.verify(policy_text)
    except Unreadable as fault:
        facts = {"why": fault.why} if "{why}" in SAYS[fault.key][0] else {}
        unreadable = Undecided("unreadable", *sentences(fault.key, dict(facts)))
        findings = bundle.findings if bundle else Findings()
        return _report(findings, Covered(), unreadable)
    return _report(bundle.findings, bundle.covered, None)


def _kept_note(raw: bytes) -> Kept:
    try:
        if len(raw) > NOTE_MAX:
            raise Damaged("large")
        return Kept(raw)
    except Damaged as damage:
        raise Unreadable("unreadable/checkpoint", damage.why) from None


def _report(
    findings: Findings, covered: Covered, unreadable: Undecided | None
) -> Report:
    return Report(
        defects=tuple(findings.defects),
        more=findings.more,
        undecided=tuple(findings.undecided),
        covered=covered,
        told=tuple(findings.told),
        unreadable=unreadable,
    )


# --- What is printed --------------------------------------------------------------

PROPERTIES = {
    "真实性": (
        "Authenticity",
        (
            *("entry.", "gate.", "log.root", "log.proof", "log.claim"),
            *("log.forked", "log.untrue"),
            *("checkpoint.", "key.", "epoch.", "private."),
        ),
    ),
    "完整性": (
        "Integrity",
        (
            *("log.position", "log.size", "log.keys", "seal.", "entry.seq"),
            *("log.shorter",),
            *("receipt.", "erased."),
            *("plan.missing", "file.missing", "bundle.member"),
        ),
    ),
    "可用性": ("Usability", ("bundle.form", "entry.form", "plan.", "file.")),
    "安全性": ("Safety", ("bundle.",)),
}
TABLE = {
    "真实性": (
        "重算了 {entries} 条条目的叶哈希、实例链与树根，{judged} 次动作和拒绝的关口"
        "（其中 {recorded} 个条款按所记为准）；签名者：{signers}；见证人：{witnesses}",
        "leaf hashes, chains and root of {entries} entries were computed anew, and the "
        "gates of {judged} moves and refusals ({recorded} clauses stand as recorded); "
        "signed by {signers}; witnessed by {witnesses}",
    ),
    "完整性": (
        "核对了 {instances} 个实例的连续编号、{seals} 次封存的实例头、"
        "{plans} 份方案和 {files} 个文件是否齐全；个人信息 {opened} 项已打开并相符，"
        "{closed} 项未附；连同文件，已依法删除 {erased} 项",
        "numbers of {instances} instances, heads at {seals} seals, and whether all of "
        "{plans} plans and {files} files are here; {opened} personal values were "
        "opened and fit, {closed} are closed; {erased}, files among them, lawfully "
        "erased",
    ),
    "可用性": (
        "格式与版本可识别；条目为 UTF-8、NFC、唯一写法的 JSON；"
        "方案和文件的字节与摘要一致",
        "format and version are known; entries are UTF-8, NFC and JSON in its one "
        "form; bytes of plans and files are those of their digests",
    ),
    "安全性": (
        "无多余、重复、加密、重叠或越限的成员；未向任何路径解包。"
        "未作病毒检测：请对 files/ 另行查毒",
        "no member that is foreign, double, encrypted, overlapping or beyond limits; "
        "nothing was unpacked. Not scanned for viruses: scan files/ by other means",
    ),
}
NOT_LOOKED_AT = (
    "本核对不能说明：所记录的是否属实；时钟是否准确（recorded 只是自称）；"
    "条款所问而记录中无从查对的值；关口表是否出自方案原文"
    "（后两项由 plangate verify 核查）。",
    "Not said by this check: whether what was recorded is true; whether clocks were "
    "right (`recorded` is a claim); what clauses asked that cannot be looked up in the "
    "record; whether the table of gates follows from the plan's own text (`plangate "
    "verify` looks at both).",
)


def printed(report: Report, lang: str = "zh") -> str:
    """The report as text, in Chinese or in English."""
    zh = lang == "zh"
    if report.unreadable:
        return (report.unreadable.zh if zh else report.unreadable.en) + "\n"
    parts = [
        *_printed_defects(report, zh=zh),
        "",
        *_printed_told(report, zh=zh),
        _printed_cover(report.covered, zh=zh),
        "",
        *_printed_open(report, zh=zh),
        NOT_LOOKED_AT[not zh],
        "",
        *_printed_table(report, zh=zh),
    ]
    return "\n".join(parts) + "\n"


def _printed_defects(report: Report, *, zh: bool) -> Iterator[str]:
    total = len(report.defects) + report.more
    yield f"缺陷：{total} 项" if zh else f"Defects: {total}"
    for defect in report.defects:
        place = _printed_place(defect.where, zh=zh)
        says = defect.zh if zh else defect.en
        yield f"  {defect.code}  {place}  {says}"
    if report.more:
        more = report.more
        yield f"  …… 另有 {more} 项未逐一列出" if zh else f"  … and {more} more"


def _printed_told(report: Report, *, zh: bool) -> Iterator[str]:
    if report.told:
        yield "请注意：" if zh else "To be known:"
        yield from (f"  {one.code}  {one.zh if zh else one.en}" for one in report.told)
        yield ""


def _printed_place(where: Where, *, zh: bool) -> str:
    names = ("位置", "实例", "序号", "成员")
    if not zh:
        names = ("position", "instance", "seq", "member")
    values = (where.position, where.instance, where.seq, where.member)
    said = [f"{names[i]} {values[i]}" for i in range(4) if values[i] is not None]
    return f"[{('，' if zh else ', ').join(said)}]" if said else ""


def _names(covered: Covered, *, zh: bool) -> tuple[str, str]:
    nobody = "无人（未能确认）" if zh else "nobody (that could be confirmed)"
    witnesses = (f"{name} ({time})" for name, time in covered.witnesses)
    return ", ".join(covered.signers) or nobody, ", ".join(witnesses) or nobody


def _printed_cover(covered: Covered, *, zh: bool) -> str:
    signers, witnesses = _names(covered, zh=zh)
    scope = covered.scope
    if scope is None:
        which = "整个日志" if zh else "the whole log"
    else:
        listed = ", ".join(map(shown, scope[:20])) + (" …" if len(scope) > 20 else "")
        which = f"实例 {listed}" if zh else f"the instances {listed}"
    size, moment = covered.size, covered.moment
    if zh:
        return (
            f"核对范围：{which}，{covered.instances} 个实例、{covered.entries} 条条目；"
            f"截至日志第 {size} 条、时刻 {moment or '（无）'}；"
            f"签名者：{signers}；见证人：{witnesses}。"
        )
    return (
        f"Covered: {which}, {covered.instances} instances, {covered.entries} entries; "
        f"up to entry {size} of the log and moment {moment or '(none)'}; "
        f"signed by {signers}; witnessed by {witnesses}."
    )


def _printed_open(report: Report, *, zh: bool) -> Iterator[str]:
    if report.undecided:
        yield "无法判定：" if zh else "Not decidable:"
    for item in report.undecided:
        yield f"  {item.code}  {item.zh if zh else item.en}"


def _printed_table(report: Report, *, zh: bool) -> Iterator[str]:
    yield "四性检测" if zh else "The four properties (四性检测)"
    signers, witnesses = _names(report.covered, zh=zh)
    facts = {**dataclasses.asdict(report.covered)}
    facts.update(signers=signers, witnesses=witnesses)
    for name, (english, codes) in PROPERTIES.items():
        found = sum(defect.code.startswith(codes) for defect in report.defects)
        verdict = _verdict(found, name, report, zh=zh)
        evidence = TABLE[name][not zh].format(**facts)
        yield f"  {name if zh else english} | {verdict} | {evidence}"


def _verdict(found: int, name: str, report: Report, *, zh: bool) -> str:
    if found:
        return f"不合格，{found} 项缺陷" if zh else f"failed, {found} defects"
    open_codes = {item.code for item in report.undecided}
    if open_codes & {"memory.limit", "scope.unknown"} or report.more:
        return "未能判定" if zh else "not decidable"
    if name == "真实性" and open_codes:
        return "未能判定由谁担保" if zh else "not decidable who vouches"
    return "未见缺陷" if zh else "no defect found"


def as_json(report: Report) -> str:
    """The report for programs."""
    plain = dataclasses.asdict(report)
    plain["defects"] = [
        {**vars(defect), "where": defect.where._asdict()} for defect in report.defects
    ]
    return json.dumps(
        {"exit": report.exit, **plain},
        ensure_ascii=False,
        sort_keys=True,
        indent=1,
    )


class _Arguments(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        # argparse would leave with 2, which here means: something not decidable.
        self.print_usage(sys.stderr)
        print(message, file=sys.stderr)
        sys.exit(3)


def _arguments(arguments: list[str] | None) -> argparse.Namespace:
    parser = _Arguments(
        description="核对历史包。Verify a history bundle (docs/history-format.md)."
    )
    parser.add_argument("bundle", help="历史包 / the bundle")
    parser.add_argument("--policy", help="信任策略文件 / the policy, got another way")
    parser.add_argument(
        "--checkpoint", help="留存的检查点 / a checkpoint kept from before"
    )
    parser.add_argument("--receipt", help="回执文件 / a receipt to look for")
    parser.add_argument("--lang", choices=("zh", "en"), default="zh")
    parser.add_argument("--json", action="store_true", help="供程序读取 / for programs")
    parser.add_argument(
        "--memory", type=int, default=MEMORY >> 20, help="MiB（记忆 / to remember in）"
    )
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> int:
    """Verify, print, and give the exit code."""
    asked = _arguments(arguments)
    gc.disable()  # nothing here makes rings; looking for some costs a fifth
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        policy = _policy_text(asked.policy) if asked.policy else None
        receipt = _bytes_of(asked.receipt, NOTE_MAX + 1) if asked.receipt else None
        kept = _bytes_of(asked.checkpoint, NOTE_MAX + 1) if asked.checkpoint else None
        with _opened(asked.bundle) as file:
            report = verify(
                file, policy, memory=asked.memory << 20, receipt=receipt, kept=kept
            )
    except OSError as error:
        text = f"无法读取：{error}" if asked.lang == "zh" else f"unreadable: {error}"
        print(text, file=sys.stderr)
        return 3
    except NotAFile as error:
        text = f"无法读取：{error} 不是普通文件；请给一份文件。"
        if asked.lang == "en":
            text = f"unreadable: {error} is no plain file; give a file."
        print(text, file=sys.stderr)
        return 3
    print(as_json(report) if asked.json else printed(report, asked.lang), end="")
    return report.exit


class NotAFile(Exception):
    """A pipe, a device, a folder, a socket: who opened it might wait for ever."""


def _opened(path: str) -> BinaryIO:
    if not stat.S_ISREG(Path(path).stat().st_mode):
        raise NotAFile(shown(path))
    return open(path, "rb")


def _bytes_of(path: str, limit: int) -> bytes:
    with _opened(path) as file:
        return file.read(limit)


def _policy_text(path: str) -> str:
    return _bytes_of(path, POLICY_MAX + 1).decode("utf-8", "surrogateescape")


if __name__ == "__main__":
    sys.exit(main())
