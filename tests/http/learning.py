"""Learning from corrections: an adapter per tenant, tried on what it has not seen, and back."""

import hashlib
import json
import sqlite3
import subprocess
import threading

import harness
from harness import Client, same, with_second_tenant

OPENINGS = ("Please add", "I want", "We need", "Can you add", "I would love", "Bring us",
            "It would be nice to have", "My eyes hurt at night without")
PLACES = ("for the app", "on the phone", "in the settings", "for the web page", "for my tablet",
          "like other apps do", "in the next version", "for the evening", "for all screens")


def _dark_mode(count):
    """Messages of one kind, which the shipped model takes for wishes; 72 at most."""
    return [f"{opening} a dark mode {place}." for opening in OPENINGS for place in PLACES][:count]


HELD_BACK = ("I need a dark mode for reading in bed.",
             "Please bring a dark mode to the desktop program.",
             "We would love to have a dark mode in the office.")
UNRELATED = ("Please add an option to export reports as PDF.", "The app crashes on start.",
             "I was charged twice this month.", "I love this product, it is wonderful!")

INVOICES = ["My invoice shows the wrong sum again.", "Billing is wrong again."] + [
    f"The {word} invoice is wrong again, please look." for word in
    ("May", "June", "July", "August", "March", "April", "first", "second", "third", "last", "latest",
     "new", "old", "paper", "yearly", "monthly", "weekly", "daily", "red", "blue", "long", "short")]


def _correct(client, texts, **labels):
    for text in texts:
        item = client.add(text)
        answer = client.patch(f"/v1/feedback/{item['id']}", labels)
        same(answer.status, 200, f"the correction of {text}")


def _lasting(item):
    """What is said of a text, without what differs from call to call."""
    return {name: value for name, value in item.items()
            if name not in ("created_at", "processing_time_ms")}


def _analyse(client, text):
    answer = client.post("/v1/analyze", {"text": text})
    same(answer.status, 200, "the analysis")
    return _lasting(answer.json)


def _all_of(client):
    return [_analyse(client, text) for text in HELD_BACK + UNRELATED]


def _says_in_a_batch_too(client, wanted):
    same(_all_of(client), wanted, "one at a time")
    lines = "".join(json.dumps({"text": text}) + "\n" for text in (HELD_BACK + UNRELATED) * 20)
    answer = client.post("/v1/analyze", lines.encode(), content_type="application/x-ndjson")
    same([_lasting(json.loads(line)) for line in answer.body.splitlines()], wanted * 20,
         "in a batch")


def _update(client):
    answer = client.post("/v1/model:update", b"")
    same(answer.status, 200, "the update")
    return answer.json


def _topics(analyses):
    return [one["topic"] for one in analyses]


def _taught(house):
    server = house.start()
    before = _all_of(server.client)
    _correct(server.client, _dark_mode(60), topic="ux")
    return server, before


def corrections_teach_what_is_of_their_kind_and_nothing_else(house):
    server, before = _taught(house)
    client = server.client
    assert "ux" not in _topics(before[:3]), before[:3]
    same(_all_of(client), before, "what is said before the update")
    result = _update(client)
    same((result["outcome"], result["version"], result["corrections"]), ("promoted", 1, 60),
         "the outcome")
    topic = next(row for row in result["figures"] if row["field"] == "topic")
    same((topic["ruling"], topic["corrections"]), ("better", 60), "the ruling")
    assert topic["right_after"] >= 50 > topic["right_before"], topic
    others = [row["ruling"] for row in result["figures"] if row["field"] != "topic"]
    same(others, ["too_few", "too_few"], "the rulings on what was not corrected")
    after = _all_of(client)
    same(_topics(after[:3]), ["ux"] * 3, "what it learned")
    same(_topics(after[3:]), _topics(before[3:]), "what it was not taught")
    for one, other in zip(after, before):
        same(one["model"], other["model"] + "+t1.1", "the model's name")
        same(one["scores"], other["scores"], "the sentiment, which nobody corrected,")
    item = client.add(HELD_BACK[0])
    same((item["topic"], item["model"]), ("ux", after[0]["model"]), "what is stored")


def rollback_and_forward_restore_what_was_said_to_the_byte(house):
    server, before = _taught(house)
    client = server.client
    _update(client)
    after = _all_of(client)
    answer = client.post("/v1/model:rollback", b"")
    same((answer.status, answer.json["version"]), (200, 0), "the rollback")
    same(_all_of(client), before, "what the shipped model says again")
    same(client.post("/v1/model:rollback", b"").status, 409, "back from the first")
    same(client.post("/v1/model:rollback", {"version": 7}).status, 404, "a version not kept")
    answer = client.post("/v1/model:rollback", {"version": 1})
    same((answer.status, answer.json["version"]), (200, 1), "forward")
    same(_all_of(client), after, "what it had learned")
    audited = [row[0] for row in server.rows("SELECT action FROM audit_log ORDER BY id")]
    same([action for action in audited if action.startswith("model.")],
         ["model.promoted", "model.chosen", "model.chosen"], "the audit log")


