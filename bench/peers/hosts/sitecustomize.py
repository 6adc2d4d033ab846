"""Python runs this at its start when the folder is on its path. S3 Control's clients put the account's id before the host, and
111122223333.127.0.0.1 is in no DNS."""

import socket

_real = socket.getaddrinfo


def _resolve(host, *rest, **more):
    if isinstance(host, str) and host.endswith(".127.0.0.1"):
        host = "127.0.0.1"
    return _real(host, *rest, **more)


socket.getaddrinfo = _resolve
