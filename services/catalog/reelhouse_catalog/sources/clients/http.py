"""JSON over HTTP from servers whose addresses people gave: limited in time and size."""

from __future__ import annotations

import asyncio
import ipaddress
import random
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
import orjson
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from reelhouse_catalog.sources.protocol import Limits
from reelhouse_catalog.sources.remote import SourceError
from reelhouse_kit import log

_BIG = 1 << 20
"""Bytes from which on an answer is parsed in a thread: it would hold up everybody else."""
_RETRIED = frozenset({429, 500, 502, 503, 504})
_METADATA = frozenset(
    map(ipaddress.ip_address, ("fd00:ec2::254", "100.100.100.200", "168.63.129.16"))
)
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_logger = log.get(__name__)


class _Retry(Exception):  # noqa: N818 # not an error yet
    """The server wants to be asked again, after `after` seconds if it says so."""

    def __init__(self, problem: SourceError, after: float | None = None) -> None:
        super().__init__()
        self.problem = problem
        self.after = after


class Http:
    """One server."""

    def __init__(self, session: aiohttp.ClientSession, base_url: str, limits: Limits) -> None:
        self._session = session
        self._base = base_url
        self._limits = limits

    def url(self, path: str) -> str:
        """Returns the address of something on the server; empty for nothing."""
        return f"{self._base}{path}" if path.startswith("/") else ""

    async def get(
        self,
        path: str,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """Returns the JSON of an answer.

        Raises:
            SourceError: There is none, it is no JSON, or too much.
        """
        return await self._ask("GET", path, params or {}, headers or {}, None)

    async def post(self, path: str, document: Mapping[str, Any]) -> Any:
        """Sends a JSON document, and returns the JSON of the answer.

        Raises:
            SourceError: There is none, it is no JSON, or too much.
        """
        headers = {"Content-Type": "application/json"}
        return await self._ask("POST", path, {}, headers, orjson.dumps(document))

    async def _ask(
        self,
        method: str,
        path: str,
        params: Mapping[str, str],
        headers: Mapping[str, str],
        body: bytes | None,
    ) -> Any:
        attempt = 0
        while True:
            try:
                data = await self._once(method, path, params=params, headers=headers, body=body)
                return await _parsed(data)
            except _Retry as retry:
                attempt += 1
                if attempt > self._limits.retries:
                    raise retry.problem from None
                delay = self._limits.first_delay * 2 ** (attempt - 1)
                delay *= random.uniform(0.5, 1)  # noqa: S311 # jitter
                if retry.after is not None:
                    delay = max(delay, retry.after)
                delay = min(delay, self._limits.longest_delay)
                _logger.info("asking again", path=path, seconds=round(delay, 2))
                await asyncio.sleep(delay)

    async def _once(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str],
        headers: Mapping[str, str],
        body: bytes | None,
    ) -> bytes:
        try:
            async with self._session.request(
                method,
                URL(f"{self._base}{path}"),
                params=params,
                headers=headers,
                data=body,
                # Where it leads is another server, which was not checked, nor asked for.
                allow_redirects=False,
            ) as response:
                return await self._read(response)
        except TimeoutError:
            raise _Retry(_unreachable("takes too long to answer")) from None
        except aiohttp.InvalidURL:
            raise _unreachable("has an address that is none") from None
        except aiohttp.ClientSSLError as error:
            raise _unreachable(f"has a certificate that is not trusted ({_name(error)})") from None
        except aiohttp.ClientPayloadError:
            raise _Retry(_unreachable("breaks off its answer")) from None
        except (aiohttp.ClientResponseError, ValueError) as error:
            raise SourceError(
                "SOURCE_MALFORMED", f"the source answers no HTTP ({_name(error)})"
            ) from None
        except (aiohttp.ClientError, OSError) as error:
            problem = _unreachable(f"does not answer ({_name(error)})")
            if isinstance(error, _ForbiddenError):
                raise problem from None
            raise _Retry(problem) from None

    async def _read(self, response: aiohttp.ClientResponse) -> bytes:
        status = response.status
        if status in (401, 403):
            raise SourceError("SOURCE_REFUSED", "the source does not accept the credential")
        if status in _RETRIED:
            after = retry_after(response.headers.get("Retry-After", ""))
            message = f"the source answers with HTTP status {status}"
            raise _Retry(SourceError("SOURCE_UNREACHABLE", message, after=after), after)
        if status not in (200, 201, 202):
            raise SourceError("SOURCE_MALFORMED", f"the source answers with HTTP status {status}")
        most = self._limits.most_bytes
        data = bytearray()
        async for chunk in response.content.iter_chunked(1 << 16):
            data += chunk
            if len(data) > most:
                raise SourceError("SOURCE_MALFORMED", f"the source answers more than {most} bytes")
        return bytes(data)


