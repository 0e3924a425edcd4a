"""A network in which every address is here: name servers that lie, and a door at each address.

Runs in a network namespace of its own, where the kernel takes every address for local; so whatever
is called arrives, and says which address it was meant for. HONEST is the one public address that
may be called; any other door that is knocked at is a canary that died."""

import collections
import http.server
import ipaddress
import os
import socket
import socketserver
import struct
import subprocess
import tempfile
import threading
import urllib.parse

HONEST = "93.184.216.34"
PORTS = (80, 443, 8443)
A, CNAME, AAAA = 1, 5, 28


def lay_streets():
    """Every address, on lo; and the resolver's files, for this mount namespace alone."""
    for command in ("ip link set lo up", "ip -4 route add local 0.0.0.0/0 dev lo",
                    "ip -6 route add local ::/0 dev lo"):
        subprocess.run(command.split(), check=True)
    for path, text in (("/etc/resolv.conf", "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n"),
                       ("/etc/nsswitch.conf", "hosts: files dns\n"),
                       ("/etc/hosts", "127.0.0.1 localhost\n::1 localhost ip6-localhost\n")):
        with tempfile.NamedTemporaryFile("w", delete=False) as file:
            file.write(text)
        os.chmod(file.name, 0o644)
        subprocess.run(["mount", "--bind", file.name, os.path.realpath(path)], check=True)
        os.unlink(file.name)


class Doors:
    """Listens at every address, and remembers who was meant."""

    def __init__(self):
        self.lock = threading.Lock()
        self.knocks = collections.Counter()  # connections, by address and port
        self.honest = 0                      # requests to the one that may be called
        for family, host in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
            for port in PORTS:
                self.open(family, host, port)

    def open(self, family, host, port):
        doors = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self):
                super().setup()
                with doors.lock:
                    doors.knocks[self.request.getsockname()[0], port] += 1

            def do_POST(self):
                """/to/HOST redirects there."""
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                with doors.lock:
                    doors.honest += self.request.getsockname()[0] == HONEST
                goal = urllib.parse.unquote(self.path.partition("/to/")[2])
                self.send_response(307 if goal else 200)
                if goal:
                    self.send_header("Location", f"http://{goal}/")
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_GET = do_POST

            def log_message(self, *_arguments):
                """Says nothing."""

        class Door(socketserver.ThreadingTCPServer):
            address_family = family
            allow_reuse_address = daemon_threads = True
            request_queue_size = 256

            def server_bind(self):
                if family == socket.AF_INET6:
                    self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                super().server_bind()

            def handle_error(self, *_arguments):
                """Who leaves, leaves."""

        threading.Thread(target=Door((host, port), Handler).serve_forever, daemon=True).start()

    def dead_canaries(self):
        with self.lock:
            return {f"{address}, port {port}": n for (address, port), n in self.knocks.items()
                    if address != HONEST}



class Names:
    """A name server. A name's answers take turns, with a time to live of 0."""

    TURNS = {
        "honest.example": [[HONEST]],
        "flip.example": [[HONEST], ["127.0.0.1"]],
        "flip3.example": [[HONEST], ["169.254.169.254"], ["10.0.0.1"]],
        "flip6.example": [[HONEST], ["::1"], [HONEST, "::1"], ["fd00::1"]],
        "split.example": [[HONEST, "127.0.0.1"], ["127.0.0.1", HONEST]],
        "split6.example": [[HONEST, "::1"]],
        "mapped.example": [["::ffff:127.0.0.1"], ["::ffff:a9fe:a9fe"]],
        "nat64.example": [["64:ff9b::7f00:1"], ["64:ff9b::a9fe:a9fe"]],
        "sixtofour.example": [["2002:7f00:1::1"]],
        "zero.example": [["0.0.0.0"], ["::"]],
        "many.example": [[HONEST] * 20 + ["192.168.1.1"]],
        "local6.example": [["fe80::1"], ["fd00:ec2::254"]],
        "nobody.example": [[]],
    }
    ALIASES = {"alias.example": "127.0.0.1", "alias-flip.example": "169.254.169.254"}
    ANY = [["127.0.0.1"], ["::1"], [HONEST, "169.254.169.254"], ["10.0.0.1"]]

    def __init__(self):
        self.asked = collections.Counter()
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 53))
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            question, peer = self.socket.recvfrom(1500)
            self.socket.sendto(self.answer(question), peer)

    def addresses(self, name, kind):
        turns = self.TURNS.get(name, self.ANY)
        turn = turns[self.asked[name, kind] % len(turns)]
        self.asked[name, kind] += 1
        return [a for a in turn if (":" in a) == (kind == AAAA)]

    def answer(self, question):
        name, at = _read_name(question, 12)
        kind = struct.unpack("!H", question[at:at + 2])[0]
        name, records = name.lower(), []
        if name in self.ALIASES:
            links = [name] + [f"link{i}.example" for i in range(30)] + ["end.example"]
            records = [(one, CNAME, _write_name(other)) for one, other in zip(links, links[1:])]
            found, owner = [self.ALIASES[name]] if kind == A else [], "end.example"
        else:
            found, owner = self.addresses(name, kind), name
        records += [(owner, kind, ipaddress.ip_address(a).packed) for a in found]
        head = question[:2] + struct.pack("!HHHHH", 0x8580, 1, len(records), 0, 0)
        return head + question[12:at + 4] + b"".join(
            _write_name(owner) + struct.pack("!HHIH", kind, 1, 0, len(data)) + data
            for owner, kind, data in records)


def _read_name(packet, at):
    labels = []
    while packet[at]:
        labels.append(packet[at + 1:at + 1 + packet[at]].decode("ascii"))
        at += packet[at] + 1
    return ".".join(labels), at + 1


def _write_name(name):
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"
