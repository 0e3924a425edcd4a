"""The cache of what language models answered: what it says of itself, and how it is cleared."""

import contextlib
import hashlib
import json
import sqlite3
import time

from harness import Client, same

VALUE = json.dumps({"sentiment": "negative", "topic": "bug", "severity": "low", "confidence": 0.9})
EMPTY = {"entries": 0, "hits": 0, "database_hits": 0, "shared": 0, "misses": 0, "evicted": 0,
         "hit_rate": None}


def _keep(server, count, tenant=1, lifetime=3600):
    """Puts answers into the database of a server that is not running."""
    until = int((time.time() + lifetime) * 1e6)
    with contextlib.closing(sqlite3.connect(server.path("hark.db"))) as database, database:
        for number in range(count):
            key = hashlib.sha256(f"{tenant} {until} {number}".encode()).digest()
            database.execute("INSERT INTO cache (tenant_id, key, value, until)"
                             " VALUES (?, ?, ?, ?)", (tenant, key, VALUE, until))


def says_what_it_holds_and_saves(house):
    same(house.client.get("/v1/cache").json, EMPTY, "before anything was asked")
    metrics = house.server.metrics()
    for name in ("cache_entries", "cache_hit_percent", "cache_shared_total"):
        same(metrics[name], 0, name)


def clearing_takes_what_is_the_tenants_own_and_is_audited(house):
    server = house.start()
    server.own_folder = False
    server.stop()
    _keep(server, 3)
    _keep(server, 2, tenant=2)
    again = house.start(folder=server.folder)
    again.own_folder = True
    same(again.client.delete("/v1/cache").json, {"removed": 3}, "the first time")
    same(again.client.delete("/v1/cache").json, {"removed": 0}, "the second time")
    same(again.rows("SELECT tenant_id, count(*) FROM cache GROUP BY tenant_id"), [(2, 2)],
         "what is left")
    same(again.rows("SELECT actor, action, subject, detail FROM audit_log ORDER BY id"),
         [("API_KEY", "cache.cleared", "cache", '{"removed":3}'),
          ("API_KEY", "cache.cleared", "cache", '{"removed":0}')], "the audit log")


def needs_the_scope_admin(house):
    key = house.client.post("/v1/keys", {"name": "no admin", "scopes": "analyze feedback:read"})
    client = Client(house.server, key.json["key"])
    same(client.get("/v1/cache").status, 403, "GET")
    same(client.delete("/v1/cache").status, 403, "DELETE")
