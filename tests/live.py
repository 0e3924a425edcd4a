"""Clients that read events live: Server-Sent Events, as a browser's EventSource does."""

import json
import socket

from harness import KEY


class Event:
    def __init__(self, name, seq, data):
        self.name, self.seq, self.data = name, seq, data

    @property
    def json(self):
        return json.loads(self.data)


class Sse:
    """One stream. `id` is the last id that came, as EventSource keeps it for Last-Event-ID."""

    def __init__(self, server, query="", key=KEY, last=None, receive_buffer=None, version="1.1"):
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(20)
        self.socket.connect(("127.0.0.1", server.port))
        head = [f"GET /v1/events{query} HTTP/{version}", "Host: a", "Accept: text/event-stream",
                f"X-API-Key: {key}"] + ([f"Last-Event-ID: {last}"] if last is not None else [])
        self.socket.sendall("\r\n".join(head + ["", ""]).encode())
        self.file = self.socket.makefile("rb")
        self.status = int(self.file.readline().split()[1])
        self.headers = {}
        for line in iter(self.file.readline, b"\r\n"):
            name, _, value = line.decode().partition(":")
            self.headers[name.lower()] = value.strip()
        self.is_chunked = self.headers.get("transfer-encoding") == "chunked"
        self.id, self.retry, self.comments, self.text = None, None, 0, b""
        self.is_over = self.ended_well = False

    def close(self):
        self.file.close()
        self.socket.close()

    def _more(self):
        """What comes next; nothing at the end."""
        if not self.is_chunked:
            return self.file.readline()
        try:
            size = int(self.file.readline() or b"-1", 16)
        except ConnectionError:
            size = -1
        if size <= 0:
            self.ended_well = size == 0
            return b""
        data = self.file.read(size)
        self.file.readline()
        return data

    def _block(self):
        """The lines up to the next empty one; None at the end."""
        while b"\n\n" not in self.text:
            more = self._more()
            if not more:
                self.is_over = True
                return None
            self.text += more
        block, _, self.text = self.text.partition(b"\n\n")
        return block.decode().split("\n")

    def next(self):
        """The next event; None when the stream is over, or when it said that all is well."""
        block = self._block()
        name, data = "message", []
        for line in block or []:
            field, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if field == "":
                self.comments += 1
            elif field == "id":
                self.id = int(value)
            elif field == "retry":
                self.retry = int(value)
            elif field == "event":
                name = value
            elif field == "data":
                data.append(value)
        return Event(name, self.id, "\n".join(data)) if data else None

    def take(self, count):
        """The next so many events."""
        events = []
        while len(events) < count and not self.is_over:
            event = self.next()
            events += [event] if event else []
        return events
