"""The Prefect server of one run or of `ensia serve`, as a process of its own: `python -m flows.server_process <socket>`.

It answers on a socket that its parent made and holds, so whoever connects to that port can reach no other server. It
ends when its parent does, however that ends: standard input is a pipe of which only the parent has the other side.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import time

GRACE_SECONDS = 15


def main(descriptor: int) -> None:
    """Serve on the listening socket `descriptor` until told to stop or until the parent is gone."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    import uvicorn
    from prefect.server.api.server import create_app

    server = uvicorn.Server(uvicorn.Config(create_app(final=True), log_level="error", lifespan="on"))
    server.run(sockets=[socket.socket(fileno=descriptor)])


def _end_with_parent() -> None:
    while os.read(0, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_SECONDS)
    os._exit(1)


if __name__ == "__main__":
    main(int(sys.argv[1]))
