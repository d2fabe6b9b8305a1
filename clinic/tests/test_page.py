import gzip
import html
import json
import re
import subprocess
import sys

import httpx
import pytest
from conftest import Patient

from ampoule_clinic import page, widget
from ampoule_clinic.words import Words

LIMIT = 20_000  # bytes, as the browser fetches it


@pytest.fixture(scope="session")
def built(content) -> widget.Widget:  # type: ignore[no-untyped-def]
    return widget.build(Words(content))


async def test_the_pages_have_their_words_and_no_inline_code(http: httpx.AsyncClient, content) -> None:  # type: ignore[no-untyped-def]
    words = Words(content)
    for path in ("/", "/demo"):
        answer = await http.get(path)
        assert answer.status_code == 200 and "{{" not in answer.text and "<ampoule-chat" in answer.text
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\son\w+=|style=", answer.text)
    index = (await http.get("/")).text
    assert html.escape(words("page#emergency_bar")) in index and 'href="tel:911"' in index, "without JavaScript"


def test_the_element_is_small(built: widget.Widget) -> None:
    print(f"{len(built.packed)} bytes")
    assert len(built.packed) <= LIMIT


async def test_the_element_is_one_request_with_its_words(http: httpx.AsyncClient, built: widget.Widget, content) -> None:  # type: ignore[no-untyped-def]
    answer = await http.get("/widget.js")
    assert answer.headers["content-type"].startswith("text/javascript") and answer.content == built.code
    assert not re.search(r"^import |^export |\bimport\(", answer.text, re.MULTILINE) and "http://" not in answer.text and "https://" not in answer.text
    config = json.loads(answer.text.split("\n")[0].removeprefix("const CONFIG=").removesuffix(";"))
    assert config == {"words": Words(content).page(), "tel": "tel:911"}


async def test_a_version_can_be_pinned(http: httpx.AsyncClient, built: widget.Widget) -> None:
    demo = (await http.get("/demo")).text
    assert f'src="/{built.name}" integrity="{built.integrity}"' in demo
    answer = await http.get(f"/{built.name}")
    assert answer.content == built.code and "immutable" in answer.headers["cache-control"]
    assert (await http.get("/widget.0123456789ab.js")).status_code == 404


async def test_the_newest_is_asked_for_and_costs_nothing_when_known(http: httpx.AsyncClient) -> None:
    first = await http.get("/widget.js", headers={"Accept-Encoding": "gzip"})
    again = await http.get("/widget.js", headers={"If-None-Match": first.headers["etag"]})
    assert first.headers["cache-control"] == "no-cache" and first.headers["content-encoding"] == "gzip"
    assert (again.status_code, again.content) == (304, b"")
    plain = await http.get("/widget.js", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers and plain.content == first.content


async def test_only_pages_of_the_clinics_sites_may_load_it(http: httpx.AsyncClient) -> None:
    for origin, allowed in (("https://www.clinic.example", "https://www.clinic.example"), ("https://elsewhere.example", None)):
        headers = (await http.get("/widget.js", headers={"Origin": origin})).headers
        assert headers.get("access-control-allow-origin") == allowed and "Origin" in headers["vary"]


def test_it_names_only_words_that_exist_and_all_of_them(content) -> None:  # type: ignore[no-untyped-def]
    code = "".join(file.read_text() for file in widget.FOLDER.glob("*.js"))
    used = set(re.findall(r"words\.(\w+)", code))
    for names in re.findall(r"const \{([\w, ]+)\} = CONFIG\.words[,;]", code):
        used |= set(re.findall(r"\w+", names))
    used |= {f"invalid_{step}" for step in ("name", "birth_date", "contact")} | {"no_script"}
    assert used == set(Words(content).page())


def test_nothing_is_ever_set_as_markup() -> None:
    code = "".join(file.read_text() for file in widget.FOLDER.glob("*.js"))
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|localStorage|document\.cookie", code)


def test_its_size_is_printed_when_it_is_made(built: widget.Widget) -> None:
    said = subprocess.run([sys.executable, "-m", "ampoule_clinic.widget"], capture_output=True, text=True, check=True).stdout
    assert built.name in said and f"{len(built.packed) / 1000:.1f} kB by gzip -9" in said and built.integrity in said
    assert gzip.decompress(built.packed) == built.code


async def test_every_answer_has_the_headers(http: httpx.AsyncClient) -> None:
    for path in ("/", "/demo", "/widget.js", "/static/page.css", "/api/conversation", "/nowhere", "/healthz"):
        headers = (await http.get(path)).headers
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'") and "unsafe" not in policy and "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff" and headers["referrer-policy"] == "no-referrer"
        assert headers.get_list("cache-control") == ["no-cache" if path.startswith(("/static", "/widget")) else "no-store"]


def test_what_to_dial() -> None:
    assert page._tel("911") == "tel:911"
    assert page._tel("112 or your local emergency number") == "tel:112"
    assert page._tel("0800 111-222") == "tel:0800111222"


async def test_whether_a_reply_helped_is_stored(patient: Patient) -> None:
    reply = (await patient.posts("hello")).json()["reply"]

    async def rates(**body: object) -> int:
        return (await patient.http.post("/api/feedback", json=body, headers=patient.headers)).status_code

    assert reply["helpful"] is None
    assert await rates(id=reply["id"], helpful=True) == 200 and await rates(id=reply["id"], helpful=False) == 200
    assert (await patient.sees())[-1]["helpful"] is False
    own = (await patient.sees())[-2]["id"]
    assert [await rates(id=own, helpful=True), await rates(id="?", helpful=True), await rates(id=reply["id"], helpful="yes")] == [404, 404, 422]
    stranger = await Patient(patient.http).arrives()
    answer = await patient.http.post("/api/feedback", json={"id": reply["id"], "helpful": True}, headers=stranger.headers)
    assert answer.status_code == 404
