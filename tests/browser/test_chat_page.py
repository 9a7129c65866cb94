"""The chat's page in a real browser: cards as people see them, clicks as applications receive them."""

from __future__ import annotations

from typing import Any

import pytest
from browser.conftest import Visit
from fakes.chat_host import Application, Hosted, Received, a_card, button, mrkdwn, plain
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser
ROOM = "C0RELEASES"


def post(chat: Hosted, **what: Any) -> str:
    return str(chat.client.chat_postMessage(channel=ROOM, **{"text": "cats is ready", **what})["ts"])


def card(page: Page, ts: str) -> Any:
    return page.locator(f'#log article[data-ts="{ts}"]')


def test_a_card_shows_every_kind_of_block(chat: Hosted, visit: Visit) -> None:
    """What Slack shows of a card, the page shows."""
    cat = {"type": "image", "image_url": "data:image/gif;base64,R0lGODlhAQABAAAAACw=", "alt_text": "a cat"}
    more = [
        {"type": "divider"},
        {"type": "section", "fields": [mrkdwn("*CPU*\n256"), mrkdwn("*Memory*\n512")], "accessory": cat},
        {"type": "context", "elements": [cat, mrkdwn(":anchor: by <@U0PUSHER>")]},
        {**cat, "title": plain("A portrait")},
    ]
    shown = card(visit("U0SECOND"), post(chat, blocks=[*a_card(), *more]))
    expect(shown.get_by_role("heading", name="cats is ready")).to_be_visible()
    expect(shown.locator(".text strong")).to_be_visible()
    expect(shown.get_by_role("button", name="Approve")).to_have_class("button primary")
    expect(shown.get_by_label("Reason")).to_have_attribute("placeholder", "why")
    expect(shown.get_by_role("combobox", name="Because")).to_be_visible()
    expect(shown.locator(".fields > div")).to_have_text(["CPU\n256", "Memory\n512"])
    expect(shown.get_by_role("img", name="a cat")).to_have_count(3)
    expect(shown.locator(".context")).to_have_text("⚓ by @pusher")


def test_a_click_reaches_the_application_signed_and_as_that_person(
    chat: Hosted, application: Application, visit: Visit
) -> None:
    """The reason is typed on the card and travels with the click; the application verified the signature."""
    shown = card(visit("U0SECOND"), post(chat, blocks=a_card()))
    shown.get_by_label("Reason").fill("looks <good> & safe")
    shown.get_by_role("button", name="Approve").click()
    assert application.came.wait(10)
    payload = application.received[0].payload
    assert (payload["user"]["id"], payload["actions"][0]["action_id"]) == ("U0SECOND", "approve")
    assert payload["state"]["values"]["reason"]["text"]["value"] == "looks <good> & safe"
    expect(shown.get_by_role("alert")).to_have_count(0)


def test_the_pusher_is_refused_alone_and_the_second_person_decides(
    chat: Hosted, application: Application, visit: Visit
) -> None:
    """The conversation that the chat is for: two people, one card, one decision, seen by both at once."""
    ts = post(chat, blocks=a_card())

    def decide(request: Received) -> tuple[int, str, str]:
        person = request.payload["user"]["id"]
        if person == "U0PUSHER":
            chat.client.chat_postEphemeral(channel=ROOM, user=person, text="You pushed it: somebody else decides.")
        else:
            chat.client.chat_update(channel=ROOM, ts=ts, text="approved by <@U0SECOND>", blocks=[])
        return 200, "text/plain", ""

    application.answer = decide
    pusher, second = visit("U0PUSHER"), visit("U0SECOND")
    card(pusher, ts).get_by_role("button", name="Approve").click()
    expect(pusher.locator(".message.private")).to_contain_text("Only visible to you")
    expect(pusher.locator(".message.private")).to_contain_text("somebody else decides")
    expect(second.locator(".message.private")).to_have_count(0)
    card(second, ts).get_by_role("button", name="Approve").click()
    for page in (pusher, second):
        expect(card(page, ts)).to_contain_text("approved by @second(edited)")
        expect(card(page, ts).get_by_role("button", name="Approve")).to_have_count(0)


def test_a_question_comes_before_a_click_that_asks_one(chat: Hosted, application: Application, visit: Visit) -> None:
    """No is no: nothing is sent."""
    page = visit("U0SECOND")
    shown = card(page, post(chat, blocks=a_card()))
    shown.get_by_role("button", name="Reject").click()
    expect(page.get_by_role("dialog")).to_contain_text("No way back")
    page.get_by_role("button", name="Wait").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    shown.get_by_role("button", name="Reject").click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert application.received == []
    shown.get_by_role("button", name="Reject").click()
    page.get_by_role("button", name="Do it").click()
    assert application.came.wait(10)
    assert [request.payload["actions"][0]["action_id"] for request in application.received] == ["reject"]


def test_a_menu_and_enter_in_an_input_are_sent_at_once(chat: Hosted, application: Application, visit: Visit) -> None:
    """A reason is chosen, or typed and confirmed with Enter (`dispatch_action`)."""
    shown = card(visit("U0SECOND"), post(chat, blocks=a_card()))
    shown.get_by_role("combobox").select_option("Tests look wrong")
    assert application.came.wait(10)
    assert application.received[0].payload["actions"][0]["selected_option"]["value"] == "tests"
    application.came.clear()
    shown.get_by_label("Reason").fill("flaky")
    shown.get_by_label("Reason").press("Enter")
    assert application.came.wait(10)
    assert application.received[1].payload["actions"][0]["value"] == "flaky"


