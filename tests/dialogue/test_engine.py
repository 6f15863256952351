"""Asking and answering, with a small form of its own that knows no complaints."""

from __future__ import annotations

import random
import string
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.dialogue.drafts import new_draft
from bot.dialogue.engine import House, Verb, take_turn, tick
from bot.dialogue.flow import Answers, Ask, Choice, Flow, Given, standing
from bot.dialogue.prompts import Begin, Button, Prompt, Said
from bot.dialogue.readers import OneOf, Words
from bot.dialogue.values import Attachment, Inbound, Session, Who
from bot.domain.folding import fold
from bot.domain.refusal import Refusal
from bot.text import Text, as_is, joined

WHO = Who("test", "1", "42")
AT = datetime(2026, 11, 24, tzinfo=UTC)


@dataclass
class Turn:
    """What the little house knows of a turn."""

    sent: list[dict[str, str]] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    files: int = 0


async def _send(turn: Turn, answers: Answers) -> Said:
    if answers.get("what") == "refuse me now":
        raise Refusal(as_is("No."))
    turn.sent.append(dict(answers))
    return [Prompt(as_is("Sent."))]


async def _again(turn: Turn) -> Said:
    return [Prompt(as_is("Sent already."))]


async def _extra(turn: Turn, answers: Answers) -> tuple[Text, tuple[Button, ...]]:
    return as_is("loud" if "loud" in answers else "quiet"), ()


def _house(*asks: Ask[Turn], review: bool = True, gate: Callable[..., Any] | None = None) -> House[Turn]:
    async def open_gate(turn: Turn, session: Session, inbound: Inbound) -> Said | None:
        return None

    async def outside(turn: Turn, session: Session, given: Given) -> Said:
        return Begin("form")

    async def start(turn: Turn, session: Session, payload: str) -> Said:
        return Begin("form", given={"place": payload}) if payload else [Prompt(as_is("Menu."))]

    async def begin(turn: Turn, arg: str, version: int | None) -> Said:
        return Begin(arg or "form")

    async def do(turn: Turn, arg: str, version: int | None) -> Said:
        turn.done.append(arg)
        return [Prompt(as_is("Done."))]

    async def keep_files(turn: Turn, draft: str, files: tuple[Attachment, ...]) -> int:
        turn.files += len(files)
        return turn.files

    async def album(turn: Turn) -> None:
        turn.done.append("album")

    form = Flow(
        "form",
        asks or (WHICH, PLACE, WHAT),
        _send,
        review=as_is("Right?") if review else None,
        extra=_extra if review else None,
        again=_again,
        takes_files=True,
        switches=("loud",),
        spill="what",
    )
    quick = Flow("quick", (Ask("what", as_is("What?"), Words[Turn]()),), _send)
    return House(
        flows={"form": form, "quick": quick},
        verbs={
            "begin": Verb("begin", begin, lambda turn: True, ("begin",)),
            "do": Verb("do", do, lambda turn: True, ("do",)),
            "secret": Verb("secret", do, lambda turn: False, ("secret",)),
        },
        gate=gate or open_gate,
        outside=outside,
        start=start,
        code=lambda words: f"do:{words}" if words.startswith("CODE") else None,
        keep_files=keep_files,
        album=album,
        words={"quay lai": "_back@d", "gui": "_send@d"},
        fold=fold,
    )


WHICH = Ask("which", as_is("Which?"), OneOf[Turn]((Choice("a", as_is("A")), Choice("b", as_is("B")))), label=as_is("Which one"))
PLACE = Ask("place", as_is("Where?"), Words[Turn](), when=lambda answers: answers["which"] == "a", label=as_is("Place"))
PLACE_OF_ALL = replace(PLACE, when=lambda answers: True)
WHAT = Ask("what", as_is("What?"), Words[Turn](least=5), label=as_is("What"))


