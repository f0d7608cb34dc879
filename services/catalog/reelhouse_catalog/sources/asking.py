"""Asks sources, with their credentials, and says what it means when they do not answer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from reelhouse_catalog.sources.model import Source
from reelhouse_catalog.sources.protocol import Limits, SourceClient
from reelhouse_catalog.sources.remote import SourceError
from reelhouse_kit import errors, log
from reelhouse_kit.secrets import Box, SecretError

CHECK = Limits(connect=4.0, read=6.0, total=6.0, retries=1, longest_delay=1.0, most_bytes=1 << 20)
"""Of a check: its caller waits for it, 15 seconds at most."""
DISCOVERY = Limits(total=8.0, read=8.0, retries=2, longest_delay=2.0, most_bytes=16 << 20)
"""Of a discovery: its caller waits for it, 30 seconds at most."""
_logger = log.get(__name__)


@asynccontextmanager
async def talking(source: Source, box: Box, limits: Limits) -> AsyncIterator[SourceClient]:
    """Opens what talks to a source, with its credential.

    Raises:
        SourceError: The credential cannot be decrypted.
    """
    # With what it needs it takes 9 MB, which who has no source can do without.
    from reelhouse_catalog.sources.clients import connect  # noqa: PLC0415

    credential = ""
    if source.credential is not None:
        try:
            credential = box.open(source.credential, source.resource)
        except SecretError as error:
            _logger.warning("credential not readable", source=source.resource, error=str(error))
            raise SourceError(
                "SOURCE_REFUSED", "the credential cannot be decrypted; set it again"
            ) from None
    async with connect(source, credential, limits) as client:
        yield client


def as_answer(source: Source, error: SourceError) -> errors.Error:
    """Returns what to answer a caller when a source does not tell what it was asked."""
    message = f"{source.resource}: {error.message}"
    if error.code == "SOURCE_REFUSED":
        return errors.FailedPreconditionError("SOURCE_REFUSED", message, name=source.resource)
    if error.code == "SOURCE_MALFORMED":
        return errors.FailedPreconditionError("SOURCE_MALFORMED", message, name=source.resource)
    return errors.UnavailableError(
        "SOURCE_UNREACHABLE", message, retry_after=5, name=source.resource
    )
