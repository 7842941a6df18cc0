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
    """The widget of a panel whose other end is a `FakeComm`: like the real one, it sends each message immediately."""

    model_id = "fake"

    def __init__(self, state):
        self.comm, self.handlers, self.closed, self._state = FakeComm(), [], False, state

    def on_msg(self, handler):
        self.handlers.append(handler)

    def send(self, content, buffers=None):
        assert not self.closed
        self.comm.take(content, buffers)

    @property
    def state(self):
        return self._state

    @state.setter
    def state(self, value):
        assert not self.closed
        self._state = value
        self.comm.take({"method": "update", "state": value}, [])

    def close(self):
        self.closed = True

    def say(self, **content):
        """What a browser would send; returns what came back."""
        before = len(self.comm.messages)
        for handler in self.handlers:
            handler(self, content, [])
        return [message for message, _ in self.comm.messages[before:]]

    def deltas(self):
        """The messages that brought something new."""
        return [message for message, _ in self.comm.messages if message.get("kind") == "delta"]


class Clock:
    """A clock that tests set."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now
