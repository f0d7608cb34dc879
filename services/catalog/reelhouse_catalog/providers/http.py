"""Requests to providers over HTTP: at their pace, within limits, and no more often than needed.

Kinds of failure, and what becomes of them:

- not found (404): None, and it is kept that there is nothing.
- rate limit (429, or 503 with Retry-After): PROVIDER_RATE_LIMITED; all replicas leave the host
  alone until then.
- authorization (401, 403): PROVIDER_REFUSED.
- server (other 5xx), connection, timeout: PROVIDER_UNAVAILABLE, after one more attempt.
- response (too large, no JSON, an unexpected status): PROVIDER_ANSWER_INVALID.
"""

from __future__ import annotations

import asyncio
import hashlib
import random
import time
import zlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import orjson

from reelhouse_catalog.providers import store
from reelhouse_kit import errors, log
from reelhouse_kit.breaker import Breaker
from reelhouse_kit.db import Database

if TYPE_CHECKING:
    import aiohttp

TIMEOUT = 10.0
MAX_BYTES = 8 * 2**20
"""Of an answer, unpacked."""
DEFAULT_RETRY_AFTER = 60.0
LONGEST_RETRY_AFTER = 86_400.0
LONGEST_WAIT = timedelta(seconds=20)
"""How long a request may wait for its turn; past it the whole question is put off."""
_ATTEMPTS = 2
_AGENT = "Reelhouse/0.1.0"
_LARGE = 2**16
_logger = log.get(__name__)

