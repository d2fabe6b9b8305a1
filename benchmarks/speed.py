"""Time of a turn over the engine's REST channel, and whether it grows with the conversation. The bot must be running.

make run        (in another terminal)
.venv/bin/python benchmarks/speed.py
"""

from __future__ import annotations

import json
import statistics
import time
import urllib.request
import uuid

URL = "http://127.0.0.1:5005/webhooks/rest/webhook"
QUESTIONS = (
    "what is the usual dose of a b12 shot",
    "how fast will I feel better",
    "what is the difference between mcg and mg",
    "can I switch to tablets",
    "which blood tests are done",
    "is it normal that my arm is sore after the jab",
)
TURNS, WINDOW = 310, 10


def turn(sender: str, message: str) -> float:
    """Milliseconds."""
    request = urllib.request.Request(URL, json.dumps({"sender": sender, "message": message}).encode(), {"Content-Type": "application/json"})
    started = time.perf_counter()
    with urllib.request.urlopen(request, timeout=30) as response:
        replies = json.load(response)
    took = (time.perf_counter() - started) * 1e3
    assert sum("custom" in item for item in replies) == 1, replies
    return took


def main() -> None:
    for question in QUESTIONS:
        turn("warm-up", question)
    fresh = sorted(turn(f"speed-{uuid.uuid4()}", QUESTIONS[i % len(QUESTIONS)]) for i in range(200))
    print(f"first turn of 200 conversations, one at a time: p50 {fresh[100]:.1f} ms, p95 {fresh[190]:.1f} ms")
    sender = f"long-{uuid.uuid4()}"
    times = [turn(sender, QUESTIONS[i % len(QUESTIONS)]) for i in range(TURNS)]
    early, late = statistics.median(times[5 : 5 + WINDOW]), statistics.median(times[TURNS - WINDOW :])
    print(f"one conversation: median around turn 10 {early:.1f} ms, around turn 300 {late:.1f} ms, ratio {late / early:.2f}")


if __name__ == "__main__":
    main()
