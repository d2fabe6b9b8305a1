"""Start everything, print the address, and stop everything on Ctrl-C."""

import signal
import sys
import time

import first_run
from processes import CLINIC, CLINIC_PYTHON, ROOT, Processes, StartError


def main() -> int:
    # Explicitly, because a shell starts background jobs with Ctrl-C ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    processes = Processes()
    try:
        print("starting (about 15 seconds) ...", flush=True)
        processes.start()
        processes.wait_until_ready()
        print(f"\n  Ampoule is ready: {CLINIC}\n  For patients:     {CLINIC}/portal\n  For staff:        {CLINIC}/desk\n")
        if link := first_run.link(CLINIC_PYTHON, ROOT / "clinic", processes.told):
            print(f"  Create the first account: {link} (works once, for an hour)\n")
        print("  Ctrl-C stops it.", flush=True)
        while not (name := processes.dead()):
            time.sleep(1)
        print(f"{name} has stopped; stopping the rest", file=sys.stderr)
        return 1
    except StartError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nstopping ...", flush=True)
        return 0
    finally:
        processes.stop()


if __name__ == "__main__":
    sys.exit(main())