def _sync(client, text):
    answer = client.post("/v1/analyze/sync", {"text": text}).json
    return answer["sentiment"].lower(), answer["score"]


def what_is_remembered_of_a_text_is_of_the_version_in_use(house):
    server = house.start()
    client = server.client
    _correct(client, _dark_mode(60), sentiment="negative")
    before = [[_sync(client, text) for text in HELD_BACK] for _ in range(3)]
    same(before[1:], before[:1] * 2, "what is remembered")
    same(server.metrics()["memo_hits_total"], 2 * len(HELD_BACK), "answered from memory")
    same(_update(client)["outcome"], "promoted", "the update")
    after = [_sync(client, text) for text in HELD_BACK]
    same([sentiment for sentiment, _ in after], ["negative"] * 3, "what it learned")
    same([one["sentiment"] for one in (_analyse(client, text) for text in HELD_BACK)],
         ["negative"] * 3, "what another route says")
    same([_sync(client, text) for text in HELD_BACK], after, "remembered")
    same(client.post("/v1/model:rollback", b"").status, 200, "the rollback")
    same([_sync(client, text) for text in HELD_BACK], before[0], "what was said at first")


def what_was_learned_is_the_same_in_every_thread_batch_and_life(house):
    server, _ = _taught(house)
    _update(server.client)
    after = _all_of(server.client)
    _says_in_a_batch_too(server.client, after)
    again = server.end_for(house.start, settings={"HARK_HTTP_THREADS": "1"}).client
    _says_in_a_batch_too(again, after)
    same(again.get("/v1/model").json["version"], 1, "the version after a restart")


def too_few_corrections_change_nothing_and_say_so(house):
    client = house.start().client
    same(_update(client)["outcome"], "too_few_corrections", "with none")
    _correct(client, _dark_mode(19), topic="ux")
    result = _update(client)
    same((result["outcome"], result["version"], result["corrections"]),
         ("too_few_corrections", 0, 19), "with 19")
    same(client.get("/v1/model").json["versions"], [], "the versions")


def corrections_without_a_pattern_are_not_promoted(house):
    client = house.start().client
    labels = ("bug", "billing", "performance", "ux")
    texts = [f"{opening} {thing}." for opening in OPENINGS
             for thing in ("a calendar", "my invoices", "an export", "more colours", "a search")]
    for at, text in enumerate(texts):
        number = int(hashlib.sha256(text.encode()).hexdigest(), 16)
        _correct(client, [text], topic=labels[number % 4])
    result = _update(client)
    same((result["outcome"], result["version"]), ("not_better", 0), f"the outcome {result}")


def what_would_change_texts_that_were_let_stand_is_not_promoted(house):
    client = house.start().client
    texts = _dark_mode(72)
    for at, text in enumerate(texts):  # half are corrected, the other half, no different, are not
        if at % 2 == 0 and at > 0 and at < 71:
            client.add(text)
        else:
            _correct(client, [text], topic="ux")
    result = _update(client)
    topic = next(row for row in result["figures"] if row["field"] == "topic")
    assert result["outcome"] == "not_better" and topic["others"] == 35, result


def an_update_with_nothing_new_says_so_and_the_next_is_kept_beside(house):
    server, _ = _taught(house)
    client = server.client
    same(_update(client)["version"], 1, "the first")
    again = _update(client)
    same((again["outcome"], again["version"], again["new_corrections"]), ("nothing_new", 1, 0),
         "the same corrections again")
    _correct(client, INVOICES, severity="critical")
    result = _update(client)
    same((result["outcome"], result["version"]), ("promoted", 2), f"the second: {result}")
    model = client.get("/v1/model").json
    same([(row["version"], row["previous_version"], row["is_in_use"])
          for row in model["versions"]], [(2, 1, True), (1, 0, False)], "the versions")
    same(client.post("/v1/model:rollback", b"").json["version"], 1, "one back")


def what_one_tenant_teaches_no_other_tenant_notices(house):
    server, _ = _taught(house)
    _update(server.client)
    taught = _all_of(server.client)
    again, second = with_second_tenant(house, server)
    untaught = _all_of(second)
    same(_topics(untaught[3:]), _topics(taught[3:]), "what is common to both")
    assert "ux" not in _topics(untaught[:3]) and "+t" not in untaught[0]["model"], untaught[:3]
    same(_update(second)["outcome"], "too_few_corrections", "an update of the second tenant")
    same(second.get("/v1/model").json["versions"], [], "its versions")
    same(second.get("/v1/model?tenant_id=1").status, 403, "another tenant's model")
    same(second.post("/v1/model:rollback?tenant_id=1", b"").status, 403, "another's rollback")
    same(_all_of(again.client), taught, "the first tenant")


