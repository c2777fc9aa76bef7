"""The text of a gate clause, read into a tree. A closed grammar, our own parser.

    or      = and {"or" and}
    and     = not {"and" not}
    not     = "not" not | compare
    compare = sum [("==" | "!=" | "<" | "<=" | ">" | ">=" | "in" | "not in") sum]
    sum     = product {("+" | "-") product}
    product = unary {("*" | "/") unary}
    unary   = "-" unary | primary
    primary = number [unit] | date | text | "$" name | "[" [or {"," or}] "]"
            | "(" or ")" | name {"." name} ["(" arguments ")"]
    arguments = [or {"," or}] [("where" | ":") or]

There is nothing else: no calls but of listed names (:mod:`engine.plan.gates`
checks them), no attributes of Python, no powers. Length, depth and number of
parts are bounded before anything is built, so no text can be costly.
May import: the standard library only.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any, Final, TypeAlias

CHARACTERS_MAX: Final = 2_000
DEPTH_MAX: Final = 32
PARTS_MAX: Final = 400

UNITS: Final = {
    "workday": "workdays",
    "workdays": "workdays",
    "工作日": "workdays",
    "个工作日": "workdays",
    "day": "days",
    "days": "days",
    "天": "days",
    "日": "days",
    "week": "weeks",
    "weeks": "weeks",
    "周": "weeks",
    "hour": "hours",
    "hours": "hours",
    "小时": "hours",
    "minute": "minutes",
    "minutes": "minutes",
    "分钟": "minutes",
    "second": "seconds",
    "seconds": "seconds",
    "秒": "seconds",
}
WORDS: Final = frozenset({"and", "or", "not", "in", "where"})
_FULL_WIDTH: Final = {
    "（": "(",
    "）": ")",
    "，": ",",
    "：": ":",
    "＞": ">",
    "＜": "<",
    "＝": "==",
    "≥": ">=",
    "≤": "<=",
    "≠": "!=",
    "“": "'",
    "”": "'",
    "‘": "'",
    "’": "'",
    "。": ".",
    "＋": "+",
    "－": "-",
    "＊": "*",
    "／": "/",
    "！": "!=",
    "、": ",",
}


class BadExpression(ValueError):
    """The text is no expression. ``column`` counts characters from 1."""

    def __init__(self, code: str, column: int, **values: Any) -> None:
        super().__init__(code, column, values)
        self.code, self.column, self.values = code, column, values


@dataclass(frozen=True, slots=True)
class Number:
    value: Fraction
    column: int


@dataclass(frozen=True, slots=True)
class Amount:
    """A number with a unit of time: ``5 workdays``."""

    value: Fraction
    unit: str
    column: int


@dataclass(frozen=True, slots=True)
class Date:
    text: str
    column: int


@dataclass(frozen=True, slots=True)
class Text:
    value: str
    column: int


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str
    column: int


@dataclass(frozen=True, slots=True)
class Name:
    parts: tuple[str, ...]
    column: int


@dataclass(frozen=True, slots=True)
class Many:
    items: tuple[Tree, ...]
    column: int


@dataclass(frozen=True, slots=True)
class Call:
    """``name(arguments)``; ``where`` is the condition on each member, if any."""

    name: str
    arguments: tuple[Tree, ...]
    where: Tree | None
    column: int


@dataclass(frozen=True, slots=True)
class Operation:
    """Two sides of ``== != < <= > >= in not-in + - * /``, or one side of ``-``."""

    sign: str
    sides: tuple[Tree, ...]
    column: int


@dataclass(frozen=True, slots=True)
class Logic:
    """``and``, ``or`` over two or more, ``not`` over one."""

    word: str
    clauses: tuple[Tree, ...]
    column: int


Tree: TypeAlias = (
    Number | Amount | Date | Text | Parameter | Name | Many | Call | Operation | Logic
)


@dataclass(frozen=True, slots=True)
class _Token:
    sort: str
    text: str
    column: int


_TOKEN: Final = re.compile(
    r"(?P<space>\s+)"
    r"|(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2}(?!\d))"
    r"|(?P<number>[0-9]+(?:\.[0-9]+)?%?)"
    r"|(?P<text>'[^']*'|\"[^\"]*\")"
    r"|(?P<parameter>\$[^\W\d]\w*)"
    r"|(?P<name>[^\W\d]\w*(?:-\w+)*)"
    r"|(?P<sign>==|!=|<=|>=|[=<>+\-*/(),.:\[\]])"
)


_Wanted: TypeAlias = str | dict[str, str]
_MORE: Final = {"zh": "and、or 或结束", "en": "and, or, or the end"}
_VALUE: Final = {"zh": "条件、数或名字", "en": "a fact, a number or a name"}
_NAME: Final = {"zh": "名字", "en": "a name"}


@lru_cache(maxsize=2_000)
def parse(text: str) -> Tree:
    """The tree of a clause; raises BadExpression at the first thing not understood."""
    if len(text) > CHARACTERS_MAX:
        raise BadExpression(
            "plan.expression_long", 1, length=len(text), most=CHARACTERS_MAX
        )
    return _Parser(_tokens(unicodedata.normalize("NFC", text))).whole()


def names(tree: Tree) -> tuple[Name, ...]:
    """Every name in the tree, in reading order (functions excepted)."""
    if isinstance(tree, Name):
        return (tree,)
    return tuple(name for part in parts(tree) for name in names(part))


def parts(tree: Tree) -> tuple[Tree, ...]:
    """The trees directly inside a tree."""
    match tree:
        case Many(items):
            return items
        case Call(_, arguments, where):
            return arguments if where is None else (*arguments, where)
        case Operation(_, sides):
            return sides
        case Logic(_, clauses):
            return clauses
        case _:
            return ()


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise _strange(text[at], at + 1)
        sort = str(found.lastgroup)
        if sort != "space":
            tokens.append(_Token(sort, found[0], at + 1))
        at = found.end()
    if len(tokens) > PARTS_MAX:
        raise BadExpression(
            "plan.expression_parts", 1, count=len(tokens), most=PARTS_MAX
        )
    tokens.append(_Token("end", "", len(text) + 1))
    return tokens


def _strange(character: str, column: int) -> BadExpression:
    if character in "'\"":
        return BadExpression("plan.expression_quote", column, found=character)
    plain = unicodedata.normalize("NFKC", character)
    write = _FULL_WIDTH.get(character, plain)
    if write != character and write.isascii():
        return BadExpression(
            "plan.expression_full_width", column, found=character, write=write
        )
    shown = character if character.isprintable() else f"U+{ord(character):04X}"
    return BadExpression("plan.expression_character", column, found=shown)


class _Parser:
    """Recursive descent over tokens; ``deep`` bounds the recursion."""

    def __init__(self, tokens: list[_Token]) -> None:
        self.tokens = tokens
        self.at = 0
        self.depth = 0

    @property
    def token(self) -> _Token:
        return self.tokens[self.at]

    def take(self) -> _Token:
        token = self.tokens[self.at]
        self.at += 1
        return token

    def sees(self, *texts: str) -> bool:
        return self.token.sort in {"sign", "name"} and self.token.text in texts

    def expect(self, text: str) -> None:
        if not self.sees(text):
            raise self.unexpected(text)
        self.take()

    def unexpected(self, wanted: _Wanted) -> BadExpression:
        token = self.token
        if token.sort == "end":
            return BadExpression("plan.expression_ends", token.column, wanted=wanted)
        return BadExpression(
            "plan.expression_unexpected", token.column, found=token.text, wanted=wanted
        )

    def whole(self) -> Tree:
        tree = self.either()
        if self.token.sort != "end":
            raise self.unexpected(_MORE)
        return tree

    def either(self) -> Tree:
        self.depth += 1
        if self.depth > DEPTH_MAX:
            raise BadExpression(
                "plan.expression_deep", self.token.column, most=DEPTH_MAX
            )
        tree = self.joined("or", self.both)
        self.depth -= 1
        return tree

    def both(self) -> Tree:
        return self.joined("and", self.negation)

    def joined(self, word: str, inner: _Rule) -> Tree:
        column = self.token.column
        clauses = [inner()]
        while self.sees(word):
            self.take()
            clauses.append(inner())
        return clauses[0] if len(clauses) == 1 else Logic(word, tuple(clauses), column)

    def negation(self) -> Tree:
        column, count = self.token.column, 0
        while self.sees("not"):
            self.take()
            count += 1
        tree = self.comparison()
        if count == 0:
            return tree
        # two denials cancel out; more are still one sentence, not a deep tree
        inner = Logic("not", (tree,), column)
        return inner if count % 2 else Logic("not", (inner,), column)

    def comparison(self) -> Tree:
        left = self.sum()
        column = self.token.column
        if self.sees("==", "=", "!=", "<", "<=", ">", ">=", "in"):
            sign = self.take().text
            return Operation("==" if sign == "=" else sign, (left, self.sum()), column)
        if self.sees("not") and self.tokens[self.at + 1].text == "in":
            self.take()
            self.take()
            return Operation("not in", (left, self.sum()), column)
        return left

    def sum(self) -> Tree:
        return self.chained(("+", "-"), self.product)

    def product(self) -> Tree:
        return self.chained(("*", "/"), self.unary)

    def chained(self, signs: tuple[str, ...], inner: _Rule) -> Tree:
        tree, count = inner(), 0
        while self.sees(*signs):
            token, count = self.take(), count + 1
            if count > DEPTH_MAX:  # each stands inside the next
                most = DEPTH_MAX
                raise BadExpression("plan.expression_deep", token.column, most=most)
            tree = Operation(token.text, (tree, inner()), token.column)
        return tree

    def unary(self) -> Tree:
        column, count = self.token.column, 0
        while self.sees("-"):
            self.take()
            count += 1
        tree = self.primary()
        return Operation("-", (tree,), column) if count % 2 else tree

    def primary(self) -> Tree:
        token = self.token
        match token.sort:
            case "number":
                return self.number()
            case "date":
                return Date(self.take().text, token.column)
            case "text":
                return Text(self.take().text[1:-1], token.column)
            case "parameter":
                return Parameter(self.take().text[1:], token.column)
            case "name" if token.text not in WORDS:
                return self.name()
        if self.sees("("):
            self.take()
            tree = self.either()
            self.expect(")")
            return tree
        if self.sees("["):
            self.take()
            return Many(self.listed("]"), token.column)
        raise self.unexpected(_VALUE)

    def number(self) -> Tree:
        token = self.take()
        percent = token.text.endswith("%")
        value = Fraction(token.text.rstrip("%")) / (100 if percent else 1)
        if self.token.sort == "name" and self.token.text in UNITS:
            return Amount(value, UNITS[self.take().text], token.column)
        return Number(value, token.column)

    def name(self) -> Tree:
        first = self.take()
        found = [first.text]
        while self.sees("."):
            self.take()
            if self.token.sort != "name":
                raise self.unexpected(_NAME)
            found.append(self.take().text)
        if not self.sees("("):
            return Name(tuple(found), first.column)
        if len(found) > 1:
            raise BadExpression(
                "plan.expression_call", first.column, found=".".join(found)
            )
        self.take()
        return self.call(first)

    def call(self, function: _Token) -> Tree:
        arguments: list[Tree] = []
        where: Tree | None = None
        while not self.sees(")"):
            arguments.append(self.either())
            if self.sees("where", ":"):
                self.take()
                where = self.either()
                break
            if not self.sees(","):
                break
            self.take()
        self.expect(")")
        return Call(function.text, tuple(arguments), where, function.column)

    def listed(self, closing: str) -> tuple[Tree, ...]:
        items: list[Tree] = []
        while not self.sees(closing):
            items.append(self.either())
            if not self.sees(","):
                break
            self.take()
        self.expect(closing)
        return tuple(items)


_Rule: TypeAlias = Callable[[], Tree]
