"""What the Bot API refuses: parameters, types and limits by its specification, and texts by its parser."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SPEC: dict[str, Any] = json.loads(Path(__file__).with_name("botapi_spec.json").read_text(encoding="utf-8"))
METHODS = {name.lower(): name for name in SPEC["methods"]}  # Telegram does not mind the case of a method's name.
TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024
RAW_BYTES = 32768
TRUE = ("true", "yes", "1")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came along with a call."""

    filename: str
    content: bytes
    mime: str


class Refused(Exception):
    """An answer other than 200, as the real server words it."""

    def __init__(self, description: str, status: int = 400, **parameters: int) -> None:
        prefix = {400: "Bad Request: ", 403: "Forbidden: ", 409: "Conflict: "}.get(status, "")
        super().__init__(prefix + description)
        self.status = status
        self.body: dict[str, Any] = {"ok": False, "error_code": status, "description": prefix + description}
        if parameters:
            self.body["parameters"] = parameters


class Broken(Exception):
    """A call that gets no answer."""

    def __init__(self, how: str) -> None:
        super().__init__(how)
        self.how = how


def read_parameters(method: str, given: Mapping[str, Any], uploads: Mapping[str, Upload]) -> dict[str, Any]:
    """Return the parameters of a call as JSON values, an uploaded file as `Upload`; raises `Refused`.

    Stricter than the real server, which overlooks unknown names: here they are refused, as they are mistakes of ours.
    """
    fields = SPEC["methods"][method]["fields"]
    attached = {name for name in uploads if any(f"attach://{name}" in str(value) for value in given.values())}
    unknown = sorted((given.keys() | (uploads.keys() - attached)) - fields.keys())
    if unknown:
        raise Refused(f"unknown parameter {unknown[0]} of {method}")
    read: dict[str, Any] = {}
    for name, rule in fields.items():
        if name in uploads:
            if "InputFile" not in rule["t"]:
                raise Refused(f"{name} is not a file")
            read[name] = uploads[name]
        elif name in given:
            read[name] = _from_form(given[name], rule["t"], name)
            if name == "reply_markup":
                check_markup(read[name])  # First, as it tells the exact reason.
            check_field(read[name], rule, name)
        elif rule.get("r"):
            raise Refused("message text is empty" if name == "text" else f"{name} is empty")
    return read


def _from_form(value: Any, types: list[str], name: str) -> Any:
    """Form fields are text; what is not meant as text in them is JSON."""
    if not isinstance(value, str):
        return value
    try:
        value.encode()
    except UnicodeEncodeError:
        raise Refused("strings must be encoded in UTF-8") from None
    if types in (["Boolean"], ["True"]):
        return value.lower() in TRUE
    if "Integer" in types and re.fullmatch(r"-?\d+", value):
        return int(value)
    if "String" in types or "InputFile" in types:
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise Refused(f"can't parse {name}: Can't parse JSON object") from None


def check_field(value: Any, rule: Mapping[str, Any], where: str) -> None:
    """Raise `Refused` when a value breaks its rule of the specification.

    Lengths of texts with entities are left to `final_text`, as they count after parsing.
    """
    if len(rule["t"]) == 1:
        check_type(value, rule["t"][0], where)  # Which tells the exact reason.
    elif not any(_fits(value, kind, where) for kind in rule["t"]):
        raise Refused(f"{where} is not {' or '.join(rule['t'])}")
    if isinstance(value, str):
        low, high = rule.get("chars", (0, RAW_BYTES))
        if not rule.get("after_entities") and not low <= len(value) <= high:
            raise Refused(f"{where} must be {low} to {high} characters")
        low, high = rule.get("bytes", (0, 10**9))
        if not low <= len(value.encode("utf-8", "surrogatepass")) <= high:
            raise Refused("BUTTON_DATA_INVALID" if where.endswith("callback_data") else f"{where} must be {low} to {high} bytes")
        if "charset" in rule and not re.fullmatch(f"[{rule['charset']}]*", value):
            raise Refused("secret token contains unallowed characters" if where == "secret_token" else f"{where} is invalid")
    if "const" in rule and value != rule["const"]:
        raise Refused(f"{where} must be {rule['const']}")
    if "enum" in rule and value not in rule["enum"]:
        raise Refused(f"{where} must be one of {rule['enum']}")
    if isinstance(value, list) and "items" in rule and not rule["items"][0] <= len(value) <= rule["items"][1]:
        raise Refused(f"{where} must have {rule['items'][0]} to {rule['items'][1]} items")


