"""The chat element beside deep-chat 2.4.2, on the same page and machine in one run: gzipped size, axe violations, live
regions, and the time from the script to the first input that can be used.

Needs npm (only to fetch deep-chat) and Chromium; run it with the web service's Python:

    cd clinic && .venv/bin/python ../benchmarks/widget_compare.py
"""

from __future__ import annotations

import asyncio
import gzip
import shutil
import statistics
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

CLINIC = Path(__file__).resolve().parents[1] / "clinic"
sys.path[:0] = [str(CLINIC), str(CLINIC / "tests")]

import uvicorn  # noqa: E402
from ampoule.content import load  # noqa: E402
from ampoule_clinic import degraded, widget  # noqa: E402
from ampoule_clinic.settings import ROOT  # noqa: E402
from ampoule_clinic.words import Words  # noqa: E402
from axe_playwright_python.base import AXE_FILE_PATH  # noqa: E402
from fastapi import FastAPI, Response  # noqa: E402
from playwright.async_api import Browser, async_playwright  # noqa: E402

RIVAL = "deep-chat@2.4.2"
RUNS = 9
PORT = 8799
# When an input that is visible and enabled is there, in any shadow root; measured from the start of the navigation.
WATCH = """(() => { const roots = [document], attach = Element.prototype.attachShadow;
Element.prototype.attachShadow = function (how) { const root = attach.call(this, how); roots.push(root); return root; };
const look = () => {
  for (const root of roots) for (const input of root.querySelectorAll('textarea, [contenteditable=true]'))
    if (input.getClientRects().length && !input.disabled) { window.usable = performance.now(); return; }
  requestAnimationFrame(look); };
look(); })();"""
LIVE = """() => { const all = (root) => [...root.querySelectorAll('*')].flatMap((e) => [e, ...(e.shadowRoot ? all(e.shadowRoot) : [])]);
return all(document).filter((e) => e.matches('[aria-live]:not([aria-live=off]), [role=log], [role=status], [role=alert]')).length; }"""
PAGE = """<!doctype html><html lang="en"><head><title>{name}</title><script type="module" src="/{name}.js"></script></head>
<body><main><h1>{name}</h1><div style="height: 600px">{element}</div></main></body></html>"""
ELEMENTS = {
    "ampoule": "<ampoule-chat inline></ampoule-chat>",
    "deep-chat": """<deep-chat demo="true" style="width: 100%; height: 600px" history='[{"role": "ai", "text": "Hello."}]'></deep-chat>""",
}


def fetch(folder: Path) -> bytes:
    """The rival's bundle, from npm into a temporary folder."""
    subprocess.run(["npm", "pack", RIVAL, "--silent"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    with tarfile.open(next(folder.glob("*.tgz"))) as package:
        bundle = package.extractfile("package/dist/deepChat.bundle.js")
        assert bundle
        return bundle.read()


def site(scripts: dict[str, bytes], words: Words) -> FastAPI:
    app = FastAPI()
    greeting = degraded.greeting(words)
    said = {"seq": 1, "id": "1", "author": "assistant", "text": "\n\n".join(greeting.texts), "outcome": greeting.custom}

    @app.get("/{name}.js")
    async def script(name: str) -> Response:
        return Response(gzip.compress(scripts[name], 9), media_type="text/javascript", headers={"content-encoding": "gzip", "cache-control": "no-store"})

    @app.get("/{name}.html")
    async def page(name: str) -> Response:
        return Response(PAGE.format(name=name, element=ELEMENTS[name]), media_type="text/html")

    @app.post("/api/sessions")
    async def session() -> dict[str, object]:
        return {"token": "t", "message": said}

    return app


async def measure(browser: Browser, name: str) -> dict[str, float]:
    times: list[float] = []
    for _ in range(RUNS):
        page = await browser.new_page()
        await page.add_init_script(WATCH)
        await page.goto(f"http://127.0.0.1:{PORT}/{name}.html")
        await page.wait_for_function("window.usable")
        times.append(await page.evaluate("window.usable - performance.getEntriesByType('resource').find(e => e.name.endsWith('.js')).startTime"))
        if len(times) < RUNS:
            await page.close()
    await page.wait_for_timeout(500)
    live = await page.evaluate(LIVE)
    await page.evaluate(Path(AXE_FILE_PATH).read_text())
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
    found = await page.evaluate("tags => axe.run({runOnly: {type: 'tag', values: tags}})", tags)
    for violation in found["violations"]:
        print(f"  {name}: {violation['impact']}: {violation['help']} ({len(violation['nodes'])})")
    await page.close()
    return {"axe": sum(len(v["nodes"]) for v in found["violations"]), "live": live, "ms": statistics.median(times)}


async def main() -> None:
    words = Words(load(ROOT / "content"))
    with tempfile.TemporaryDirectory() as folder:
        scripts = {"ampoule": widget.build(words).code, "deep-chat": fetch(Path(folder))}
    server = uvicorn.Server(uvicorn.Config(site(scripts, words), port=PORT, log_level="error"))
    serving = asyncio.create_task(server.serve())
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu", "--disable-quic"])
        found = {name: await measure(browser, name) for name in scripts}
        await browser.close()
    server.should_exit = True
    await serving
    print(f"{'':12}{'kB gzip -9':>12}{'axe violations':>16}{'live regions':>14}{'ms to input':>13}")
    for name, code in scripts.items():
        size = len(gzip.compress(code, 9)) / 1000
        print(f"{name:12}{size:12.1f}{found[name]['axe']:16}{found[name]['live']:14}{found[name]['ms']:13.0f}")


if __name__ == "__main__":
    asyncio.run(main())
