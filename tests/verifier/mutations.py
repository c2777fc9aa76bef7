"""Honest bundles with plans of random gates, and seeded ways to spoil them.

`office(seed)` is a history that holds: its gates are worked out by the second verifier.
`spoilt(case, draw)` changes one thing at one level and makes anew, or not, what hangs
on it: chains, seals, tree, checkpoint, by the honest key or by a foreign one.
"""

import base64
import copy
import io
import json
import random
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.verifier import second
from tests.verifier.bundles import (
    ORIGIN,
    Entry,
    Heads,
    Members,
    Signer,
    by_key,
    canonical,
    checkpoint,
    head,
    leaf_hash,
    sha256,
    siblings,
    tree_path,
    tree_root,
    trie_root,
    zipped,
)

Draw = random.Random
Form = list[Any]

LOGIC = ("and", "or", "not")
OTHER_WORDS = ("covers", "size", "quota", "in", "not in")
STATES = ("waiting", "open", "done", "skipped")
NODES = ("甲", "乙", "甲.子", "件", "件[]", "问题#")
TRUE_OR_FALSE = (
    "done",
    "settled",
    "started",
    "in",
    "been",
    "event",
    *second.PAPERS[:3],
)
MADE = ("件[a]", "件[b]", "问题#1", "问题#2")
KEYS = ("log", "second", "third", "fourth", "thief")
PEOPLE = ("甲某", "乙某", "丙某")
MEANINGS: tuple[tuple[str, ...], ...] = (
    ("input", "to"),
    ("input", "n"),
    ("field", "what"),
    ("field", "limit"),
    ("event", "通知"),
    ("items", "问题"),
    *(
        (word, node)
        for word in ("done", "settled", "started", "round")
        for node in ("", "^", "乙", "甲.子", "件[a]")
    ),
    *(("in", state, node) for state in STATES for node in ("", "^", "乙", "问题#1")),
    *(("been", state, node) for state in STATES[:3] for node in ("", "乙", "件[a]")),
    *(("acts", move, node) for move in ("go", "stay") for node in ("", "乙")),
    *(
        (word, what)
        for word in ("exists", "approved", "unchanged_since_approval", "version")
        for what in ("方案", "报告")
    ),
)


