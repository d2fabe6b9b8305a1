"""The service as a process of its own, with the stand-in reader: what `python -m ampoule_clinic` does, for the tests."""

from conftest import FakeReader

from ampoule_clinic import __main__

__main__.Reader.load = lambda models, content: FakeReader()  # type: ignore[method-assign,assignment]

if __name__ == "__main__":
    __main__.main()