class Chat:
    """One person who writes to a house."""

    def __init__(self, house: House[Turn] | None = None) -> None:
        self.house = house or _house()
        self.turn = Turn()
        self.session = Session()
        self.seen: list[Prompt] = []

    async def says(self, text: str = "", **more: Any) -> list[str]:
        inbound = Inbound(WHO, "k", AT, text=text, **more)
        self.seen = await take_turn(self.turn, self.session, inbound, self.house)
        if self.seen:
            self.session.labels = [_plain(button.label) for button in self.seen[-1].buttons]
        return [prompt.text.values[0][1] if prompt.text.message == "{words}" else _plain(prompt.text) for prompt in self.seen]

    async def picks(self, ending: str) -> list[str]:
        """Press the button whose token is this, whatever the draft."""
        offered = [b.token for prompt in self.seen for b in prompt.buttons]
        return await self.says(token=next(token for token in offered if token.rsplit("@", 1)[0] == ending))


def _plain(text: Text) -> str:
    words = text.message
    for name, value in text.values:
        words = words.replace("{" + name + "}", _plain(value) if isinstance(value, Text) else str(value))
    return words


async def test_questions_come_in_order_and_a_guard_leaves_one_out():
    chat = Chat()
    assert await chat.says("/begin") == ["Which?"]
    assert await chat.picks("which=b") == ["What?"]
    [read_back] = await chat.says("It rained.")
    assert "Which one: B" in read_back and "Place" not in read_back and "quiet" in read_back
    assert await chat.picks("_send") == ["Sent."]
    assert chat.turn.sent == [{"which": "b", "what": "It rained."}]


def test_where_somebody_stands_is_worked_out_from_the_answers():
    form = _house().flows["form"]
    assert standing(form, {}) == ({}, WHICH)
    assert standing(form, {"which": "a"}) == ({"which": "a"}, PLACE)
    assert standing(form, {"which": "b", "place": "left over", "what": "long"}) == ({"which": "b", "what": "long"}, None)


async def test_a_question_that_a_release_added_is_asked_next_and_takes_nothing_typed_for_another():
    chat = Chat()
    await chat.says("/begin")
    await chat.picks("which=a")
    who = Ask("who", as_is("Who?"), Words[Turn](), label=as_is("Who"))
    chat.house = _house(WHICH, who, PLACE, WHAT)
    assert (await chat.says("in the street"))[-1].endswith("Who?")
    assert "who" not in chat.session.answers
    await chat.says("Anna")
    assert chat.session.answers["who"] == "Anna"


async def test_a_question_that_a_release_took_away_is_forgotten():
    chat = Chat()
    await chat.says("/begin")
    await chat.picks("which=a")
    chat.house = _house(WHICH, WHAT)
    assert (await chat.says("in the street"))[-1].endswith("What?")


async def test_a_command_typed_as_it_is_said_is_one_also_before_a_code_but_not_inside_a_form():
    chat = Chat()
    assert await chat.says("Do") == ["Done."]
    assert await chat.says("do CODE1") == ["Done."]
    assert chat.turn.done[-2:] == ["", "CODE1"]
    assert await chat.says("secret") == ["Which?"]  # Not open to him, so it is words as any others.
    await chat.picks("which=a")
    await chat.says("do")
    assert chat.session.answers["place"] == "do"


async def test_a_spoken_word_that_begins_a_line_of_the_question_means_the_line():
    chat = Chat()
    await chat.says("/begin")
    chat.session.shown, chat.session.labels = [f"which=a@{chat.session.draft}", "do:other"], ["Gửi nguyên văn", "Khác"]
    await chat.says("gui")
    assert chat.session.answers == {"which": "a"}


async def test_a_number_chooses_a_line_of_the_last_prompt_only():
    chat = Chat()
    await chat.says("/begin")
    assert await chat.says("2") == ["What?"]
    assert chat.session.answers == {"which": "b"}


async def test_a_number_without_a_line_shows_the_lines_again_and_begins_nothing():
    chat = Chat(_house(Ask("place", as_is("Where?"), Words[Turn]()), Ask("again", as_is("Again?"), WHICH.reader)))
    await chat.says("/begin")
    await chat.says("9")
    assert chat.session.answers == {"place": "9"}  # Where words are asked for, a number is one if it is no line.
    [no, question] = await chat.says("7")
    assert "“7”" in no and question == "Again?"
    await chat.says("stop")
    assert (await chat.says("yes, stop"))[-1] == "Menu."  # Nobody stands there with nothing to type.
    await chat.says("/do it")
    assert await chat.says("7") == ["We did not understand “7”.\nType menu to see what you can do here."]
    chat.session.shown, chat.session.labels = ["do:one", "do:two"], ["Do one", "Do two"]
    [again] = await chat.says("7")
    assert "“7”" in again and [b.token for b in chat.seen[-1].buttons] == ["do:one", "do:two"]
    assert chat.session.flow == "" and chat.turn.done == ["it"]


