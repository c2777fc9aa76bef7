"""``plangate actions``: what plans can ask of the world, and what each is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from engine.cli.command import Session, as_json, command
from engine.cli.layout import columns, wrapped
from engine.errors import UnknownAction
from engine.plan.faults import nearest
from engine.words import bilingual

if TYPE_CHECKING:
    from engine.action import Action


@command("actions")
@click.argument("name", required=False)
@as_json
def run(session: Session, name: str | None, *, is_json: bool) -> None:
    """Every action at hand, of this project and of other packages, or one of them."""
    from engine.bootstrap import installed_actions

    references = installed_actions()
    if name is not None and name not in references:
        near = nearest(name, references) or tuple(references)
        raise UnknownAction(action=name, near=near)
    wanted = references if name is None else {name: references[name]}
    found = {one: _loaded(reference) for one, reference in wanted.items()}
    if is_json:
        told = [_json(one, wanted[one], action) for one, action in found.items()]
        session.print_json({"actions": told})
        return
    for one, action in found.items():
        _summary(session, one, action, is_whole=name is not None)


def _loaded(reference: str) -> Action | Exception:
    """The action; of one that cannot be loaded, why."""
    from engine.runtime.trying import load

    try:
        return load(reference)
    except Exception as wrong:  # noqa: BLE001 -- of somebody's file, shown as such
        return wrong


def _summary(
    session: Session, name: str, action: Action | Exception, *, is_whole: bool
) -> None:
    if isinstance(action, Exception):
        why = f"{type(action).__name__}: {action}"
        session.print(session.say("cli.action_broken", name=name, why=why))
        return
    session.print(f"{name}  {bilingual(action.title, session.language)}")
    schema = action.parameters.model_json_schema()
    needed = set(schema.get("required", ()))
    for parameter, told in schema.get("properties", {}).items():
        code = "cli.titled_required" if parameter in needed else "cli.titled"
        titled = session.say(code, name=parameter, title=_shape(told, schema))
        session.print(f"    {titled}")
    for setting in action.settings:
        code = "cli.action_setting_needed" if setting.required else "cli.action_setting"
        told = session.say(code, name=setting.name, what=setting.what)
        session.print(wrapped(told, columns(), first=" " * 4, rest=" " * 6))
    if is_whole:
        told = session.say("cli.action_again", again=action.again)
        session.print(wrapped(told, columns(), first=" " * 4, rest=" " * 6))


def _shape(told: dict[str, Any], schema: dict[str, Any]) -> str:
    """A JSON Schema in a few words: ``text``, ``[text]``, ``{…}``, ``a | b``."""
    if "$ref" in told:
        return _shape(schema["$defs"][told["$ref"].rpartition("/")[2]], schema)
    if "enum" in told or "const" in told:
        return " | ".join(map(str, told.get("enum", [told.get("const")])))
    if "anyOf" in told:
        parts = (_shape(one, schema) for one in told["anyOf"])
        return " | ".join(dict.fromkeys(part for part in parts if part != "null"))
    if told.get("type") == "array":
        return f"[{_shape(told.get('items', {}), schema)}]"
    if told.get("type") == "object" and told.get("properties"):
        return f"{{{', '.join(told['properties'])}}}"
    names = {"string": "text", "object": "{…}", "boolean": "true | false"}
    sort = str(told.get("type", "…"))
    return names.get(sort, sort)


def _json(name: str, reference: str, action: Action | Exception) -> dict[str, Any]:
    told: dict[str, Any] = {"action": name, "reference": reference}
    if isinstance(action, Exception):
        return told | {"trouble": f"{type(action).__name__}: {action}"}
    return told | {
        "title": dict(action.title),
        "again": dict(action.again),
        "timeout_seconds": int(action.timeout.total_seconds()),
        "settings": [
            {
                "name": one.name,
                "what": dict(one.what),
                "required": one.required,
                "secret": one.secret,
            }
            for one in action.settings
        ],
        "parameters": action.parameters.model_json_schema(),
    }