def messages_that_pass_while_versions_change_are_of_one_or_the_other(house):
    server, before = _taught(house)
    _update(server.client)
    after = _analyse(server.client, HELD_BACK[0])
    allowed, seen, stop = (before[0], after), [], threading.Event()

    def ask():
        client = Client(server)
        while not stop.is_set():
            seen.append(_analyse(client, HELD_BACK[0]))

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for version in (0, 1) * 20:
        same(server.client.post("/v1/model:rollback", {"version": version}).status, 200, "a change")
    stop.set()
    for thread in threads:
        thread.join()
    assert seen and all(one in allowed for one in seen), "an answer of neither version"


def _change(server, *statements):
    """Stops the server and changes its database; the next one in its folder finds that."""
    server.own_folder = False
    server.stop()
    database = sqlite3.connect(server.path("hark.db"))
    with database:
        for statement in statements:
            database.execute(statement)
    database.close()


def _start_again(house, server):
    again = house.start(folder=server.folder)
    again.expected_errors = {"adapter_unavailable"}
    again.own_folder = True
    return again


def an_adapter_of_another_model_or_damaged_is_learned_anew_at_the_start(house):
    server, _ = _taught(house)
    _update(server.client)
    for version, change, event in (
            (2, "UPDATE adapters SET base = 'other-0'", "adapter_set_aside"),
            (3, "UPDATE adapters SET bytes = substr(bytes, 1, 999)", "adapter_unavailable")):
        after = _topics(_all_of(server.client))
        _change(server, change)
        server = _start_again(house, server)
        assert "hark train --update" in server.wait_for_log(event)["remedy"], "no remedy"
        same(server.wait_for_log("relearned", limit_s=30)["outcome"], "promoted", event)
        same(_topics(_all_of(server.client)), after, f"what it learned, after {event},")
        model = server.client.get("/v1/model").json
        same((model["version"], model["is_set_aside"]), (version, False), "the model")
        same(server.rows("SELECT actor, subject FROM audit_log WHERE action = 'model.promoted'"
                         " ORDER BY id DESC")[0], ("hark", f"adapter {version}"), "the audit log")
        same(_update(server.client)["outcome"], "nothing_new", "an update")


def an_older_version_that_somebody_chose_is_left_aside_and_not_learned_anew(house):
    server, before = _taught(house)
    _update(server.client)
    _correct(server.client, INVOICES, severity="critical")
    same(_update(server.client)["version"], 2, "the second")
    server.client.post("/v1/model:rollback", {"version": 1})
    _change(server, "UPDATE adapters SET base = 'other-0'")
    again = _start_again(house, server)
    again.wait_for_log("adapter_set_aside")
    same(_all_of(again.client), before, "the shipped model")
    model = again.client.get("/v1/model").json
    same((model["version"], model["is_set_aside"]), (1, True), "the model")
    same(_update(again.client)["outcome"], "promoted", "an update that somebody asks for")
    same(again.log("relearned"), [], "the log")


def the_command_line_does_the_same_through_the_owner(house):
    server, before = _taught(house)
    environment = {**server.settings, "PATH": "/usr/bin:/bin"}

    def hark(*words):
        done = subprocess.run([harness.BINARY[0], *words], cwd=server.folder, env=environment,
                              capture_output=True, text=True, timeout=60, check=False)
        same((done.returncode, done.stderr), (0, ""), f"hark {words}")
        return done.stdout

    said = hark("train", "--update")
    assert "version 1" in said and "topic" in said and "60" in said, said
    assert "ux" in _topics(_all_of(server.client)[:3]), "nothing was learned"
    assert "nothing new" in hark("train", "--update").lower()
    shown = hark("model", "show")
    assert "version 1 (in use)" in shown and "better" in shown, shown
    assert "shipped model" in hark("model", "rollback")
    same(_all_of(server.client), before, "after the rollback")
    assert "version 1" in hark("model", "use", "1")
    same(_topics(_all_of(server.client)[:3]), ["ux"] * 3, "after going forward")
    assert '"outcome":"too_few_corrections"' in hark("train", "--update", "--tenant", "2", "--json")


def only_admins_see_and_change_models(house):
    answer = house.client.post("/v1/keys", {"name": "writer", "scopes": "feedback:write analyze"})
    client = Client(house.server, key=answer.json["key"])
    for method, path in (("GET", "/v1/model"), ("POST", "/v1/model:update"),
                         ("POST", "/v1/model:rollback")):
        same(client.request(method, path).status, 403, path)
    same(house.client.get("/v1/model?tenant=1").status, 422, "a parameter that is not known")
    same(house.client.post("/v1/model:rollback", {"version": -1}).status, 422, "a version below 0")
    same(house.client.post("/v1/model:rollback", {"to": 1}).status, 422, "an unknown field")