async def test_the_words_of_a_line_choose_it_and_their_beginning_too_where_nothing_else_is_meant():
    near = OneOf[Turn]((Choice("market", as_is("The market")), Choice("mill", as_is("The mill")), Choice("sea", as_is("Đông"))))
    chat = Chat(_house(Ask("near", as_is("Near what?"), near), PLACE_OF_ALL, WHAT))
    await chat.says("/begin")
    [no, question] = await chat.says("the m")
    assert "more than one line" in no and question == "Near what?" and chat.session.answers == {}
    assert await chat.says("dong") == ["Where?"]
    assert chat.session.answers == {"near": "sea"}
    await chat.says("quay lại")
    assert await chat.says("THE MILL.") == ["Where?"]
    await chat.says("Sto")  # The beginning of a line, but words are asked for.
    assert chat.session.answers == {"near": "mill", "place": "Sto"}


async def test_a_beginning_typed_at_the_read_back_or_outside_any_form_chooses_the_line():
    chat = Chat()
    await chat.says("/begin")
    await chat.picks("which=b")
    await chat.says("It rained.")
    assert (await chat.says("change some")) == ["What do you want to change?"]
    await chat.says("nothing")
    assert await chat.says("gui") == ["Sent."]
    chat.session.shown, chat.session.labels = ["do:one", "do:two"], ["Do one", "Do two"]
    [again] = await chat.says("do")
    assert "more than one line" in again and [b.token for b in chat.seen[-1].buttons] == ["do:one", "do:two"]
    assert await chat.says("do t") == ["Done."]
    assert chat.turn.done == ["two"]


async def test_back_and_change_lose_no_answer():
    chat = Chat()
    await chat.says("/begin")
    await chat.picks("which=a")
    await chat.says("here")
    assert await chat.says("quay lại") == ["Where?"]
    assert await chat.says("quay lại") == ["Which?"]
    assert (await chat.says("quay lại"))[-1] == "Which?"
    await chat.picks("which=b")
    assert chat.session.answers["place"] == "here"
    await chat.says("It rained.")
    await chat.picks("_change")
    await chat.picks("_edit=which")
    await chat.picks("which=a")
    assert "Place: here" in (await chat.says("nothing of note"))[-1]


async def test_what_was_given_with_the_form_cannot_be_changed_and_cannot_be_forged():
    chat = Chat()
    await chat.says(start="school")
    await chat.picks("which=a")
    [read_back] = await chat.says("It rained.")
    assert "Place: school" in read_back
    await chat.picks("_change")
    assert "_edit=place" not in [b.token.rsplit("@", 1)[0] for b in chat.seen[0].buttons]
    await chat.says(token=f"_edit=place@{chat.session.draft}")
    await chat.says(token=f"place=home@{chat.session.draft}")
    await chat.says(token=f"_send@{chat.session.draft}")
    assert chat.turn.sent[0]["place"] == "school"


async def test_the_same_button_twice_counts_once():
    chat = Chat()
    await chat.says("/begin")
    first = chat.seen[0].buttons[1].token
    await chat.says(token=first)
    assert await chat.says(token=first) == []
    await chat.says("It rained.")
    send = next(b.token for b in chat.seen[0].buttons if b.token.startswith("_send"))
    await chat.says(token=send)
    assert await chat.says(token=send) == ["Sent already."]
    assert len(chat.turn.sent) == 1


async def test_a_button_of_an_earlier_form_or_question_changes_nothing():
    chat = Chat()
    await chat.says("/begin")
    old = chat.seen[0].buttons[0].token
    await chat.picks("which=b")
    assert (await chat.says(token=old))[-1] == "What?"
    await chat.picks("_cancel")
    await chat.picks("_stop")
    await chat.says("/begin")
    assert (await chat.says(token=old))[-1] == "Which?"
    assert chat.session.answers == {}


