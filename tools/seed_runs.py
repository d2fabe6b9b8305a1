"""Write content/seed_runs.txt: a hash of every run of eight words in the documents that the topics were first listed from.

    .venv/bin/python tools/seed_runs.py GUIDE.txt ... > content/seed_runs.txt

`make check` then finds a sentence that was copied, without the documents being kept here.
"""

import sys
from pathlib import Path

from ampoule.seed_runs import RUN, runs


def main(files: list[str]) -> int:
    if not files:
        print(__doc__, file=sys.stderr)
        return 2
    found = {digest for file in files for digest, _ in runs(Path(file).read_text(encoding="utf-8"))}
    print(f"# Hashes of the runs of {RUN} words in {len(files)} documents; written by tools/seed_runs.py")
    print("\n".join(sorted(found)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
