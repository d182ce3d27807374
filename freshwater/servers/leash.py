"""Runs one server and stops it when whoever started it is gone. A program of its own: standard library only.

    python -I leash.py LOCK SIGNAL GRACE COMMAND...

Its standard input is a pipe that its parent holds open: however the parent ends, also by kill -9, the pipe closes,
the server gets SIGNAL, and after GRACE seconds SIGKILL. (PR_SET_PDEATHSIG would be Linux only, and fires when the
*thread* that forked ends.) LOCK is the descriptor of a locked file. Every process of the server inherits it, so the
lock is free exactly when the last of them is gone. Prints the server's process id; its own exit is the server's.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress


def _stop_when_orphaned(server: subprocess.Popen[bytes], stop: signal.Signals, grace: float) -> None:
    # Not sys.stdin: its lock, held by a daemon thread at exit, makes Python abort.
    while os.read(0, 4096):
        pass
    with suppress(ProcessLookupError):
        server.send_signal(stop)
        # A frozen server (SIGSTOP) hears nothing until it is thawed.
        server.send_signal(signal.SIGCONT)
    time.sleep(grace)
    server.kill()


def main() -> int:
    lock, stop, grace, *command = sys.argv[1:]
    # Ctrl-C and kill are for the parent, which drains its own services first. A handler, not SIG_IGN: the server
    # would inherit that, and could not be stopped.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    server = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=sys.stderr, pass_fds=(int(lock),))
    # The next start that finds the file locked says by whom.
    os.ftruncate(int(lock), 0)
    os.pwrite(int(lock), str(server.pid).encode("ascii"), 0)
    os.write(1, f"{server.pid}\n".encode("ascii"))
    os.close(1)
    watch = (server, signal.Signals(int(stop)), float(grace))
    threading.Thread(target=_stop_when_orphaned, args=watch, daemon=True).start()
    return server.wait()


if __name__ == "__main__":
    sys.exit(main())