def test_what_somebody_is_typing_survives_an_update_of_the_card(chat: Hosted, visit: Visit) -> None:
    """A card changes while a reason is being written: neither the words nor the cursor may go."""
    page = visit("U0SECOND")
    ts = post(chat, blocks=a_card())
    page.get_by_label("Reason").type("not bef")
    again = a_card()
    again[0]["text"] = plain("cats is still waiting")
    chat.client.chat_update(channel=ROOM, ts=ts, text="x", blocks=again)
    expect(card(page, ts).get_by_role("heading")).to_have_text("cats is still waiting")
    page.keyboard.type("ore lunch")
    expect(page.get_by_label("Reason")).to_have_value("not before lunch")


def test_a_command_is_sent_and_its_answer_seen_by_one(chat: Hosted, application: Application, visit: Visit) -> None:
    """`/pilotage status` in the message box, as in Slack."""
    application.answer = lambda _: (200, "application/json", '{"text": "*cats* is at rest"}')
    second, pusher = visit("U0SECOND"), visit("U0PUSHER")
    second.get_by_label("Message", exact=True).fill("/pilotage status cats")
    second.keyboard.press("Enter")
    expect(second.locator(".message.private")).to_contain_text("cats is at rest")
    assert application.received[0].form["text"] == "status cats"
    expect(pusher.locator(".message")).to_have_count(0)


def test_a_failure_is_told_to_the_one_who_clicked(chat: Hosted, application: Application, visit: Visit) -> None:
    """A 500 behind the button must not look like success, nor bother others."""
    application.answer = lambda _: (500, "text/plain", "")
    second, pusher, ts = visit("U0SECOND"), visit("U0PUSHER"), post(chat, blocks=a_card())
    card(second, ts).get_by_role("button", name="Approve").click()
    expect(card(second, ts).get_by_role("alert")).to_contain_text("http_status_500")
    expect(card(pusher, ts).get_by_role("alert")).to_have_count(0)
    card(second, ts).get_by_role("button", name="Dismiss").click()
    expect(card(second, ts).get_by_role("alert")).to_have_count(0)


def test_a_thread_opens_beside_the_channel(chat: Hosted, visit: Visit) -> None:
    """One thread a release: progress does not push the card away."""
    page, ts = visit("U0SECOND"), post(chat)
    chat.client.chat_postMessage(channel=ROOM, text="canary at *10 %*", thread_ts=ts)
    card(page, ts).get_by_role("button", name="1 reply").click()
    expect(page.locator("#thread article")).to_have_count(2)
    page.get_by_label("Reply", exact=True).fill("watching")
    page.keyboard.press("Enter")
    expect(page.locator("#thread article")).to_have_count(3)
    expect(page.locator("#log article")).to_have_count(1)


def test_becoming_somebody_else_takes_their_whispers_and_drops_what_was_typed(chat: Hosted, visit: Visit) -> None:
    """One window is enough to play both parts; the words of one are not the words of the other."""
    chat.client.chat_postEphemeral(channel=ROOM, user="U0PUSHER", text="psst")
    post(chat, blocks=a_card())
    page = visit("U0PUSHER")
    expect(page.locator(".message.private")).to_have_count(1)
    page.get_by_label("Reason").fill("mine")
    page.get_by_text("second", exact=True).click()
    expect(page.locator(".message.private")).to_have_count(0)
    expect(page.get_by_label("Reason")).to_have_value("")
    expect(page).to_have_url(f"{chat.url}/?as=U0SECOND")


HOSTILE = [
    "<script>document.title='owned'</script>",
    "<img src=x onerror=\"document.title='owned'\">",
    "</div></article><h1>owned</h1>",
    "<javascript:document.title='owned'|click me>",
    "&lt;svg onload=\"document.title='owned'\"&gt;",
    '"><style>*{display:none}</style>',
    "{{7*7}} ${7*7} \u202egnp.exe \u0000",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(chat: Hosted, visit: Visit, text: str) -> None:
    """A commit message can hold anything: in every place that shows text, it is shown and nothing else."""
    page = visit("U0SECOND")
    blocks = [
        {"type": "header", "text": plain(text)},
        {"type": "section", "text": mrkdwn(f"*{text}*"), "fields": [mrkdwn(text)]},
        {"type": "context", "elements": [plain(text), mrkdwn(f"`{text}`")]},
        {"type": "actions", "elements": [button(text[:70])]},
    ]
    ts = post(chat, text=text, blocks=blocks)
    post(chat, text=text)
    expect(page.locator("#log article")).to_have_count(2)
    expect(card(page, ts).get_by_role("heading")).to_be_visible()
    for tag in ("script", "style", "svg", "h1", "img:not(.avatar)", "a[href]"):
        expect(page.locator(f"#log {tag}")).to_have_count(0)
    assert page.title() != "owned"


def test_very_long_words_stay_within_the_card(chat: Hosted, visit: Visit) -> None:
    """A digest, or an attack: nothing is pushed out of sight, on a phone neither."""
    page = visit("U0SECOND")
    page.set_viewport_size({"width": 390, "height": 800})
    word = "w" * 1500
    post(
        chat,
        blocks=[
            {"type": "header", "text": plain("h" * 150)},
            {"type": "section", "text": mrkdwn(word), "fields": [mrkdwn(word), mrkdwn(f"`{word}`")]},
            {"type": "section", "text": mrkdwn(f"```{word}```"), "accessory": button("b" * 75)},
            {"type": "context", "elements": [mrkdwn(word)]},
        ],
    )
    page.locator("#log article").wait_for()
    assert page.evaluate("document.querySelector('#log').scrollWidth <= document.querySelector('#log').clientWidth")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
