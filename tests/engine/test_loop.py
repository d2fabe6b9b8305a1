"""The whole loop through the real processes: a signed-in patient's question, the ticket, the reply, and a second question."""

import email
import email.policy
import os
import re
import subprocess
import sys
import time
import uuid

import pytest
import requests

from tests.engine.client import call

PASSWORD = "nine small boats in a row"
RECEIPTS = ("replies/handoff#person_receipt", "replies/handoff#person_closed")  # by the hour at which the test runs
PATIENT = "jo.field@example.com"


class Browser:
    """A browser on the clinic's own pages."""

    def __init__(self, base):
        self.base, self.http = base, requests.Session()

    def get(self, path):
        answer = self.http.get(self.base + path, headers={"Accept": "text/html"})
        assert answer.status_code == 200, (path, answer.status_code)
        return answer.text

    def post(self, path, form_on=None, **fields):
        """Post the fields with the CSRF token of the page `form_on` (None: of a page for people not signed in)."""
        if form_on:
            fields["csrf"] = re.search(r'name="csrf" value="([^"]+)"', self.get(form_on))[1]
        return self.http.post(self.base + path, data=fields, headers={"Accept": "text/html", "Origin": self.base})


@pytest.fixture(scope="module")
def clinician(running):
    """Somebody whose account was made with `ampoule staff add`, and who set a password with its link."""
    add = ["staff", "add", "sam@clinic.example", "--name", "Sam Clinician", "--role", "clinician"]
    told = {**os.environ, **running.environment()}
    done = subprocess.run([sys.executable, "-m", "ampoule.cli", *add], cwd=running.ROOT, env=told, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    browser = Browser(running.CLINIC)
    answer = browser.post("/desk/set-up", token=done.stdout.strip().partition("#")[2], password=PASSWORD)
    assert answer.url == f"{running.CLINIC}/desk", answer.text
    return browser


@pytest.fixture(scope="module")
def patient(running, clinician):
    """Somebody whom the clinic has invited, and who signed in with the code in the e-mail."""
    clinician.post("/desk/patients/invite", "/desk/patients", name="Jo Field", email=PATIENT, birth_date="1961-05-12", phone="555-555-0199")
    browser = Browser(running.CLINIC)
    browser.post("/portal/sign-in", email=PATIENT)
    answer = browser.post("/portal/code", code=code_in_mail(running.var / "outbox"))
    assert answer.url == f"{running.CLINIC}/portal", answer.text
    return browser


def code_in_mail(folder, wait=30):
    """The newest mail's code."""
    for _ in range(wait * 10):
        for file in sorted(folder.glob("*.eml"), key=lambda file: file.stat().st_mtime, reverse=True):
            body = email.message_from_bytes(file.read_bytes(), policy=email.policy.default).get_content()
            if found := re.search(r"\b(\d{6})\b", body):
                return found[1]
        time.sleep(0.1)
    raise AssertionError("no code came")


class Thread:
    """A thread of the portal, with the token that its page gives the chat."""

    def __init__(self, browser, text):
        key = re.search(r'name="key" value="([^"]+)"', browser.get("/portal/new"))[1]
        answer = browser.post("/portal/new", "/portal/new", key=key, subject="", text=text)
        self.base, self.path = browser.base, answer.url.removeprefix(browser.base)
        self.token = re.search(r'token="([^"]+)"', browser.get(self.path))[1]

    def say(self, **message):
        status, answer = call(f"{self.base}/api/messages", "POST", {"id": str(uuid.uuid4()), **message}, self.token, origin=self.base)
        assert status == 200, answer
        return answer["reply"]

    def messages(self):
        return call(f"{self.base}/api/conversation", token=self.token, origin=self.base)[1]["messages"]

    def hands_over(self, question):
        """The reference of the ticket that one tap makes of a question."""
        assert self.say(text=question)["outcome"]["handoff"]["state"] == "offered"
        sent = self.say(choice="handoff:accept")["outcome"]["handoff"]
        assert sent["state"] == "sent"
        return sent["reference"]


def test_from_the_question_to_the_reply_and_again(clinician, patient):
    thread = Thread(patient, "What is the usual dose of a B12 shot?")
    assert thread.messages()[-1]["outcome"]["topics"] == ["usual_dose"]
    first = thread.hands_over("can I skip my next injection")
    ticket = f"/desk/tickets/{first}"
    assert first in clinician.get("/desk") and "can I skip my next injection" in clinician.get(ticket)

    clinician.post(f"{ticket}/claim", ticket)
    claimed_at = len(thread.messages())
    assert thread.say(text="what are the usual side effects?")["outcome"]["texts"][0] in RECEIPTS
    seq = thread.messages()[-1]["seq"]
    clinician.post(f"{ticket}/reply", ticket, text="Please keep your appointment. <b>Sam</b>", seen_seq=str(seq))
    reply = thread.messages()[-1]
    assert (reply["author"], reply["staff_name"], reply["text"]) == ("staff", "Sam Clinician", "Please keep your appointment. <b>Sam</b>")
    said = [m for m in thread.messages()[claimed_at:] if m["author"] == "assistant"]
    assert all(m["outcome"]["texts"][0] in RECEIPTS for m in said), "the bot spoke while a person talked"

    clinician.post(f"{ticket}/resolve", ticket, outcome="answered_here", seen_seq=str(reply["seq"]))
    assert thread.say(text="what are the usual side effects?")["outcome"]["topics"] == ["side_effects"]
    second = thread.hands_over("should I double my dose this week")
    assert second != first and second in clinician.get("/desk")


def test_an_emergency_of_a_signed_in_patient_reaches_the_desk(clinician, patient):
    thread = Thread(patient, "hello")
    assert thread.say(text="my throat is closing and I can't breathe")["outcome"]["outcome"] == "emergency"
    assert "my throat is closing" in clinician.get("/desk")


def test_no_mail_says_what_it_is_about(running, patient):
    for file in (running.var / "outbox").glob("*.eml"):
        body = email.message_from_bytes(file.read_bytes(), policy=email.policy.default).get_content().lower()
        assert not any(word in body for word in ("b12", "dose", "injection", "shot", "appointment")), body