def check_type(value: Any, kind: str, where: str) -> None:
    """Raise `Refused` when a value is not of a type of the specification; types that were not copied here pass."""
    if kind.startswith("Array of "):
        if not isinstance(value, list):
            raise Refused(f"{where} is not {kind}")
        for number, item in enumerate(value):
            check_type(item, kind.removeprefix("Array of "), f"{where}[{number}]")
        return
    simple = {"String": str, "Float": (int, float), "InputFile": Upload}
    if kind in ("Integer", "Boolean", "True"):
        fits = type(value) is (int if kind == "Integer" else bool) and (kind != "True" or value)
    elif kind in simple:
        fits = isinstance(value, simple[kind]) and not isinstance(value, bool)
    else:
        fits = isinstance(value, dict)
    if not fits:
        raise Refused(f"{where} is not {kind}")
    rules = SPEC["types"].get(kind)
    if rules is None:
        return
    if "subtypes" in rules:
        if not any(_fits(value, subtype, where) for subtype in rules["subtypes"]):
            raise Refused(f"{where} is not {kind}")
        return
    unknown = sorted(value.keys() - rules["fields"].keys())
    if unknown:
        raise Refused(f"unknown field {unknown[0]} of {where}")
    for name, rule in rules["fields"].items():
        if name in value:
            check_field(value[name], rule, f"{where}.{name}")
        elif rule.get("r"):
            raise Refused(f"{where}.{name} is missing")


def _fits(value: Any, kind: str, where: str) -> bool:
    try:
        check_type(value, kind, where)
    except Refused:
        return False
    return True


# Keyboards.

ACTIONS = (
    "url callback_data web_app login_url switch_inline_query switch_inline_query_current_chat switch_inline_query_chosen_chat"
    " copy_text callback_game pay"
).split()


