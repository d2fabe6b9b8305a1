"""`ampoule new topic`: a guided start."""

from __future__ import annotations

import argparse
from pathlib import Path

from ampoule import content as contents
from ampoule import new_topic
from ampoule.commands.common import CommandError


def add(commands: argparse._SubParsersAction) -> None:
    command = commands.add_parser("new", help="begin a topic; what is not given is asked for")
    kinds = command.add_subparsers(dest="kind", required=True)
    topic = kinds.add_parser("topic", help="begin a topic; what is not given is asked for")
    topic.add_argument("id", nargs="?", help="small letters, digits and _, such as storing_vials")
    topic.add_argument("--title", help="what its button says")
    topic.add_argument("--sources", help="claims of sources.yml, separated by commas")
    topic.add_argument("--related", help="other topics, separated by commas")
    topic.add_argument("--questions", type=Path, help=f"a file with one way to ask a line, at least {new_topic.FEWEST_QUESTIONS}")
    topic.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    content = contents.load(options.content)
    id = options.id or _ask("Id (small letters, digits and _): ")
    title = options.title or _ask("Title (what patients see on its button): ")
    sources = options.sources
    if sources is None:
        for claim in new_topic.claims_about(content, title):
            print(f"   {claim.id}: {claim.text}")
        sources = _ask("Claims it rests on, separated by commas (some that may fit are above): ")
    near = new_topic.topics_near(content, _ids(sources))
    related = options.related if options.related is not None else _ask(f"Related topics, separated by commas [{', '.join(near)}]: ") or ",".join(near)
    try:
        questions = options.questions.read_text(encoding="utf-8").splitlines() if options.questions else []
        path = new_topic.draft(content, id, title, questions, _ids(sources), _ids(related))
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{options.questions} cannot be read: give a UTF-8 text file with one way to ask a line") from error
    except new_topic.TopicError as error:
        raise CommandError(str(error)) from error
    print(f"""written: {path}

   1. Write its answer and brief, and at least {new_topic.FEWEST_QUESTIONS} ways to ask (60 are better).
   2. make check            says what is still missing
   3. make train            teaches the new topic
   4. ampoule ask "..."     shows what would be said
   5. ampoule review sign topics/{id} --name ... --role ...""")
    return 0


def _ask(prompt: str) -> str:
    try:
        return input(prompt).strip()
    except EOFError:
        raise CommandError(f"nothing was typed for: {prompt.strip(' :')}") from None


def _ids(given: str) -> list[str]:
    return list(dict.fromkeys(part.strip() for part in given.split(",") if part.strip()))
