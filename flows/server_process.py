"""The Prefect server of one run or of `ensia serve`, as a process of its own: `python -m flows.server_process <socket>
<owner> <its start>`.

It answers on a socket that its owner made and holds, so whoever connects to that port can reach no other server. It
ends when its owner does, however that ends: standard input is a pipe of which the owner has the other side, and where a
process that the owner made holds that side too, it is asked every second whether the owner still runs.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import sys
import threading
import time

from flows.process import Process

GRACE_SECONDS = 15


def main(descriptor: int, owner: Process | None) -> None:
    """Serve on the listening socket `descriptor` until told to stop or until the owner is gone."""
    threading.Thread(target=_end_with_owner, args=(owner,), daemon=True).start()
    import uvicorn
    from prefect.server.api.server import create_app

    server = uvicorn.Server(uvicorn.Config(create_app(final=True), log_level="error", lifespan="on"))
    server.run(sockets=[socket.socket(fileno=descriptor)])


def _end_with_owner(owner: Process | None) -> None:
    while _owner_holds() and (owner is None or owner.runs()):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_SECONDS)
    os._exit(1)


def _owner_holds() -> bool:
    """Whether somebody holds the other side of standard input; looks for at most a second."""
    ready, _, _ = select.select([0], [], [], 1)
    return not ready or bool(os.read(0, 1))


if __name__ == "__main__":
    main(int(sys.argv[1]), Process(*map(int, sys.argv[2:4])) if sys.argv[2:] else None)
