"""A file server on the loopback, with the faults that real ones have."""

from __future__ import annotations

import contextlib
import http.server
import threading


class FileServer(http.server.ThreadingHTTPServer):
    """Serves one file under every path.

    Args:
        content: Bytes of the file.
        ranges: Boolean, whether a part of the file can be asked for.
        cuts: For each request in turn, after how many bytes of the answer the connection is cut; whole after that.
        status: Integer, an error to answer with instead of the file.
        length: String, what the answer says of its length instead of the truth.
    """

    daemon_threads = True

    def __init__(self, content: bytes, ranges=True, cuts=(), status=200, length=None):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.content, self.ranges, self.status, self.length = content, ranges, status, length
        self.cuts = list(cuts)
        self.asked: list = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/folder/file.npz"

    def handle_error(self, request, client_address):
        """A client that hangs up is no error of the server."""


class _Handler(http.server.BaseHTTPRequestHandler):
    server: FileServer

    def do_GET(self):
        wanted = self.headers.get("Range")
        self.server.asked.append(wanted)
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and self.server.ranges else 0
        body = self.server.content[start:]
        status = self.server.status if self.server.status != 200 else 206 if start else 200
        self.send_response(status if body else 416)
        if start:
            total = len(self.server.content)
            self.send_header("Content-Range", f"bytes {start}-{total - 1}/{total}")
        self.send_header("Content-Length", self.server.length or str(len(body)))
        self.end_headers()
        self.wfile.write(body[: self.server.cuts.pop(0) if self.server.cuts else None])

    def log_message(self, *args):
        """Silent."""


@contextlib.contextmanager
def serving(content: bytes, **faults):
    """A running `FileServer`."""
    server = FileServer(content, **faults)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
