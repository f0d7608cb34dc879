"""What is known of the call being served."""

from __future__ import annotations

import time
from contextvars import ContextVar
from dataclasses import dataclass

from reelhouse_kit.auth.principal import NOBODY, Principal

MARGIN = 0.05
"""Seconds of the caller's time that a call to another service leaves for answering."""


@dataclass(slots=True)
class Call:
    """One RPC being served."""

    method: str
    request_id: str
    principal: Principal
    deadline: float
    """When the caller's time is over, on the clock of time.monotonic."""
    peer: str = ""

    def remaining(self) -> float:
        """Returns how many seconds are left for calls to others."""
        return self.deadline - time.monotonic() - MARGIN


_current: ContextVar[Call | None] = ContextVar("reelhouse_call", default=None)


def begin(call: Call) -> None:
    """Makes a call the current one. gRPC serves each in a task of its own."""
    _current.set(call)


def current() -> Call | None:
    """Returns the call being served; None outside of one."""
    return _current.get()


def caller() -> Principal:
    """Returns who made the call being served."""
    call = _current.get()
    return call.principal if call else NOBODY