async def test_opening_a_form_puts_the_open_one_aside_even_of_the_same_kind():
    chat = Chat()
    await chat.says("/begin")
    await chat.picks("which=a")
    await chat.says("/begin")
    assert chat.session.answers == {}
    await chat.picks("which=b")
    await chat.says("It rained.")
    said = await chat.picks("_send")
    assert said[0] == "Sent."
    assert await chat.picks("_resume") == ["Where?"]
    assert chat.session.answers == {"which": "a"}


async def test_a_form_in_which_nothing_was_answered_is_not_put_aside():
    chat = Chat()
    await chat.says("/begin")
    await chat.says("/begin quick")
    assert chat.session.parked == []


async def test_a_refusal_at_the_end_of_a_form_without_read_back_asks_the_last_question_again():
    chat = Chat()
    await chat.says("/begin quick")
    assert await chat.says("refuse me now") == ["No.", "What?"]
    assert await chat.says("fine then") == ["Sent."]


async def test_a_refusal_at_the_end_of_a_form_with_read_back_keeps_every_answer():
    chat = Chat()
    await chat.says("/begin")
    await chat.picks("which=b")
    await chat.says("refuse me now")
    said = await chat.picks("_send")
    assert said[0] == "No." and "Right?" in said[1]
    assert chat.session.answers == {"which": "b", "what": "refuse me now"}


async def test_a_switch_of_the_read_back_turns_on_and_off():
    chat = Chat()
    await chat.says("/begin")
    await chat.picks("which=b")
    await chat.says("It rained.")
    flip = f"_flip=loud@{chat.session.draft}"
    assert "loud" in (await chat.says(token=flip))[0]
    assert "quiet" in (await chat.says(token=flip))[0]
    await chat.says(token=flip)
    await chat.says(token=f"_flip=which@{chat.session.draft}")
    await chat.says("gửi")
    assert chat.turn.sent == [{"which": "b", "what": "It rained.", "loud": "yes"}]


async def test_long_words_at_a_choice_are_kept_for_the_question_they_answer():
    chat = Chat()
    await chat.says("/begin")
    long = "It rained into the hall all day, and nobody came to look at the roof, though we called three times."
    said = await chat.says(long)
    assert said[-1].endswith("Which?")
    assert "Right?" in (await chat.picks("which=b"))[0]
    assert chat.session.answers["what"] == long


async def test_short_words_at_a_choice_are_refused_and_kept_nowhere():
    chat = Chat()
    await chat.says("/begin")
    assert (await chat.says("hello"))[-1] == "Which?"
    assert chat.session.answers == {}


async def test_words_beside_a_photo_are_kept_where_they_belong():
    chat = Chat()
    await chat.says("/begin")
    await chat.says("The roof.", attachments=(Attachment("photo", "f"),))
    assert chat.session.answers == {"what": "The roof."} and chat.turn.files == 1


async def test_an_album_is_answered_once_by_a_tick():
    chat = Chat()
    await chat.says("/begin")
    for number in range(10):
        assert await chat.says(attachments=(Attachment("photo", str(number)),), album="one") == []
    prompts = await tick(chat.turn, chat.session, chat.house, chat.turn.files)
    assert len(prompts) == 1 and _plain(prompts[0].text).endswith("Which?")
    assert chat.session.shown == [button.token for button in prompts[0].buttons]


async def test_an_edited_message_changes_its_answer():
    chat = Chat()
    await chat.says("/begin")
    await chat.picks("which=b")
    await chat.says("It rained.", message_key="42:7")
    said = await chat.says("It snowed.", message_key="42:7:99", edited=True)
    assert "What: It snowed." in said[-1]
    assert (await chat.says("x", message_key="42:3:99", edited=True))[-1].startswith("Right?")
    assert chat.session.answers["what"] == "It snowed."


