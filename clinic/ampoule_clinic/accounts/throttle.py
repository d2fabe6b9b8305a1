"""Slows down whoever guesses passwords and codes. Kept in memory: a restart forgives, and each process counts for itself."""

from __future__ import annotations

import time
from collections.abc import Callable

from ampoule_clinic.limits import Limit


class Throttle:
    """A few tries are free; then one has to wait between them.

    Five for an account from one address, then one a minute: a stranger elsewhere who fails does not lock out its owner.
    Fifty for an account from everywhere, thirty for an address (a clinic's whole staff may share one). Codes have only six
    digits, and whoever tries them has the password already: five, then one in five minutes.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._address = Limit(30, 5, clock)
        self._account = Limit(50, 60, clock)
        self._both = Limit(5, 60, clock)
        self._code = Limit(5, 300, clock)

    def password(self, account: str, address: str) -> bool:
        return self.address(address) and self._both.allow(f"{account} {address}") and self._account.allow(account)

    def address(self, address: str) -> bool:
        return self._address.allow(address)

    def code(self, account: str) -> bool:
        return self._code.allow(account)

    def password_was_right(self, account: str, address: str) -> None:
        self._both.forget(f"{account} {address}")

    def code_was_right(self, account: str) -> None:
        self._code.forget(account)
