"""A widget without a browser: messages are counted, not sent; and a clock that tests set."""

from __future__ import annotations

import json


class FakeComm:
    """Counts what a widget sends."""

    comm_id = "fake"

    def __init__(self):
        self.messages, self.bytes = [], 0
        self.handler = None

    def take(self, data, buffers):
        self.messages.append((data, buffers))
        self.bytes += len(json.dumps(data, allow_nan=False)) + sum(len(b) for b in buffers or [])


class FakePanel:
    """A panel whose other end is a `FakeComm`: like the widget, each message is sent immediately."""

    model_id = "fake"

    def __init__(self):
        self.comm, self.handlers, self.closed, self._history = FakeComm(), [], False, b""

    def on_msg(self, handler):
        self.handlers.append(handler)

    def send(self, content, buffers=None):
        assert not self.closed
        self.comm.take(content, buffers)

    @property
    def history(self):
        return self._history

    @history.setter
    def history(self, value):
        assert not self.closed
        self._history = value
        self.comm.take({"method": "update"}, [value])

    def close(self):
        self.closed = True

    def say(self, **content):
        """What a browser would send."""
        for handler in self.handlers:
            handler(self, content, [])


class Clock:
    """A clock that tests set."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now
