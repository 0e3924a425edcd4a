"""A server that is killed while it spends money: nothing that was spent is forgotten, and the cap is
never passed."""

import json
import random
import threading
import time

from harness import Client, Server, same

COST = 1000 * 1000 + 1000 * 2000  # nano-dollars a call, at 1 and 2 dollars a million tokens
CAP = 200 * COST
LINE = {"reply": {"sentiment": "negative", "topic": "billing", "severity": "low", "confidence": 0.9,
                  "summary": "Charged twice."},
        "input_tokens": 1000, "output_tokens": 1000, "delay_ms": 20}
SPENDERS = 6
KILLS = 6


def _send_until(server, is_over, first):
    """Texts that nobody sent before, so that none is in the cache."""
    client, number = Client(server), first
    while not is_over.is_set():
        try:
            client.add(f"I was charged twice for order number {number} and nobody answers")
        except (OSError, AssertionError):
            return  # it is killed meanwhile
        number += 1


def _spend_until_killed(settings, folder, round_number):
    server, is_over = Server(folder=folder, settings=settings), threading.Event()
    threads = [threading.Thread(target=_send_until,
                                args=(server, is_over, round_number * 10**6 + n * 10**4))
               for n in range(SPENDERS)]
    for thread in threads:
        thread.start()
    time.sleep(random.uniform(0.2, 0.6))
    server.kill()
    is_over.set()
    for thread in threads:
        thread.join()


def _expect_sums_to_agree(server):
    (spent, reserved), = server.rows(
        "SELECT spent_nano_usd, reserved_nano_usd FROM usage_months WHERE tenant_id = 1")
    same(server.rows("SELECT spent_nano_usd, reserved_nano_usd FROM usage_months"
                     " WHERE tenant_id = 0"), [(spent, reserved)], "the server's month")
    same(server.rows("SELECT SUM(cost_nano_usd) FROM usage"), [(spent,)], "the sum of the calls")
    same(server.rows("SELECT SUM(cost_nano_usd), SUM(calls) FROM usage_days"),
         [(spent, server.rows("SELECT COUNT(*) FROM usage")[0][0])], "the sum of the days")
    same(reserved, 0, "what is reserved while nobody asks")
    assert spent <= CAP, f"{spent} of {CAP} are spent"
    (billed,), = server.rows("SELECT COALESCE(SUM(cost_nano_usd), 0) FROM analyses")
    assert billed <= spent, f"the analyses cost {billed}, and {spent} are spent"
    return spent


def no_kill_makes_a_server_forget_what_it_spent(house):
    script, table = house.server.path("script.json"), house.server.path("prices.txt")
    with open(script, "w", encoding="utf-8") as file:
        file.write(json.dumps(LINE) + "\n")
    with open(table, "w", encoding="utf-8") as file:
        file.write("canned * 1 - - 2\n")
    settings = {"HARK_AI_CANNED": script, "AI_PRICES": table, "SYNC_BUDGET_MS": "20000",
                "AI_MONTHLY_BUDGET_USD": f"{CAP / 1e9:.9f}"}
    home = house.start(settings=settings)  # its folder is what the others are killed in
    home.own_folder = False
    home.stop()
    for number in range(KILLS):
        _spend_until_killed(settings, home.folder, number)
    server = house.start(folder=home.folder, settings={**settings, "AI_MODE": "never"})
    server.own_folder = True
    spent = _expect_sums_to_agree(server)
    assert spent > 0, spent
    assert server.client.get("/v1/usage").json["total"]["lost"] > 0, "what was held was not lost"