async def test_a_code_or_a_command_in_the_middle_of_a_form_leaves_it_open():
    chat = Chat()
    await chat.says("/begin")
    for words in ("CODE1", "/do it"):
        assert await chat.says(words) == ["Done."]
        assert await chat.picks("_go") == ["Which?"]
    assert chat.turn.done == ["CODE1", "it"]


async def test_what_is_not_open_to_somebody_does_not_exist_for_him():
    chat = Chat()
    unknown = await chat.says("/nothing")
    assert await chat.says("/secret") == unknown
    nothing = await chat.says(token="nothing:1")
    assert await chat.says(token="secret:1") == nothing
    assert chat.turn.done == []


async def test_what_cannot_be_read_is_refused_and_the_question_stands():
    chat = Chat()
    await chat.says("/begin")
    said = await chat.says(unsupported="sticker")
    assert len(said) == 2 and said[1] == "Which?"


async def test_forged_tokens_have_no_effect():
    chat = Chat()
    await chat.says("/begin")
    before = (dict(chat.session.answers), chat.session.flow, chat.session.draft)
    draw = random.Random(7)
    letters = string.ascii_letters + string.digits + "=@:_.>-ạ\n "
    shapes = ("{r}", "which={r}@{d}", "{r}=a@{d}", "_{r}@{d}", "secret:{r}", "which=a@{r}", "_send@{r}", "_flip={r}@{d}")
    for _number in range(3000):
        random_part = "".join(draw.choice(letters) for _letter in range(draw.randrange(1, 20)))
        token = draw.choice(shapes).format(r=random_part, d=chat.session.draft)
        if token in (f"which=a@{chat.session.draft}", f"which=b@{chat.session.draft}", f"_stop@{chat.session.draft}"):
            continue
        await chat.says(token=token)
    assert (dict(chat.session.answers), chat.session.flow, chat.session.draft) == before
    assert chat.turn.sent == [] and chat.turn.done == []


def test_a_nonce_is_none_of_the_last_ones():
    used = "".join(new_draft() for _number in range(60))
    assert all(new_draft(used) not in {used[place : place + 2] for place in range(0, len(used), 2)} for _try in range(500))


@pytest.mark.parametrize("gate_says", [[Prompt(as_is("First this."))], []])
async def test_the_gate_answers_before_anything_else(gate_says: list[Prompt]):
    async def gate(turn: Turn, session: Session, inbound: Inbound) -> Said:
        return gate_says

    chat = Chat(_house(gate=gate))
    await chat.says("/begin")
    assert chat.seen == gate_says and chat.session.flow == ""


LONG = joined(as_is("Which of these?"), as_is("There is a lot to know about each."), by="\n\n")


async def test_after_a_refusal_a_long_question_comes_with_its_first_paragraph_only():
    chat = Chat(_house(Ask("which", LONG, WHICH.reader, label=as_is("Which one")), WHAT))
    assert await chat.says("/begin") == ["Which of these?\n\nThere is a lot to know about each."]
    [no, question] = await chat.says("hm")
    assert "“hm”" in no and question == "Which of these?"
    assert [b.token.split("@")[0] for b in chat.seen[-1].buttons] == ["which=a", "which=b", "_cancel"]
    await chat.says("/do x")
    assert await chat.picks("_go") == ["Which of these?\n\nThere is a lot to know about each."]


async def test_what_was_left_out_is_said_first_and_after_the_last_of_an_album():
    async def keep_none(turn: Turn, draft: str, files: tuple[Attachment, ...]) -> int:
        turn.done += ["left out"] * len(files)
        return 0

    def left_out(turn: Turn, words_kept: bool) -> Text | None:
        number, turn.done = turn.done.count("left out"), []
        return as_is(f"{number} left out, words {words_kept}") if number else None

    chat = Chat(replace(_house(), keep_files=keep_none, left_out=left_out))
    await chat.says("/begin")
    photo = Attachment("photo", "r")
    [said, *_rest] = await chat.says("It rained all day.", attachments=(photo,))
    assert said == "1 left out, words True"
    for caption in ("", "so it was"):
        assert await chat.says(caption, attachments=(photo,), album="a") == []
    prompts = await tick(chat.turn, chat.session, chat.house, 0)
    assert _plain(prompts[0].text) == "2 left out, words True"