Authorize = Callable[[bool], Awaitable[Mapping[str, str]]]
"""Returns the headers that prove who asks; renewed when the provider refused the last ones."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a provider answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class _ServerError(Exception):
    """The provider failed."""


def _wants_rest(answer: Answer) -> bool:
    return answer.status == HTTPStatus.TOO_MANY_REQUESTS or (
        answer.status == HTTPStatus.SERVICE_UNAVAILABLE and "Retry-After" in answer.headers
    )


def user_agent(contact: str = "") -> str:
    """Returns how Reelhouse introduces itself: "Name/version (contact)"."""
    return f"{_AGENT} ({contact})" if contact else _AGENT


def retry_after(header: str | None, now: datetime) -> float:
    """Returns the seconds that a Retry-After header asks for; it holds seconds or a date."""
    seconds = DEFAULT_RETRY_AFTER
    if header and header.strip().isascii() and header.strip().isdigit():
        seconds = float(header.strip()[:9])
    elif header:
        try:
            then = parsedate_to_datetime(header)
        except (ValueError, OverflowError):
            return seconds
        then = then if then.tzinfo else then.replace(tzinfo=UTC)
        seconds = (then - now).total_seconds()
    return min(max(seconds, 1.0), LONGEST_RETRY_AFTER)


class ProviderClient:
    """One provider's HTTP interface.

    Args:
        session: The connections of this process.
        database: Where answers are kept and turns are taken.
        name: The provider's name.
        base_url: What paths are relative to.
        interval: The least time between two requests of all replicas together.
        agent: How Reelhouse introduces itself.
        params: Sent with every request, and never kept or logged: keys.
        authorize: Proves who asks.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        database: Database,
        name: str,
        base_url: str,
        *,
        interval: timedelta,
        agent: str = _AGENT,
        params: Mapping[str, str] | None = None,
        authorize: Authorize | None = None,
    ) -> None:
        self._session = session
        self._database = database
        self._name = name
        self._base = base_url.rstrip("/")
        self._host = urlsplit(base_url).netloc.rpartition("@")[2]
        self._interval = interval
        self._headers = {"User-Agent": agent, "Accept": "application/json"}
        self._params = dict(params or {})
        self._authorize = authorize
        self._breaker = Breaker()

    async def get(
        self, path: str, params: Mapping[str, str] | None = None, *, lifetime: timedelta
    ) -> dict[str, Any] | None:
        """Returns a JSON object; None where the provider has nothing there.

        Args:
            path: Relative to the base.
            params: The query.
            lifetime: How long the answer holds.

        Raises:
            RetryableError: The provider does not answer, or wants to be left alone.
            Error: It refuses, or answers nonsense.
        """
        asked = dict(params or {})
        key = self._key(path, asked)
        kept = await store.get(self._database, key)
        if kept is not None and kept.fresh:
            return await self._unpacked(kept)
        etag = kept.etag if kept is not None else ""
        answer = await self._ask("GET", path, asked, etag=etag)
        if answer.status == HTTPStatus.NOT_MODIFIED and kept is not None:
            await store.confirm(self._database, key, lifetime)
            return await self._unpacked(kept)
        found = answer.status != HTTPStatus.NOT_FOUND
        document = await self._document(answer.body) if found else None
        if "no-store" not in answer.headers.get("Cache-Control", "").lower():
            await store.put(
                self._database,
                key,
                provider=self._name,
                status=answer.status,
                etag=answer.headers.get("ETag", "")[:200],
                body=await _run(zlib.compress, answer.body) if found else b"",
                lifetime=lifetime,
            )
        return document

    async def post(self, path: str, body: Mapping[str, str]) -> dict[str, Any] | None:
        """Sends a JSON object and returns the one that comes back; nothing of it is kept."""
        answer = await self._ask("POST", path, {}, body=body)
        return None if answer.status == HTTPStatus.NOT_FOUND else await self._document(answer.body)

    def _key(self, path: str, params: Mapping[str, str]) -> bytes:
        named = orjson.dumps([self._name, self._base, path, sorted(params.items())])
        return hashlib.sha256(named).digest()

    async def _ask(
        self,
        method: str,
        path: str,
        params: Mapping[str, str],
        *,
        etag: str = "",
        body: Mapping[str, str] | None = None,
    ) -> Answer:
        """Asks until there is an answer that means something, twice at most."""
        from aiohttp import ClientError  # noqa: PLC0415 # see `setup.opened`

        renewed = False
        attempt = 1
        while True:
            last = attempt >= _ATTEMPTS
            attempt += 1
            headers = dict(self._headers)
            if etag:
                headers["If-None-Match"] = etag
            if self._authorize is not None:
                headers |= await self._authorize(renewed)
            await self._wait_for_turn()
            try:
                answer = await self._send(method, path, params, headers, body)
            except (ClientError, TimeoutError, OSError, _ServerError) as error:
                # What these say may hold the address, and with it a key.
                self._note("failed", path, error=type(error).__name__)
                self._breaker = self._breaker.failed(time.monotonic())
                if last:
                    raise self._unavailable() from None
                await asyncio.sleep(random.uniform(0.2, 0.6))  # noqa: S311 # jitter
                continue
            except BaseException:
                self._breaker = self._breaker.abandoned()
                raise
            status = answer.status
            if status == HTTPStatus.UNAUTHORIZED and self._authorize and not renewed:
                self._breaker = self._breaker.abandoned()
                renewed = True
                attempt = 1
                continue
            if _wants_rest(answer):
                pause = retry_after(answer.headers.get("Retry-After"), datetime.now(UTC))
                await store.hold(self._database, self._host, timedelta(seconds=pause))
                self._breaker = self._breaker.abandoned()
                if last or pause > LONGEST_WAIT.total_seconds():
                    raise self._limited(pause)
                continue
            self._breaker = self._breaker.succeeded()
            return self._checked(answer)

    def _checked(self, answer: Answer) -> Answer:
        """Returns an answer that means something.

        Raises:
            Error: The provider refuses, or answers what it should not.
        """
        status = answer.status
        if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            raise errors.FailedPreconditionError(
                "PROVIDER_REFUSED",
                f"{self._name} refuses: its key or contact is wrong",
                provider=self._name,
            )
        if status in (HTTPStatus.OK, HTTPStatus.NOT_MODIFIED, HTTPStatus.NOT_FOUND):
            return answer
        raise self._nonsense(f"the status {status}")

    async def _send(
        self,
        method: str,
        path: str,
        params: Mapping[str, str],
        headers: Mapping[str, str],
        body: Mapping[str, str] | None,
    ) -> Answer:
        started = time.perf_counter()
        async with (
            asyncio.timeout(TIMEOUT),
            self._session.request(
                method,
                self._base + path,
                params={**params, **self._params},
                headers=headers,
                json=body,
                allow_redirects=False,
            ) as response,
        ):
            data = bytearray()
            async for chunk in response.content.iter_chunked(_LARGE):
                data += chunk
                if len(data) > MAX_BYTES:
                    raise self._nonsense(f"more than {MAX_BYTES} bytes")
        spent = round((time.perf_counter() - started) * 1000, 1)
        self._note("asked", path, status=response.status, ms=spent)
        answer = Answer(response.status, response.headers, bytes(data))
        if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR and not _wants_rest(answer):
            raise _ServerError
        return answer

    async def _wait_for_turn(self) -> None:
        self._breaker, allowed = self._breaker.ask(time.monotonic())
        if not allowed:
            raise self._unavailable(self._breaker.wait(time.monotonic()))
        try:
            granted, wait = await store.reserve(
                self._database, self._host, self._interval, LONGEST_WAIT
            )
            if not granted:
                raise self._limited(wait)
            await asyncio.sleep(wait)
        except BaseException:
            self._breaker = self._breaker.abandoned()
            raise

    async def _unpacked(self, kept: store.Kept) -> dict[str, Any] | None:
        if kept.status == HTTPStatus.NOT_FOUND:
            return None
        return await self._document(await _run(zlib.decompress, kept.body))

    async def _document(self, body: bytes) -> dict[str, Any]:
        try:
            document = await _run(orjson.loads, body)
        except orjson.JSONDecodeError:
            raise self._nonsense("something that is no JSON") from None
        if not isinstance(document, dict):
            raise self._nonsense("something that is no JSON object")
        return document

    def _limited(self, seconds: float) -> errors.Error:
        return errors.ResourceExhaustedError(
            "PROVIDER_RATE_LIMITED",
            f"{self._name} wants to be left alone for {seconds:.0f} s",
            retry_after=seconds,
            provider=self._name,
        )

    def _unavailable(self, seconds: float = DEFAULT_RETRY_AFTER) -> errors.Error:
        return errors.UnavailableError(
            "PROVIDER_UNAVAILABLE",
            f"{self._name} does not answer",
            retry_after=seconds,
            provider=self._name,
        )

    def _nonsense(self, what: str) -> errors.Error:
        return errors.UnavailableError(
            "PROVIDER_ANSWER_INVALID",
            f"{self._name} answers {what}",
            retry_after=LONGEST_RETRY_AFTER,
            provider=self._name,
        )

    def _note(self, event: str, path: str, **values: object) -> None:
        _logger.info(event, provider=self._name, path=path, **values)


async def _run(work: Callable[[bytes], Any], data: bytes) -> Any:
    # Small ones cost less than the way to another thread.
    return work(data) if len(data) < _LARGE else await asyncio.to_thread(work, data)
