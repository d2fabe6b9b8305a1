"""Processes killed or frozen in the middle of a conversation: a true sentence each time, and nothing lost or doubled."""

import os
import signal
import sqlite3
import time
import uuid

import pytest

from tests.engine.client import Page, call, outcome

HANDOFF = ("can I skip my next injection", "yes please", "yes I am", "Morgan Vale", "born 4 May 1961", "555 010 4477", "it's for me")


def tickets(running) -> list[tuple]:
    with sqlite3.connect(running.var / "clinic.db") as db:
        return db.execute("select reference, origin from handoffs").fetchall()


def frozen(process):
    """The process group is stopped inside the block and goes on behind it."""

    class Frozen:
        def __enter__(self):
            os.killpg(process.pid, signal.SIGSTOP)

        def __exit__(self, *_):
            os.killpg(process.pid, signal.SIGCONT)
            time.sleep(0.5)

    return Frozen()


def test_a_handoff_through_the_clinic_is_in_its_queue(running):
    page = Page(running.CLINIC)
    for text in HANDOFF:
        page.say(text)
    before = len(tickets(running))
    reply = page.say("yes")
    assert reply["outcome"]["handoff"]["state"] == "sent"
    stored = tickets(running)
    assert len(stored) == before + 1 and (reply["outcome"]["handoff"]["reference"], "clinic") in stored


@pytest.mark.parametrize("which", ["engine", "actions"])
def test_while_one_is_frozen_the_page_gets_a_true_answer(running, which):
    page = Page(running.CLINIC)
    page.say("hello there")
    with frozen(running.all.running[which]):
        reply = page.say("what are the usual side effects")
        assert "replies/errors#unavailable" in reply["outcome"]["texts"], reply
        reply = page.say("my throat is closing and I can't breathe")
        assert reply["outcome"]["outcome"] == "emergency"
    shown = [m["text"] for m in page.conversation()["messages"]]
    assert sum("side effects" in text.lower() and "usual" in text.lower() for text in shown) == 1


def test_the_clinic_frozen_during_sending_is_said_to_be_unknown(running):
    sender = str(uuid.uuid4())
    for text in HANDOFF:
        call(running.ENGINE, "POST", {"sender": sender, "message": text})
    before = len(tickets(running))
    with frozen(running.all.running["clinic"]):
        _, replies = call(running.ENGINE, "POST", {"sender": sender, "message": "yes"})
        assert outcome(replies)["handoff"]["state"] == "unknown"
    _, replies = call(running.ENGINE, "POST", {"sender": sender, "message": "yes please"})
    _, replies = call(running.ENGINE, "POST", {"sender": sender, "message": "yes"})
    assert outcome(replies)["handoff"]["state"] == "sent"
    assert len(tickets(running)) == before + 1, "the same key was stored twice"