def check_markup(markup: Any) -> None:
    """Raise `Refused` for a keyboard that the real server refuses."""
    if markup is None:
        return
    kinds = {
        "inline_keyboard": "InlineKeyboardMarkup",
        "keyboard": "ReplyKeyboardMarkup",
        "remove_keyboard": "ReplyKeyboardRemove",
        "force_reply": "ForceReply",
    }
    kind = next((kinds[name] for name in kinds if isinstance(markup, dict) and name in markup), None)
    if kind is None:
        raise Refused("object expected as reply markup")
    rows = [row for row in markup.get("inline_keyboard") or markup.get("keyboard") or [] if isinstance(row, list)]
    for button in (button for row in rows for button in row if kind == "InlineKeyboardMarkup" and isinstance(button, dict)):
        actions = [name for name in ACTIONS if name in button]
        if not actions:
            raise Refused("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
        if len(actions) > 1:
            raise Refused("can't parse inline keyboard button: more than one action")
    check_type(markup, kind, "reply_markup")
    if any(not str(button["text"] if isinstance(button, dict) else button).strip() for row in rows for button in row):
        raise Refused('can\'t parse keyboard button: Field "text" must be non-empty')
    if sum(map(len, rows)) > 100:
        raise Refused("reply markup is too long")


# Texts.


def utf16(text: str) -> int:
    """Return the length in UTF-16 units, in which all offsets of entities count."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def final_text(
    text: str, parse_mode: str | None, entities: list[dict[str, Any]] | None, limit: int, empty: bool = False
) -> tuple[str, list[dict[str, Any]]]:
    """Return text and entities as the message will carry them; raises `Refused`.

    Control characters become spaces, the outer white space goes, the length counts after parsing.
    """
    if len(text.encode()) > RAW_BYTES:
        raise Refused("text is too long")
    text = re.sub("[\x00-\x09\x0b-\x1f]", " ", text.replace("\r", ""))
    text = re.sub("[\u2028-\u202e]", "", text)
    if parse_mode:
        if parse_mode.lower() != "html":
            raise NotImplementedError(f"this fake parses HTML only, not {parse_mode}")
        text, entities = parse_html(text)
    else:
        entities = [dict(entity) for entity in entities or []]
        check_bounds(text, entities)
    kept = text.rstrip()
    cut = utf16(kept) - utf16(kept.lstrip())
    kept = kept.lstrip()
    if not kept and not empty:
        raise Refused("text must be non-empty" if text else "message text is empty")
    if len(kept) > limit:
        raise Refused("message is too long" if limit == TEXT_LIMIT else "message caption is too long")
    end = utf16(kept)
    for entity in entities:
        start = max(0, entity["offset"] - cut)
        entity["length"] = min(entity["offset"] + entity["length"] - cut, end) - start
        entity["offset"] = start
    entities = [entity for entity in entities if entity["length"] > 0]
    taken = {(entity["offset"], entity["length"]) for entity in entities}
    entities += [found for found in find_entities(kept) if (found["offset"], found["length"]) not in taken]
    return kept, sorted(entities, key=lambda entity: (entity["offset"], -entity["length"]))


def check_bounds(text: str, entities: list[dict[str, Any]]) -> None:
    """Raise `Refused` for an entity that leaves the text or cuts a character of two UTF-16 units in half."""
    edges = {0}
    at = 0
    for character in text:
        at += utf16(character)
        edges.add(at)
    for entity in entities:
        start, end = entity["offset"], entity["offset"] + entity["length"]
        if start < 0 or entity["length"] < 0 or end > at:
            raise Refused(f"entity beginning at UTF-16 offset {start} ends after the end of the text at UTF-16 offset {at}")
        if start not in edges or end not in edges:
            raise Refused(f"entity begins in a middle of a UTF-16 symbol at UTF-16 offset {start}")


_FOUND = (
    ("bot_command", re.compile(r"(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/<>])")),
    ("email", re.compile(r"(?<![\w.@])[\w.+-]+@[\w-]+\.[A-Za-z]{2,}")),
    ("mention", re.compile(r"(?<![\w@])@[A-Za-z]\w{2,31}\b")),
    ("url", re.compile(r"(?:https?://[^\s<>\"]+|(?<![\w.@])(?:[a-z0-9-]+\.)+(?:com|org|net|vn|me|gov)\b(?:/[^\s<>\"]*)?)", re.I)),
    ("hashtag", re.compile(r"(?<!\w)#\w*[^\W\d]\w*")),
)


def find_entities(text: str) -> list[dict[str, Any]]:
    """Return the entities that Telegram finds by itself in plain text: commands, mentions, addresses, hashtags."""
    found: list[dict[str, Any]] = []
    taken: list[tuple[int, int]] = []
    for kind, pattern in _FOUND:
        for match in pattern.finditer(text):
            if all(match.end() <= start or match.start() >= end for start, end in taken):
                taken.append(match.span())
                found.append({"type": kind, "offset": utf16(text[: match.start()]), "length": utf16(match[0])})
    return sorted(found, key=lambda entity: entity["offset"])


_TAGS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "tg-emoji": "custom_emoji",
}
_REFERENCE = re.compile(r"&(?:#(\d{1,7});?|#[xX]([0-9A-Fa-f]{1,6});?|(lt|gt|amp|quot);?)")
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_ATTRIBUTE = re.compile(r"""\s+([a-zA-Z][\w-]*)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([\w.-]+)))?""")


def parse_html(text: str) -> tuple[str, list[dict[str, Any]]]:
    """Return plain text and entities of Telegram's HTML; raises `Refused` for every tag that it does not know.

    Only four names and numbers are decoded after `&`; a bare `<` always begins a tag.
    """
    out: list[str] = []
    entities: list[dict[str, Any]] = []
    nested: list[tuple[str, int, dict[str, Any]]] = []
    at = 0

    def fail(words: str) -> Refused:
        return Refused(f"can't parse entities: {words} at byte offset {len(text[:at].encode())}")

    while at < len(text):
        character = text[at]
        if character == "&" and (reference := _REFERENCE.match(text, at)):
            out.append(_dereference(reference))
            at = reference.end()
        elif character != "<":
            out.append(character)
            at += 1
        elif text.startswith("</", at):
            end = text.find(">", at)
            if end < 0:
                raise fail("Unclosed end tag")
            name = text[at + 2 : end].strip().lower()
            if not nested:
                raise fail("Unexpected end tag")
            opened, start, entity = nested.pop()
            if name and name != opened:
                raise Refused(
                    f"can't parse entities: Unmatched end tag at byte offset {len(text[:at].encode())}, "
                    f'expected "</{opened}>", found "</{name}>"'
                )
            entity |= {"offset": start, "length": utf16("".join(out)) - start}
            if entity["length"] > 0 and entity["type"]:
                entities.append(entity)
            at = end + 1
        else:
            tag = re.compile(r"<([a-zA-Z][\w-]*)").match(text, at)
            name = tag[1].lower() if tag else ""
            if name not in _TAGS:
                raise fail(f'Unsupported start tag "{name}"')
            assert tag is not None
            at = tag.end()
            attributes: dict[str, str] = {}
            while attribute := _ATTRIBUTE.match(text, at):
                attributes[attribute[1].lower()] = attribute[2] or attribute[3] or attribute[4] or ""
                at = attribute.end()
            closing = re.compile(r"\s*>").match(text, at)
            if closing is None:
                raise fail("Unclosed start tag" if text.find(">", at) < 0 else f'Unexpected attribute in the tag "{name}"')
            at = closing.end()
            nested.append((name, utf16("".join(out)), _entity(name, attributes, fail)))
    if nested:
        raise Refused(f"can't parse entities: Can't find end tag corresponding to start tag \"{nested[-1][0]}\"")
    return "".join(out), entities


def _entity(name: str, attributes: dict[str, str], fail: Any) -> dict[str, Any]:
    if name == "span" and attributes.get("class") != "tg-spoiler":
        raise fail('Tag "span" must have class "tg-spoiler"')
    if name == "a":
        url = _REFERENCE.sub(_dereference, attributes.get("href", ""))
        return {"type": "text_link", "url": url} if re.match(r"(https?|tg|mailto|tel):", url) else {"type": ""}
    if name == "tg-emoji":
        return {"type": "custom_emoji", "custom_emoji_id": attributes.get("emoji-id", "")}
    return {"type": _TAGS[name]}


def _dereference(reference: re.Match[str]) -> str:
    if reference[3]:
        return _NAMED[reference[3]]
    code = int(reference[1]) if reference[1] else int(reference[2], 16)
    return chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else reference[0]
