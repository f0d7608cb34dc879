"""Opening, hashing and choosing media files, over gRPC."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest

from reelhouse.catalog.v1 import (
    media_file_pb2,
    media_file_service_pb2,
    media_file_service_pb2_grpc,
    verification_pb2,
)
from tests.contract import expect
from tests.media import Media
from tests.suite import Client, Suite

File = media_file_pb2.MediaFile
Verification = verification_pb2.Verification
pb = media_file_service_pb2


@pytest.fixture
def admin(suite: Suite) -> Client:
    return suite.stub(media_file_service_pb2_grpc, "MediaFileService", "admin")


@pytest.fixture
async def films(suite: Suite, media: Media, tmp_path: Path) -> AsyncIterator[dict[str, File]]:
    root = tmp_path / "films"
    media.film(root / "Night Train (2019)" / "Night Train (2019).mkv")
    media.film(root / "Night Train (2019)" / "Night Train (2019) - 720p.mkv", hertz=220)
    media.film(root / "Harbor (2020).mkv", hertz=230)
    (root / "x1.mkv").write_bytes(b"no film at all")
    async with suite.workers():
        await suite.library(root)
        yield await suite.files()


async def ended(admin: Client, verification: Verification) -> Verification:
    async with asyncio.timeout(20):
        while verification.state in (Verification.STATE_PENDING, Verification.STATE_RUNNING):
            await asyncio.sleep(0.05)
            request = pb.GetVerificationRequest(name=verification.name)
            verification = await admin.GetVerification(request)
    return verification


async def verified(admin: Client, file: File) -> Verification:
    return await ended(
        admin, await admin.VerifyMediaFile(pb.VerifyMediaFileRequest(name=file.name))
    )


async def test_a_file_is_hashed_then_held_against_its_hash(
    admin: Client, films: dict[str, File], tmp_path: Path
) -> None:
    path = tmp_path / "films" / "Harbor (2020).mkv"
    file = films[path.name]
    assert (file.sha256, file.HasField("hash_time")) == ("", False)
    content = path.read_bytes()
    expected = hashlib.sha256(content).hexdigest()

    first = await verified(admin, file)
    assert (first.state, first.outcome) == (
        Verification.STATE_COMPLETED,
        Verification.OUTCOME_HASHED,
    )
    assert (first.sha256, first.expected_sha256) == (expected, "")
    assert first.done_bytes == first.total_bytes == len(content)
    again = await admin.GetMediaFile(pb.GetMediaFileRequest(name=file.name))
    assert again.sha256 == expected
    assert (await verified(admin, file)).outcome == Verification.OUTCOME_MATCHED

    # A bit flips on the disk: time and size tell nothing.
    times = path.stat()
    middle = len(content) // 2
    rotten = content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
    path.write_bytes(rotten)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    for _ in range(2):
        found = await verified(admin, file)
        assert found.outcome == Verification.OUTCOME_MISMATCHED
        assert (found.sha256, found.expected_sha256) == (
            hashlib.sha256(rotten).hexdigest(),
            expected,
        )
    # Written to as a file is: a new content, whose hash is not known.
    path.write_bytes(rotten + b"\0")
    changed = await verified(admin, file)
    assert (changed.state, changed.error.details[0].type_url.rpartition(".")[2]) == (
        Verification.STATE_FAILED,
        "ErrorInfo",
    )
    probed = await admin.ProbeMediaFile(pb.ProbeMediaFileRequest(name=file.name))
    assert probed.sha256 == ""
    assert (await verified(admin, file)).outcome == Verification.OUTCOME_HASHED
    listed = await admin.ListVerifications(pb.ListVerificationsRequest(parent=file.name))
    assert len(listed.verifications) == 6
    names = [verification.name for verification in listed.verifications]
    assert names == sorted(names, reverse=True)


async def test_one_verification_at_a_time(
    suite: Suite, admin: Client, media: Media, tmp_path: Path
) -> None:
    media.film(tmp_path / "films" / "A (2001).mkv")
    async with suite.workers():
        await suite.library(tmp_path / "films")
    # Without workers, it waits.
    file = (await suite.files())["A (2001).mkv"]
    request = pb.VerifyMediaFileRequest(name=file.name, request_id=str(uuid4()))
    made = await admin.VerifyMediaFile(request)
    assert await admin.VerifyMediaFile(request) == made
    with expect.error(expect.PRECONDITION, "VERIFICATION_RUNNING"):
        await admin.VerifyMediaFile(pb.VerifyMediaFileRequest(name=file.name))
    cancel = pb.CancelVerificationRequest(name=made.name)
    assert (await admin.CancelVerification(cancel)).state == Verification.STATE_CANCELLED
    with expect.error(expect.PRECONDITION, "WRONG_STATE"):
        await admin.CancelVerification(cancel)


async def test_what_is_not_there_cannot_be_verified_or_opened(
    admin: Client, films: dict[str, File], tmp_path: Path
) -> None:
    path = tmp_path / "films" / "Harbor (2020).mkv"
    path.unlink()
    os.mkfifo(path)
    assert (await verified(admin, films[path.name])).state == Verification.STATE_FAILED
    path.unlink()
    assert (await verified(admin, films[path.name])).state == Verification.STATE_FAILED
    with expect.error(expect.PRECONDITION, "MEDIA_FILE_GONE"):
        await admin.ProbeMediaFile(pb.ProbeMediaFileRequest(name=films[path.name].name))


async def test_a_file_is_opened_again(
    admin: Client, films: dict[str, File], media: Media, tmp_path: Path
) -> None:
    file = films["x1.mkv"]
    assert file.probe_error
    again = await admin.ProbeMediaFile(pb.ProbeMediaFileRequest(name=file.name))
    assert again.probe_error == file.probe_error
    media.film(tmp_path / "films" / "x1.mkv", seconds=3, hertz=500)
    whole = await admin.ProbeMediaFile(pb.ProbeMediaFileRequest(name=file.name))
    assert (whole.probe_error, whole.name) == ("", file.name)
    assert abs(whole.duration.ToMilliseconds() - 3000) < 100
    assert len(whole.streams) == 2
    assert whole.probe_time.ToNanoseconds() > file.probe_time.ToNanoseconds()
    # However many ask at once, all are answered or told to come back.
    calls = (admin.ProbeMediaFile(pb.ProbeMediaFileRequest(name=file.name)) for _ in range(6))
    for answer in await asyncio.gather(*calls, return_exceptions=True):
        assert isinstance(answer, File) or answer.code().name == "RESOURCE_EXHAUSTED"  # type: ignore[union-attr]


async def test_one_file_of_a_film_is_the_one_to_play(
    suite: Suite, admin: Client, films: dict[str, File]
) -> None:
    first, second = (
        films["Night Train (2019).mkv"],
        films["Night Train (2019) - 720p.mkv"],
    )
    for chosen, other in ((first, second), (second, first), (second, first)):
        request = pb.SetCanonicalMediaFileRequest(name=chosen.name)
        assert all(link.canonical for link in (await admin.SetCanonicalMediaFile(request)).links)
        files = {file.name: file for file in (await suite.files()).values()}
        assert [link.canonical for link in files[chosen.name].links] == [True]
        assert [link.canonical for link in files[other.name].links] == [False]
    with expect.error(expect.PRECONDITION, "MEDIA_FILE_NOT_LINKED"):
        request = pb.SetCanonicalMediaFileRequest(name=films["x1.mkv"].name)
        await admin.SetCanonicalMediaFile(request)


async def test_names_of_one_file_are_files_with_one_fingerprint(
    suite: Suite, admin: Client, media: Media, tmp_path: Path
) -> None:
    root = tmp_path / "films"
    first = media.film(root / "A (2001).mkv")
    (root / "B (2002).mkv").hardlink_to(first)
    (root / "C (2003).mkv").symlink_to(first)
    elsewhere = media.film(tmp_path / "elsewhere" / "D (2004).mkv", hertz=220)
    (root / "linked").symlink_to(elsewhere.parent)
    async with suite.workers():
        await suite.library(root)
        files = await suite.files()
        assert set(files) == {"A (2001).mkv", "B (2002).mkv", "C (2003).mkv", "D (2004).mkv"}
        same = [files[f"{letter} (200{n}).mkv"] for n, letter in enumerate("ABC", 1)]
        assert len({file.fingerprint for file in same}) == 1
        assert len({file.name for file in same}) == 3
        # One name goes: the others stay what they are.
        (root / "B (2002).mkv").unlink()
        await suite.scan(same[0].library)
        states = {name: file.state for name, file in (await suite.files()).items()}
        assert states == {
            "A (2001).mkv": File.STATE_PRESENT,
            "B (2002).mkv": File.STATE_MISSING,
            "C (2003).mkv": File.STATE_PRESENT,
            "D (2004).mkv": File.STATE_PRESENT,
        }
