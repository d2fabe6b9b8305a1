"""Train if what training learns from has changed: questions, lexicon, data, library or pipeline.

The Reader's artefact is taken out of Rasa's archive into models/reader, so that engine and web service load the same.
"""

import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from ampoule import content
from processes import ROOT, environment

MODELS = ROOT / "models"
ARCHIVE, STAMP = MODELS / "ampoule.tar.gz", MODELS / "trained_from"
LEARNT_FROM = ("config.yml", "domain.yml", "data", "content/lexicon", "core/ampoule", "pipeline", "models/encoder/manifest.json")


def fingerprint() -> str:
    """A hash of everything that training learns from; editing an answer's text does not change it."""
    digest = hashlib.sha256()
    for name in LEARNT_FROM:
        path = ROOT / name
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file() and "__pycache__" not in file.parts:
                digest.update(str(file.relative_to(ROOT)).encode() + file.read_bytes())
    for topic in content.load(ROOT / "content").topics.values():
        digest.update(repr((topic.id, topic.questions)).encode())
    return digest.hexdigest()


def main() -> int:
    wanted = fingerprint()
    if ARCHIVE.exists() and (MODELS / "reader" / "manifest.json").exists() and STAMP.exists() and STAMP.read_text() == wanted:
        return 0
    print("training (about a minute) ...", flush=True)
    log = MODELS / "train.log"
    # Forced: Rasa's own cache knows nothing of the encoder, the lexicon or the library.
    command = [str(ROOT / ".venv/bin/rasa"), "train", "--force", "--fixed-model-name", "ampoule", "--out", str(MODELS)]
    with open(log, "w") as errors:
        process = subprocess.Popen(command, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, stderr=errors, text=True)
        for line in process.stdout:
            if line.startswith("  learning: "):
                print(line, end="", flush=True)
            errors.write(line)
    if process.wait():
        last = [line for line in log.read_text(errors="replace").splitlines() if "ContentError" in line]
        print(f"training failed: {last[-1] if last else f'see {log}'}", file=sys.stderr)
        return 1
    publish()
    STAMP.write_text(wanted)
    print("trained", flush=True)
    return 0


def publish() -> None:
    with tempfile.TemporaryDirectory(dir=MODELS) as folder, tarfile.open(ARCHIVE) as archive:
        members = [m for m in archive.getmembers() if m.isfile() and "ReaderComponent" in m.name]
        for member in members:
            (Path(folder) / Path(member.name).name).write_bytes(archive.extractfile(member).read())
        shutil.rmtree(MODELS / "reader", ignore_errors=True)
        shutil.copytree(folder, MODELS / "reader")


if __name__ == "__main__":
    sys.exit(main())
