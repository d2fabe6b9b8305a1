"""Talk to the assistant in the terminal. It joins a running one, or starts its own. Hand-offs are stored as tests."""

import readline  # noqa: F401  (line editing in input())
import sys
import uuid

from processes import Processes, StartError, ask, probe


def show(replies: list[dict]) -> None:
    for item in replies:
        if "text" in item:
            print(f"\n{item['text']}")
    for i, choice in enumerate((c for item in replies for c in item.get("custom", {}).get("choices", [])), 1):
        print(f"   {i}. {choice['title']}")
    print()


def main() -> int:
    processes = Processes()
    try:
        if not probe():
            print("starting (about 15 seconds) ...", flush=True)
            processes.start()
            processes.wait_until_ready()
        print("Type a message, or the number of a choice. Ctrl-D ends.\n")
        sender = f"terminal-{uuid.uuid4()}"
        while True:
            if text := input("> ").strip():
                show(ask(sender, text))
    except StartError as error:
        print(error, file=sys.stderr)
        return 1
    except OSError:
        print("the assistant does not answer", file=sys.stderr)
        return 1
    except (EOFError, KeyboardInterrupt):
        print()
        return 0
    finally:
        processes.stop()


if __name__ == "__main__":
    sys.exit(main())
