"""Who may call what: every method, by every kind of caller, against its contract."""

from __future__ import annotations

from typing import Any

import grpc

from reelhouse.options.v1 import options_pb2
from tests.contract.methods import CALLERS, RPCS, good_request
from tests.suite import Suite, shown

RULE = options_pb2.AccessRule
ALLOWED = {
    RULE.LEVEL_PUBLIC: set(CALLERS),
    RULE.LEVEL_USER: {"alice", "bob", "admin", "service"},
    RULE.LEVEL_ADMIN: {"admin", "service"},
    RULE.LEVEL_SERVICE: {"service"},
}
# What only somebody with a name of their own can do, services are told apart for.
USERS_ONLY = {"PlaybackService.StartSession", "MediaRequestService.CreateMediaRequest"}


async def test_every_method_by_every_caller(suite: Suite) -> None:
    wrong = []
    for rpc in RPCS:
        for caller in CALLERS:
            answer = await rpc.call(suite, caller, good_request(rpc))
            refused = answer.reason in ("UNAUTHENTICATED", "PERMISSION_DENIED")
            if caller == "service" and rpc.name in USERS_ONLY:
                refused = False
            expected = caller not in ALLOWED[rpc.level]
            code_fits = not refused or answer.code is (
                grpc.StatusCode.UNAUTHENTICATED
                if caller == "nobody"
                else grpc.StatusCode.PERMISSION_DENIED
            )
            broken = answer.code in (grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN)
            if refused is not expected or not code_fits or broken:
                wrong.append((rpc.name, caller, answer.code.name, answer.reason, answer.message))
    assert not wrong, shown(wrong)


async def test_bad_credentials_are_unauthenticated(suite: Suite) -> None:
    rpc = next(rpc for rpc in RPCS if rpc.name == "TitleService.ListTitles")
    for header in ("Bearer nonsense", "Basic YTpi", "Bearer rh_abc", "Bearer ", "x"):
        call: Any = suite.channels["catalog"].unary_unary(
            "/reelhouse.catalog.v1.TitleService/ListTitles"
        )
        try:
            await call(b"", metadata=[("authorization", header)], timeout=5)
            raise AssertionError(header)
        except grpc.aio.AioRpcError as error:
            assert error.code() is grpc.StatusCode.UNAUTHENTICATED, header
    assert (await rpc.call(suite, "alice", good_request(rpc))).code is grpc.StatusCode.OK
