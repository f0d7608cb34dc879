"""Passwords, as argon2id. Hashing takes time and memory on purpose, so few are hashed at once."""

from __future__ import annotations

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# The parameters that OWASP's password storage cheat sheet recommends first.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_AT_ONCE = 2
_turns = asyncio.Semaphore(_AT_ONCE)
_NOBODYS = _HASHER.hash("nobody has this password")


async def hash_password(password: str) -> str:
    """Returns what a password is stored as."""
    async with _turns:
        return await asyncio.to_thread(_HASHER.hash, password)


async def verify(stored: str | None, password: str) -> bool:
    """Tells whether a password is the stored one.

    Where there is none stored it takes as long as if there were, so that time does not tell who has
    an account.
    """
    async with _turns:
        good = await asyncio.to_thread(_verify, stored or _NOBODYS, password)
    return good and stored is not None


def _verify(stored: str, password: str) -> bool:
    try:
        return _HASHER.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False