def key_pair(seed: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(sha256(seed.encode()))


def signer(seed: str, *, name: str = ORIGIN, kind: int = 1) -> Signer:
    return Signer(name, kind, key_pair(seed))


# --- Plans of random gates


def some_value(draw: Draw, depth: int = 2) -> Any:
    sorts = 10 if depth else 9
    return [
        lambda: None,
        lambda: draw.random() < 0.5,
        lambda: draw.randint(-1, 4),
        lambda: draw.choice(("a", "b", "*", "甲某")),
        lambda: {"n": draw.choice(("1/2", "2", "-3/4", "9007199254740993"))},
        lambda: {"t": f"2009-04-1{draw.randint(1, 3)}T01:00:00Z"},
        lambda: {"d": f"2009-04-1{draw.randint(1, 3)}"},
        lambda: {"p": draw.choice(("3 days", "1 month"))},
        lambda: {"x": draw.randint(0, 3)},
        lambda: [some_value(draw, depth - 1) for _ in range(draw.randint(0, 3))],
    ][draw.randrange(sorts)]()


@dataclass
class Forms:
    """Random forms whose questions are numbered as they come."""

    draw: Draw
    count: int = 0
    member: bool = False

    def asked(self) -> Form:
        draw, number = self.draw, self.count
        self.count += 1
        if draw.random() < 0.3:
            return ["?", number]
        meaning = list(draw.choice(MEANINGS))
        if self.member and len(meaning) > 1 and meaning[-1] in NODES + MADE:
            meaning[-1] = "@"
        if meaning[0] in second.PAPERS and draw.random() < 0.3:
            self.count += 1
            return ["?", number, [meaning[0], ["?", number + 1]]]
        return ["?", number, meaning]

    def form(self, depth: int = 2) -> Form:
        draw = self.draw
        if depth == 0 or draw.random() < 0.15:
            return self.leaf()
        word = draw.choice(
            (*LOGIC, *second.COMPARED, *second.MEMBERS_OF, *"+-*/", *OTHER_WORDS)
        )
        if word in ("all_of", "any_of", "count"):
            of = [["items", "问题"]] if draw.random() < 0.3 else []
            asked, inner = ["?", self.count, *of], Forms(draw, member=True)
            self.count += 1
            return [word, asked, inner.form(depth - 1)]
        if word == "quota":
            self.count += 1
            return [word, ["?", self.count - 1]]
        many = 1 if word in ("not", "size") else 2
        return [word, *(self.form(depth - 1) for _ in range(many))]

    def leaf(self) -> Form:
        sort = self.draw.randrange(8)
        if sort == 0:
            return ["v", some_value(self.draw)]
        return [["now"], ["actor"]][sort - 1] if sort in (1, 2) else self.asked()


def is_a_question(word: str, *of: Any) -> bool:
    """Whether a meaning is true or false, and hangs on nothing else that is asked."""
    return word in TRUE_OR_FALSE and all(isinstance(one, str) for one in of)


def random_plan(draw: Draw) -> Entry:
    clauses: list[Any] = [["entry", ["entry"]], ["exit", ["exit"]], ["who", None]]
    for n in range(draw.randint(6, 14)):
        form = Forms(draw).form()
        # a whole form is a verdict: what it asks must be true or false
        whole = form[0] == "?" and form[2:] and not is_a_question(*form[2])
        clauses.append([f"f{n}", ["==", form, ["v", 1]] if whole else form])
    plain = range(2, len(clauses))
    for n in range(4):
        sort = draw.choice(("any", "all", "not", "at_least"))
        group = [f"g{n}", sort, draw.sample(plain, draw.randint(0, 3))]
        clauses.append(group + ([Forms(draw).form(1)] if sort == "at_least" else []))
    every = range(len(clauses))
    moves = {
        name: {
            "from": draw.sample(STATES, draw.randint(3, 4)),
            "to": to,
            "by": draw.choice(("by", "when", "at")),
            "gate": draw.sample(every, draw.randint(0, 2)),
        }
        for name, to in (("go", "open"), ("end", "done"), ("stay", None))
    }
    kind = {"initial": "waiting", "done": ["done"], "settled": ["done", "skipped"]}
    nodes = {
        path: {
            "kind": "k",
            "parent": {"甲.子": "甲", "件[]": "件"}.get(path),
            "entry": draw.sample(plain, draw.randint(0, 2)),
            "exit": draw.sample(plain, draw.randint(0, 1)),
        }
        for path in NODES
    }
    kinds = {"k": {**kind, "moves": moves}}
    return {"gates": {"clauses": clauses, "kinds": kinds, "nodes": nodes}}


# --- Histories that hold


@dataclass
class Case:
    """A history with all that its bundle shows, before it is written."""

    entries: list[Entry]
    stored: Members
    seed: str
    scope: str | list[str] = "log"
    origin: str = ORIGIN
    signed_by: str = "log"
    policy_keys: tuple[str, ...] = ("log",)

    @property
    def policy(self) -> str:
        keys = [signer(self.seed + name) for name in self.policy_keys]
        witness = signer(self.seed + "witness", name="audit.example/w1", kind=4)
        logs = "".join(f"log {key.vkey}\n" for key in keys)
        return f"{logs}witness w {witness.vkey}\nquorum w\n"


@dataclass
class Office:
    """Writes an honest history, one random act after the other."""

    draw: Draw
    plan: Entry
    case: Case
    stories: dict[str, second.Story] = field(default_factory=dict)
    minutes: int = 0
    keys: int | None = None

    def add(self, instance: str, kind: str, data: Entry, **keys: Any) -> Entry:
        mine = [e for e in self.case.entries if e["instance"] == instance]
        at = f"2009-04-{11 + self.minutes // 1440:02}T{self.minutes // 60 % 24:02}"
        at += f":{self.minutes % 60:02}:00Z"
        entry = {"v": 1, "instance": instance, "seq": len(mine) + 1, "prev": ""}
        entry |= {"at": at, "recorded": at, "type": kind, "data": data, **keys}
        if instance != "~log":
            entry["plan"] = sha256(canonical(self.plan)).hex()
        self.case.entries.append(entry)
        if instance in self.stories:
            self.stories[instance].read(entry)
        return entry

    def start(self, instance: str) -> None:
        self.stories[instance] = second.Story()
        digest = sha256(canonical(self.plan)).hex()
        data = {"plan": digest, "id": "a", "title": "a", "by": "p", "ledger": []}
        self.add(instance, "started", data)

    def seal(self) -> None:
        data: Entry = {"size": len(self.case.entries), "root": ""}
        self.add("~log", "sealed", data)

    def act(self) -> None:
        draw = self.draw
        self.minutes += draw.choice((0, 1, 700))
        instance = draw.choice(sorted(self.stories))
        many = (
            [self.move] * 8
            + [self.report, self.signal, self.register, self.deed, self.erase]
            + [lambda _: self.seal()]
        )
        draw.choice(many)(instance)

    def move(self, instance: str) -> None:
        draw, story = self.draw, self.stories[instance]
        made = [node for node in MADE if node in story.said]
        node = draw.choice(("甲", "乙", "甲.子", *made))
        name = draw.choice(("go", "end", "stay"))
        move = self.plan["gates"]["kinds"]["k"]["moves"][name]
        last = story.last(node)
        state, round_ = (last.state, last.round) if last else ("waiting", 1)
        if state not in move["from"]:
            return
        seq = 1 + sum(e["instance"] == instance for e in self.case.entries)
        data: Entry = {"move": name, "from": state, "to": move["to"] or state}
        data |= {"round": round_ + (draw.random() < 0.2), "cause": "person"}
        data |= {"inputs": {"to": draw.choice(PEOPLE), "n": draw.randint(0, 3)}}
        data |= {"why": {"facts": self.facts(story), "gate": []}}
        keys: Entry = {"node": node, "led_by": draw.randint(1, seq - 1)}
        if draw.random() < 0.8:
            keys["actor"] = draw.choice(PEOPLE)
        else:
            data["cause"] = draw.choice(("condition", "clock", "outcome"))
        self.judged(instance, {"seq": seq, "data": data, **keys}, keys)

    def judged(self, instance: str, entry: Entry, keys: Entry) -> None:
        """Moved if the gate holds, or by a permit; else refused."""
        draw, story, data = self.draw, self.stories[instance], entry["data"]
        table = second.Table(self.plan["gates"])
        move = table.kinds["k"]["moves"][data["move"]]
        at = f"2009-04-{11 + self.minutes // 1440:02}T{self.minutes // 60 % 24:02}"
        entry |= {"type": "moved", "at": f"{at}:{self.minutes % 60:02}:00Z"}
        scene = second.Scene(entry, story, table)
        node = table.node(entry["node"]) or {}
        lines = [Line(draw, scene, node).of(number) for number in move["gate"]]
        holds = all(line[1] is True for line in lines)
        what = [entry["node"], data["round"], data["move"]]
        permits = [s for s, _, _ in story.permits if story.has_permit(s, what)]
        data["why"]["gate"] = lines
        if not holds and permits:
            data["why"]["permit"] = draw.choice(permits)
            data["did"] = [["used", *what]]
        if holds or permits:
            self.did(data, entry["seq"])
            self.add(instance, "moved", data, **keys)
        else:
            # what was asked of its inputs was asked; but a refusal keeps none
            why = data["why"]
            refused = {"move": data["move"], "reasons": [], "why": why}
            self.add(instance, "refused", refused, **keys)

    def did(self, data: Entry, seq: int) -> None:
        draw = self.draw
        deeds: list[Form] = [
            ["begin", "乙", 1, "waiting"],
            ["begin", "甲.子", 2, "open"],
            ["add", "件[a]", "件[]", "件", "a", "waiting", {"limit": 2}],
            ["add", "件[b]", "件[]", "件", "b", "open", {}],
            ["item", "问题#1", "问题", 1, "waiting", {"what": "方案"}],
            ["set", "甲", "what", "报告"],
            ["set", "乙", "limit", draw.choice((1, None, "2"))],
            ["signal", "通知"],
            ["version", "方案", {"label": f"v{seq}", "digest": "ab" * 32}],
            ["version", "方案", {"label": f"v{seq}", "digest": "cd" * 32}],
            ["approve", "方案", "ab" * 32],
            ["permit", draw.choice(("甲", "乙")), draw.randint(1, 2), "go"],
            ["permit", draw.choice(("甲", "乙")), draw.randint(1, 2), "end"],
            ["later", [1]],
        ]
        if draw.random() < 0.7:
            data["did"] = data.get("did", []) + draw.sample(deeds, draw.randint(1, 3))

    def facts(self, story: second.Story) -> list[Any]:
        known = [f"n/{node}" for node in story.said]
        known += [f"f/{key}" for key in story.fields]
        known += ["e/通知", "d/方案", "d/报告", "n/甲", "f/甲/what", "f/乙/limit"]
        chosen = sorted(set(self.draw.sample(known, self.draw.randint(0, len(known)))))
        found = [[key, *(story.fact(key) or (None, 0))] for key in chosen]
        if self.draw.random() < 0.5:
            found.append(["r/问题", self.draw.choice((1, 2)), 1])
        if self.draw.random() < 0.2:
            found.append(["m/甲", 3, 1])
        if self.draw.random() < 0.1:
            found.append(["…", 7, 0])
        return copy.deepcopy(found)

    def report(self, instance: str) -> None:
        content = f"paper {self.draw.randint(0, 9)}".encode()
        digest = sha256(content).hex()
        self.case.stored[f"files/{digest}"] = content
        file = {"name": "a.txt", "size": len(content), "sha256": digest}
        self.add(instance, "reported", {"outputs": [file], **self.private()})

    def private(self) -> Entry:
        draw = self.draw
        if draw.random() < 0.3:
            return {}
        opened = {"field": "phone", "salt": draw.randbytes(32).hex(), "value": "139"}
        commitment = second.commitment_of(canonical({**opened}))
        # the name is the commitment of what it holds
        found = commitment or ""
        if draw.random() < 0.7:
            self.case.stored[f"private/{found}"] = canonical(opened)
        return {"phone": {"private": found}}

    def signal(self, instance: str) -> None:
        occurred = self.draw.choice((None, "2009-04-10T01:00:00Z"))
        self.add(instance, "signalled", {"name": "通知", "occurred": occurred})

    def register(self, instance: str) -> None:
        node = self.draw.choice(("问题#1", "问题#2"))
        data = {"state": "open", "fields": {"what": "报告"}, "register": "问题"}
        self.add(instance, "added", data, node=node)

    def deed(self, _: str) -> None:
        size = len(self.case.entries)
        scope = sorted(self.stories)
        data = {"form": "csv", "scope": scope, "size": size, "digest": "0" * 64}
        choice = self.draw.randrange(3)
        if choice == 0:
            self.add("~log", "exported", {**data, "bytes": 5})
        elif choice == 1:
            self.add("~log", "retried", {"keys": ["a/1"]}, actor="甲某")
        else:
            self.add("~log", "migrated", {"from": "0004", "to": "0006"})

    def erase(self, instance: str) -> None:
        reports = [
            entry
            for entry in self.case.entries
            if (entry["instance"], entry["type"]) == (instance, "reported")
        ]
        if not reports:
            return
        entry = self.draw.choice(reports)
        data = entry["data"]
        files = [data["outputs"][0]["sha256"]] if self.draw.random() < 0.6 else []
        mine = [data["phone"]["private"]] if "phone" in data else []
        said = {"commitments": mine, "files": files, "basis": "b"}
        asked = {"step": "asked", "entry": entry["seq"], **said}
        a, b, c = self.draw.sample(PEOPLE, 3)
        request = self.add(instance, "erasure", asked, actor=a)["seq"]
        approval = {"step": "approved", "asked": request}
        by = [
            [who, self.add(instance, "erasure", dict(approval), actor=who)["seq"]]
            for who in (b, c)
        ]
        shared = [f for f in files if self.draw.random() < 0.5]
        gone = [f for f in files if f not in shared]
        done = {"asked": request, "requested_by": a, "approved_by": by, **said}
        self.add(instance, "erased", {**done, "files": gone, "shared": shared})
        left = [f for f in files if not self.is_held(f)]
        # what was shared and nobody holds any more may be here or not
        left = [f for f in left if f in gone or self.draw.random() < 0.5]
        for name in [f"files/{f}" for f in left] + [f"private/{m}" for m in mine]:
            self.case.stored.pop(name, None)

    def is_held(self, digest: str) -> bool:
        """Whether an instance has reported a file, and not had it erased since."""
        held = {}
        for entry in self.case.entries:
            name, data = entry["instance"], entry["data"]
            if entry["type"] == "reported" and data["outputs"][0]["sha256"] == digest:
                held[name] = True
            if entry["type"] == "erased" and digest in data["files"] + data["shared"]:
                held[name] = False
        return any(held.values())

    def rekey(self, old: str, new: str) -> None:
        data = {"origin": self.case.origin, "size": len(self.case.entries)}
        keys = [signer(self.case.seed + name) for name in (old, new)]
        data |= {"old": keys[0].vkey, "new": keys[1].vkey}
        self.about_keys("rekeyed", {**data, **handover(data, *keys)})
        self.case.signed_by = new

    def revoke(self, key: str, new: str) -> None:
        size = len(self.case.entries)
        keys = [signer(self.case.seed + name) for name in (key, new)]
        data = {"origin": self.case.origin, "size": size, "after": size - 1}
        data |= {"key": keys[0].vkey, "new": keys[1].vkey, "reason": "lost"}
        data |= {"approvers": ["甲某", "乙某"]}
        data |= {} if self.keys is None else {"before": self.keys}
        text = b"plangate revoked 1\n" + canonical(data) + b"\n"
        signed = base64.b64encode(keys[1].private.sign(text)).decode()
        self.about_keys("revoked", {**data, "signed": signed})
        if key == self.case.signed_by:
            # that this one goes on comes to the reader by another way
            self.case.policy_keys += (new,)
            self.case.signed_by = new

    def restore(self) -> None:
        size = len(self.case.entries)
        signed = signer(self.case.seed + self.case.signed_by)
        before = checkpoint(size + 5, bytes(32), signed, origin=self.case.origin)
        self.case.origin = f"{ORIGIN}/e2"
        data = {"origin": self.case.origin, "size": size, "kept": size - 2}
        data |= {"checkpoint": before.decode(), "approvers": ["甲某", "乙某"]}
        self.about_keys("restored", {**data, "reason": "disk"})

    def about_keys(self, kind: str, data: Entry) -> None:
        before = {} if self.keys is None else {"before": self.keys}
        self.keys = len(self.case.entries)
        self.add("~log", kind, {**data, **before})


def handover(data: Entry, old: Signer, new: Signer) -> Entry:
    text = "plangate rekeyed 1\n{origin}\n{size}\n{old}\n{new}\n".format(**data)
    by = [base64.b64encode(k.private.sign(text.encode())).decode() for k in (old, new)]
    return {"signed_old": by[0], "signed_new": by[1]}


@dataclass
class Line:
    """A line of a gate as an honest office writes it."""

    draw: Draw
    scene: second.Scene
    node: Entry

    def of(self, number: int) -> list[Any]:
        clause = self.scene.table.clauses[number]
        judge = second.Judge(self.scene, self.node)
        parts = [self.of(one) for one in judge.parts_of(clause)]
        form = clause[-1] if len(clause) in (2, 4) else ["entry"]
        whole = len(clause) == 2 and form is not None and form[:2] == ["?", 0]
        if whole:
            verdict = second.as_verdict(self.value(form, self.scene))
            return [clause[0], None if verdict is second.OPEN else verdict]
        asked = self.asked(form, self.scene) if form else []
        said = self.draw.choice((True, False, None))
        verdict = judge.verdict(clause, said, parts, asked)
        verdict = said if verdict is second.OPEN else verdict
        return (
            [clause[0], verdict, parts, asked]
            if asked
            else [clause[0], verdict, *([parts] if parts else [])]
        )

    def asked(self, form: Form, scene: second.Scene) -> list[Any]:
        """Values for all that a form asks, as the record has them."""
        values: list[Any] = [None] * second.count_of(form)
        filled = scene.of(values, scene.member)
        for place, inner in questions(form):
            if inner == ["quota"]:
                values[place[1]] = self.quota()
            else:
                values[place[1]] = self.value(place, filled, inner)
        return values

    def value(self, asked: Form, scene: second.Scene, inner: Form | None = None) -> Any:
        found: Any = second.OPEN
        if len(asked) > 2:
            found = second.looked_up(asked[2], scene)
        if inner is not None:
            members = found if isinstance(found, list) else self.members()
            return members and [
                [one, self.asked(inner, scene.of([], second.read_value(one)))]
                for one in members
            ]
        if found is second.OPEN:
            return some_value(self.draw)
        return found

    def quota(self) -> Any:
        given = [[who, some_value(self.draw, 0)] for who in PEOPLE]
        return self.draw.choice((None, [2, None], [2, given], [{"n": "1/2"}, given]))

    def members(self) -> list[Any] | None:
        many = [*self.draw.sample((*MADE, *NODES[:3]), self.draw.randint(0, 3))]
        return many if self.draw.random() < 0.9 else None


def questions(form: Form) -> list[tuple[Form, Form | None]]:
    """The questions of a form, each after those that it hangs on."""
    if form[0] == "v":
        return []
    if form[0] == "?":
        hangs = [one for one in form[2] if isinstance(one, list)] if form[2:] else []
        return [(one, None) for one in hangs] + [(form, None)]
    if form[0] == "quota":
        return [(form[1], ["quota"])]
    if form[0] in second.MEMBERS_OF:
        *hangs, (asked, _) = questions(form[1])
        return [*hangs, (asked, form[2])]
    return [one for inner in form[1:] for one in questions(inner)]


def office(seed: int, *, length: int = 40) -> Case:
    """An honest history of two instances, half of them with entries about keys."""
    draw = random.Random(seed)
    plan = random_plan(draw)
    stored = {f"plans/{sha256(canonical(plan)).hex()}": canonical(plan)}
    case = Case([], stored, seed=str(seed))
    desk = Office(draw, plan, case)
    desk.start("甲-2009")
    desk.start("乙")
    keys = (3, 10, 20, 25, 30) if draw.random() < 0.5 else ()
    acts: list[Callable[[], None]] = [
        lambda: desk.rekey("log", "second"),
        desk.restore,
        lambda: desk.revoke("thief", "second"),
        lambda: desk.rekey("second", "third"),
        lambda: desk.revoke("third", "fourth"),
    ]
    due = dict(zip(keys, acts[: draw.randint(1, 5)], strict=False))
    for step in range(length):
        due.get(step, desk.act)()
    desk.seal()
    names = ["乙", "甲-2009"]
    scope = draw.choices(["log", names, names[:1], []], (8, 4, 4, 1))[0]
    case = renewed(replace(case, scope=scope), {"chain", "seal"})
    return without_strangers(case)


def of_bundle(data: bytes) -> Case:
    """The history of a bundle of a whole log, to be spoilt as those made here."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    lines = members["entries"].splitlines()
    entries = [json.loads(line.partition(b" ")[2]) for line in lines]
    stored = {name: content for name, content in members.items() if "/" in name}
    return Case(entries, stored, seed="bundle")


def without_strangers(case: Case) -> Case:
    """Without plans, files and personal values that no entry of the bundle names."""
    shown = b"".join(canonical(case.entries[n]) for n in positions(case))
    kept = {n: c for n, c in case.stored.items() if n[-64:].encode() in shown}
    return replace(case, stored=kept)


# --- From a history to a bundle


def renewed(case: Case, anew: set[str]) -> Case:
    """The same with chains and seals made anew, each if it is asked for."""
    entries = copy.deepcopy(case.entries)
    heads: dict[Any, tuple[int, bytes]] = {}
    for position, entry in enumerate(entries):
        name = repr(entry.get("instance"))
        seq, prev = heads.get(name, (0, bytes(32)))
        if "chain" in anew:
            entry |= {"seq": seq + 1, "prev": prev.hex()}
        if "seal" in anew and entry.get("type") == "sealed":
            mine = [e for e in entries[:position] if e.get("instance") != "~log"]
            reseal(entry, position, entries[:position], heads_of(mine))
        heads[name] = seq + 1, leaf_hash(canonical(entry))
    return replace(case, entries=entries)


def reseal(entry: Entry, position: int, before: list[Entry], heads: Heads) -> None:
    if not isinstance(entry.get("data"), dict):
        return
    entry["data"] |= {"size": position, "root": trie_root(by_key(heads)).hex()}
    about = [n for n, e in enumerate(before) if e.get("type") in second.ABOUT_KEYS]
    if about:
        entry["data"]["keys"] = about[-1]


def heads_of(entries: list[Entry]) -> Heads:
    return {
        entry["instance"]: (entry["seq"], leaf_hash(canonical(entry)))
        for entry in entries
        if second.is_name(entry.get("instance"))
        and second.is_ordinal(entry.get("seq"))
        and entry["seq"] < 2**63
    }


def positions(case: Case) -> list[int]:
    """Which entries a bundle of this scope shows."""
    last = len(case.entries) - 1
    return [
        n
        for n, entry in enumerate(case.entries)
        if case.scope == "log"
        or n == last
        or entry.get("instance") in case.scope
        or entry.get("type") in second.ABOUT_KEYS
    ]


def members_of(case: Case, *, signed_by: str | None = None) -> Members:
    """The bundle of a history, signed by the log's key or by another."""
    lines = [canonical(entry) for entry in case.entries]
    leaves = [leaf_hash(line) for line in lines]
    size, root = len(leaves), tree_root(leaves)
    keys = [
        signer(case.seed + (signed_by or case.signed_by)),
        signer(case.seed + "witness", name="audit.example/w1", kind=4),
    ]
    shown = positions(case)
    found = {
        "bundle.json": canonical(head(size, root, case.scope)),
        "checkpoint": checkpoint(size, root, *keys, origin=case.origin),
        "entries": b"".join(b"%d %s\n" % (n, lines[n]) for n in shown),
    }
    if case.scope != "log":
        found["proofs"] = proofs(case, shown, leaves)
    return {**found, **case.stored}


def proofs(case: Case, shown: list[int], leaves: list[bytes]) -> bytes:
    paths: list[Entry] = [
        {"position": n, "path": [step.hex() for step in tree_path(n, leaves)]}
        for n in shown
    ]
    heads = by_key(heads_of([e for e in case.entries if e.get("instance") != "~log"]))
    ways: list[Entry] = [
        {
            "instance": name,
            "siblings": [s.hex() for s in siblings(heads, sha256(name.encode()))],
        }
        for name in case.scope
    ]
    return b"".join(canonical(proof) + b"\n" for proof in paths + ways)


# --- One thing spoilt


@dataclass
class Spoilt:
    """Bytes to verify, the policy to do it by, and what was done to them."""

    data: bytes
    policy: str | None
    how: str


def spoilt(case: Case, draw: Draw) -> Spoilt:
    ways = [
        (6, of_an_entry),
        (5, of_a_gate),
        (2, of_the_order),
        (2, of_the_plan),
        (2, of_members),
        (2, of_a_line),
        (2, of_a_note),
        (1, of_archive),
        (1, of_the_policy),
    ]
    way = draw.choices([w for _, w in ways], [n for n, _ in ways])[0]
    found = way(case, draw)
    return replace(found, how=f"{way.__name__}: {found.how}")


def odd_value(draw: Draw, case: Case, old: Any) -> Any:
    """Something else in its place: near it, of another sort, or from elsewhere."""
    near: list[Any] = [None, True, False, 0, 1, -1, 2**53 - 1, "", "甲", "*", [], {}]
    near += [[old], {"private": "0" * 64}, {"x": 1}, "0" * 64, "2009-04-11T01:00:00Z"]
    if isinstance(old, int) and not isinstance(old, bool):
        near += [old + 1, old - 1, -old, str(old)] * 2
    if isinstance(old, str):
        near += [old + "x", old.upper(), old[:-1], [old, old]] * 2
    if isinstance(old, list) and old:
        near += [old[1:], old[::-1], old + old[:1], old[0], old[:-1]] * 3
    other = draw.choice(case.entries)
    _, _, found = draw.choice(places_in(other))
    return copy.deepcopy(draw.choice([*near, found, found]))


def places_in(value: Any) -> list[tuple[Any, Any, Any]]:
    """All places inside: the holder, the key or index, and what stands there."""
    if isinstance(value, dict):
        held = list(value.items())
    elif isinstance(value, list):
        held = list(enumerate(value))
    else:
        held = []
    found: list[tuple[Any, Any, Any]] = [(value, key, inner) for key, inner in held]
    for _, inner in held:
        found += places_in(inner)
    return found


def edited(draw: Draw, case: Case, inside: Any) -> str:
    """One place inside is taken out or gets another value."""
    holder, key, old = draw.choice(places_in(inside) or [({"": 0}, "", 0)])
    word = draw.random()
    if word < 0.2:
        del holder[key]
        return f"without {key!r}"
    if word < 0.25 and isinstance(holder, dict):
        holder[draw.choice(("node", "sealed", "permit", "actor", "z"))] = 1
        return f"more beside {key!r}"
    holder[key] = odd_value(draw, case, old)
    return f"{key!r}: {str(old)[:60]} -> {str(holder[key])[:60]}"


LEVELS = ("chain", "seal", "tree", "sign")


def made_anew(case: Case, changed: Case, draw: Draw, how: str) -> Spoilt:
    """The changed history as a bundle, with a random many of its hashes renewed."""
    level = draw.choice((0, 1, 2, 3, 4, 4, 4, 4))
    anew = set(LEVELS[:level])
    changed = renewed(changed, anew)
    by = draw.choice((None, None, None, "foreign"))
    members = members_of(changed, signed_by=by)
    if draw.random() < 0.8:
        stored = without_strangers(changed).stored
        members = {
            n: c for n, c in members.items() if n in stored or n not in changed.stored
        }
    old = members_of(case)
    if "tree" not in anew:
        kept = ("bundle.json", "checkpoint", "proofs")
        members |= {name: old[name] for name in kept if name in old}
    elif "sign" not in anew:
        members["checkpoint"] = old["checkpoint"]
    return Spoilt(zipped(members), case.policy, f"{how} [{level}, {by}]")


def of_an_entry(case: Case, draw: Draw) -> Spoilt:
    changed = copy.deepcopy(case)
    number = draw.choice(positions(case))
    entry = changed.entries[number]
    inside = draw.choice((entry, entry, entry["data"]))
    how = edited(draw, case, inside)
    return made_anew(case, changed, draw, f"{number} {entry.get('type')} {how}")


def of_a_gate(case: Case, draw: Draw) -> Spoilt:
    changed = copy.deepcopy(case)
    judged = [
        n for n in positions(case) if changed.entries[n]["type"] in ("moved", "refused")
    ]
    if not judged:
        return of_an_entry(case, draw)
    number = draw.choice(judged)
    data = changed.entries[number]["data"]
    parts = ("gate", "gate", "facts", "why", "did", "inputs")
    part = draw.choice(parts)
    inside = {"why": data["why"], **data["why"], **data}.get(part)
    how = edited(draw, case, inside or data)
    if draw.random() < 0.15:
        changed.entries[number]["type"] = "moved"
    return made_anew(case, changed, draw, f"{number} {part} {how}")


def of_the_order(case: Case, draw: Draw) -> Spoilt:
    changed = copy.deepcopy(case)
    entries = changed.entries
    a, b = draw.choice(positions(case)), draw.randrange(len(entries))
    how = draw.choice(("drop", "swap", "double", "move", "cut"))
    if how == "drop":
        del entries[a]
    elif how == "swap":
        entries[a], entries[b] = entries[b], entries[a]
    elif how == "double":
        entries.insert(b, copy.deepcopy(entries[a]))
    elif how == "move":
        entries.insert(b, entries.pop(a))
    else:
        del entries[a:]
    return made_anew(case, changed, draw, f"{how} {a} {b}")


def of_the_plan(case: Case, draw: Draw) -> Spoilt:
    changed = copy.deepcopy(case)
    plans = [name for name in case.stored if name.startswith("plans/")]
    if not plans:
        return of_an_entry(case, draw)
    plan = json.loads(changed.stored.pop(plans[0]))
    inside = draw.choice((plan, plan["gates"]["kinds"], plan["gates"]["clauses"]))
    how = edited(draw, case, inside)
    text = canonical(plan)
    if draw.random() < 0.1:
        text, how = draw.choice((b"", b"[]", b"{}", text[:-1], b"[" * 99)), "unreadable"
    digest = sha256(text).hex()
    if draw.random() < 0.15:
        changed.stored[plans[0]] = text
        return Spoilt(zipped(members_of(changed)), case.policy, f"{how}, same name")
    changed.stored[f"plans/{digest}"] = text
    for entry in changed.entries:
        for holder in (entry, entry["data"]):
            if holder.get("plan") == plans[0][6:]:
                holder["plan"] = digest
    return made_anew(case, changed, draw, how)


def of_members(case: Case, draw: Draw) -> Spoilt:
    members = dict(members_of(case))
    a, b = draw.choice(list(members)), draw.choice(list(members))
    how = draw.choice(("drop", "swap", "rename", "more", "edit", "bytes", "twice"))
    if how == "drop":
        del members[a]
    elif how == "swap":
        members[a], members[b] = members[b], members[a]
    elif how == "rename":
        members[draw.choice((a.upper(), a + "/", a[:-1], "x"))] = members.pop(a)
    elif how == "more":
        digest = sha256(b"more").hex()
        folder = draw.choice(("plans/", "files/", "private/", "", "entries/"))
        members[folder + draw.choice((digest, "more"))] = b"more"
    elif how == "edit":
        name = draw.choice(("bundle.json", "proofs"))
        members[name] = json_edited(members.get(name, b"{}"), case, draw)
    elif how == "bytes":
        members[a] = bytes_edited(members[a], draw)
    data = zipped(members)
    if how == "twice":
        data = doubled(members, a)
    return Spoilt(data, case.policy, f"{how} {a} {b}")


def doubled(members: Members, name: str) -> bytes:
    """The archive with one member written twice: under two names, one overwritten."""
    other = name[:-1] + ("~" if name[-1] != "~" else "^")
    data = zipped({**members, other: members[name]})
    return data.replace(other.encode(), name.encode())


def json_edited(content: bytes, case: Case, draw: Draw) -> bytes:
    lines = content.split(b"\n")
    number = draw.randrange(len(lines))
    try:
        value = json.loads(lines[number])
    except ValueError:
        return content + draw.choice((b"\n", b"{}", b"{}\n"))
    edited(draw, case, value)
    lines[number] = canonical(value)
    return b"\n".join(lines)


def bytes_edited(content: bytes, draw: Draw) -> bytes:
    at = draw.randrange(len(content) + 1)
    how = draw.randrange(5)
    if how == 0:
        return content[:at]
    if how == 1:
        return (
            content[:at] + draw.choice((b"\n", b" ", b"\0", b"0", b"x")) + content[at:]
        )
    if how == 2:
        return content[:at] + content[at + 1 :]
    if how == 3:
        return content[at:] + content[:at]
    changed = bytes([draw.randrange(256)])
    return content[:at] + changed + content[at + 1 :]


def of_a_line(case: Case, draw: Draw) -> Spoilt:
    """A line of a member is edited as bytes, dropped, doubled or swapped."""
    members = dict(members_of(case))
    name = draw.choice([n for n in ("entries", "proofs", "checkpoint") if n in members])
    lines = members[name].splitlines(keepends=True)
    a, b = draw.randrange(len(lines)), draw.randrange(len(lines))
    how = draw.choice(("drop", "swap", "double", "bytes", "number", "foreign"))
    if how == "drop":
        del lines[a]
    elif how == "swap":
        lines[a], lines[b] = lines[b], lines[a]
    elif how == "double":
        lines.insert(b, lines[a])
    elif how == "bytes":
        lines[a] = bytes_edited(lines[a], draw)
    elif how == "number":
        lines[a] = draw.choice((b"0", b"99", b"-", b"01", b"", b" ")) + lines[a]
    else:
        lines.insert(a, draw.choice((b"\n", b"7 {}\n", b"{}\n", b"x", b"0 []\n")))
    members[name] = b"".join(lines)
    return Spoilt(zipped(members), case.policy, f"{how} {name} {a} {b}")


def of_a_note(case: Case, draw: Draw) -> Spoilt:
    """Another checkpoint: of another origin, size or root, or signed by others."""
    members = dict(members_of(case))
    size, root = (
        len(case.entries),
        tree_root([leaf_hash(canonical(entry)) for entry in case.entries]),
    )
    witness = signer(case.seed + "witness", name="audit.example/w1", kind=4)
    names = draw.sample((*KEYS, "foreign"), 2)
    keys = [signer(case.seed + name) for name in names]
    origin = draw.choice(
        (case.origin, ORIGIN, f"{ORIGIN}/e2", f"{ORIGIN}/e3", "x", f"{ORIGIN}/e02")
    )
    size += draw.choice((0, 0, 0, 1, -1))
    signers = draw.choice(([*keys, witness], [keys[0], witness], keys, [witness]))
    note = checkpoint(size, root, *signers, origin=origin)
    if draw.random() < 0.3:
        note = bytes_edited(note, draw)
    members["checkpoint"] = note
    return Spoilt(zipped(members), case.policy, f"{origin} {size} {names}")


def of_archive(case: Case, draw: Draw) -> Spoilt:
    data = zipped(members_of(case), draw.choice((0, 8)))
    at = draw.choice((draw.randrange(len(data)), len(data) - draw.randrange(60) - 1))
    how = draw.choice(("flip", "cut", "insert", "before", "after"))
    if how == "flip":
        data = data[:at] + bytes([data[at] ^ 1 << draw.randrange(8)]) + data[at + 1 :]
    elif how == "cut":
        data = data[:at]
    elif how == "insert":
        data = data[:at] + b"\0" + data[at:]
    elif how == "before":
        data = b"x" + data
    else:
        data += b"x"
    return Spoilt(data, case.policy, f"{how} {at}")


def of_the_policy(case: Case, draw: Draw) -> Spoilt:
    keys = draw.sample(KEYS, draw.randint(0, 3))
    other = replace(case, policy_keys=tuple(keys))
    policy = draw.choice((other.policy, other.policy, None))
    return Spoilt(zipped(members_of(case)), policy, str(keys))