@asynccontextmanager
async def opened(
    base_url: str, headers: Mapping[str, str], limits: Limits, *, skip_certificate_check: bool
) -> AsyncIterator[Http]:
    """Opens a session with a server. Nothing is asked yet.

    Raises:
        SourceError: The address is one that no source may have.
    """
    try:
        _check(ipaddress.ip_address(URL(base_url).host or ""))
    except _ForbiddenError as error:
        raise _unreachable(str(error)) from None
    except ValueError:
        pass  # a name: the resolver checks what it stands for
    connector = aiohttp.TCPConnector(
        resolver=_GuardedResolver(), limit=8, ssl=not skip_certificate_check
    )
    timeout = aiohttp.ClientTimeout(
        total=limits.total, sock_connect=limits.connect, sock_read=limits.read
    )
    async with aiohttp.ClientSession(
        connector=connector,
        timeout=timeout,
        headers={"Accept": "application/json", "User-Agent": "Reelhouse", **headers},
        cookie_jar=aiohttp.DummyCookieJar(),
    ) as session:
        yield Http(session, base_url, limits)


def retry_after(text: str) -> float | None:
    """Returns the seconds that a Retry-After header asks to wait: a number, or until a date."""
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        wanted = parsedate_to_datetime(text)
    except ValueError:
        return None
    if wanted.tzinfo is None:
        wanted = wanted.replace(tzinfo=UTC)
    return max(0.0, (wanted - datetime.now(UTC)).total_seconds())


class _ForbiddenError(OSError):
    """An address that no source may have."""


def _check(address: _Address) -> None:
    """Refuses addresses where clouds keep their machines' secrets, and those of nobody."""
    inner = getattr(address, "ipv4_mapped", None) or address
    if inner.is_link_local or inner.is_multicast or inner.is_unspecified or inner in _METADATA:
        raise _ForbiddenError(f"has the address {address}, which no source may have")


class _GuardedResolver(AbstractResolver):
    """Resolves names, but not to forbidden addresses; what was checked is what is connected to."""

    def __init__(self) -> None:
        self._inner = aiohttp.ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        for result in found:
            _check(ipaddress.ip_address(result["host"].partition("%")[0]))
        return found

    async def close(self) -> None:
        await self._inner.close()


async def _parsed(data: bytes) -> Any:
    # PostgreSQL keeps no NUL in text.
    data = data.replace(b"\\u0000", b"\\ufffd")
    try:
        if len(data) < _BIG:
            return orjson.loads(data)
        return await asyncio.to_thread(orjson.loads, data)
    except orjson.JSONDecodeError:
        raise SourceError("SOURCE_MALFORMED", "the source answers no JSON") from None


def _unreachable(what: str) -> SourceError:
    return SourceError("SOURCE_UNREACHABLE", f"the source {what}")


def _name(error: BaseException) -> str:
    # Not its text: that holds addresses with what is in them.
    number = getattr(error, "errno", None)
    known = isinstance(error, OSError) and isinstance(number, int) and number > 0
    return f"{type(error).__name__}, error {number}" if known else type(error).__name__
