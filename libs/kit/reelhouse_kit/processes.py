"""Child processes that do not outlive their parent.

A command is started by way of this very file, which asks the kernel to be signalled when its parent
dies and then becomes the command. The usual way, `preexec_fn`, runs in a copy of the parent between
fork and exec, where gRPC's fork handlers crash now and then; and it keeps Python from using vfork.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys
from collections.abc import Sequence

_PR_SET_PDEATHSIG = 1


def leashed(
    command: Sequence[str | bytes | os.PathLike[str]],
    *,
    death_signal: signal.Signals = signal.SIGKILL,
    memory: int = 0,
    account: tuple[int, int] | None = None,
) -> list[str | bytes | os.PathLike[str]]:
    """Returns the command line that runs a command as a process that does not outlive this one.

    Call it in the thread that will start the process, and let that thread live: the kernel sends
    the signal when it ends. On other systems than Linux the process is not tied to its parent.

    Args:
        command: The program, with its path, and its arguments.
        death_signal: What the process is sent when its parent dies.
        memory: Bytes of address space that it may use; 0 for no limit.
        account: The user and group to run it as; None for this process's.
    """
    user, group = account or (-1, -1)
    options = (os.getpid(), int(death_signal), memory, user, group)
    return [sys.executable, "-I", "-S", __file__, *map(str, options), *command]


def become(
    parent: int, death_signal: int, memory: int, user: int, group: int, *command: bytes
) -> None:
    """Turns this process into the command."""
    if user >= 0:
        os.setgroups([])
        os.setgid(group)
        os.setuid(user)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
        if os.getppid() != parent:  # it died before the call above
            os.kill(os.getpid(), death_signal)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if memory:
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    try:
        os.execv(command[0], command)  # noqa: S606 # there is no shell to do without
    except OSError as error:
        sys.exit(f"{os.fsdecode(command[0])}: {error.strerror}")


if __name__ == "__main__":
    parent, death_signal, memory, user, group = (int(argument) for argument in sys.argv[1:6])
    become(parent, death_signal, memory, user, group, *(os.fsencode(a) for a in sys.argv[6:]))
