"""Finding feedback: by words, by meaning, by both; and what is like it."""

import random
import sqlite3
import threading
import time

from harness import Client, same, with_second_tenant

TEXTS = {
    "twice": "I was charged twice for the same month.",
    "crash": "The app crashes immediately at startup.",
    "dark": "A dark theme would be very welcome.",
    "slow": "Loading the list needs almost a minute.",
    "coffee": "The naïve café owner said: schöne Grüße!",
    "refund": "I am still waiting for the refund you promised.",
    "rude": "The waiter was rude and the food was cold.",
    "battery": "The battery is empty after three hours.",
}


def _fill(house):
    rows = [{"text": text, "source_id": name, "source": "mail" if name < "d" else "web",
             "created_at": f"2026-02-{number + 1:02}T00:00:00Z"}
            for number, (name, text) in enumerate(TEXTS.items())]
    house.client.post("/v1/feedback:batch", rows)


def _search(client, query, **fields):
    answer = client.post("/v1/search", {"query": query, **fields})
    same(answer.status, 200, query[:60])
    same((answer.json["pending"], answer.json["partial"]), (0, False), "what is left")
    return [hit["feedback"]["source_id"] for hit in answer.json["data"]]


def _ghosts(server):
    """Whether the index of words agrees with the texts."""
    with sqlite3.connect(server.path("hark.db")) as database:
        database.execute("INSERT INTO feedback_words(feedback_words) VALUES('integrity-check')")


def _kill_and_edit(house, server, *statements):
    """Kills the server, changes its database, and gives one that starts on what is left."""
    server.kill()
    server.is_over, server.own_folder = True, False
    with sqlite3.connect(server.path("hark.db")) as database:
        for statement in statements:
            database.execute(statement)
    successor = house.start(folder=server.folder)
    successor.own_folder = True
    return successor


def words_are_found_whatever_their_case_accents_and_endings(house):
    _fill(house)
    for query, found in (("CHARGED", ["twice"]), ("charge", ["twice"]), ("cafe naive", ["coffee"]),
                         ("SCHONE", ["coffee"]), ("batter*", ["battery"]),
                         ('"dark theme"', ["dark"]), ('"theme dark"', []),
                         ("waiter -food", []), ("waiter -battery", ["rude"])):
        same(_search(house.client, query, mode="words"), found, query)


def all_words_come_before_some(house):
    _fill(house)
    found = _search(house.client, "refund promised startup", mode="words")
    same(set(found), {"refund", "crash"}, "some of the words")
    same(_search(house.client, "waiting refund", mode="words", limit=1), ["refund"], "all")


def a_meaning_is_found_without_a_word_in_common(house):
    _fill(house)
    for query, wanted in (("You took the money from my card two times", "twice"),
                          ("program dies when it launches", "crash"),
                          ("takes ages until it opens", "slow")):
        same(_search(house.client, query, mode="words"), [], query)
        assert wanted in _search(house.client, query, mode="vectors", limit=3), query
        assert wanted in _search(house.client, query, limit=3), query


def scores_fall_and_the_words_are_shown(house):
    _fill(house)
    for mode in ("words", "vectors", "fused"):
        answer = house.client.post("/v1/search", {"query": "refund charged app", "mode": mode,
                                                  "highlight": True, "limit": 100}).json
        scores = [hit["score"] for hit in answer["data"]]
        same(scores, sorted(scores, reverse=True), mode)
        shown = {hit["feedback"]["source_id"]: hit["snippet"] for hit in answer["data"]}
        if mode != "vectors":
            same((shown["refund"], shown["crash"]),
                 ("I am still waiting for the **refund** you promised.",
                  "The **app** crashes immediately at startup."), "the snippets")
    plain = house.client.post("/v1/search", {"query": "refund"}).json["data"][0]
    same((list(plain), plain["snippet"]), (["score", "snippet", "feedback"], None), "no highlight")
    same(plain["feedback"], house.client.get(f"/v1/feedback/{plain['feedback']['id']}").json,
         "the feedback")


def filters_narrow_what_is_found(house):
    _fill(house)
    everything = [item for item in house.client.all() if item["source_id"] in TEXTS]
    for mode in ("words", "vectors", "fused"):
        query = "charged app dark loading café refund waiter battery"
        for name, get in (("source", "source"), ("topic", "topic"), ("sentiment", "sentiment")):
            for value in {item[get] for item in everything}:
                wanted = {item["source_id"] for item in everything if item[get] == value}
                found = _search(house.client, query, mode=mode, limit=100, **{name: value})
                same(set(found), wanted, f"{mode} {name}={value}")
    same(_search(house.client, "charged refund", since="2026-02-02T00:00:00Z",
                 until="2026-02-07T00:00:00Z", mode="words"), ["refund"], "a time")


def what_says_much_the_same_is_similar(house):
    _fill(house)
    one = house.client.add("They have charged me two times this month.", source_id="again")
    hits = house.client.get(f"/v1/feedback/{one['id']}/similar?limit=3").json["data"]
    same(hits[0]["feedback"]["source_id"], "twice", "the most alike")
    assert len(hits) == 3 and one["id"] not in [hit["feedback"]["id"] for hit in hits], hits
    assert 1 >= hits[0]["score"] > hits[1]["score"] >= hits[2]["score"], hits
    least = (hits[0]["score"] + hits[1]["score"]) / 2
    answer = house.client.get(f"/v1/feedback/{one['id']}/similar?min_score={least}").json
    same([hit["feedback"]["source_id"] for hit in answer["data"]], ["twice"], "min_score")
    same(house.client.get("/v1/feedback/999999/similar").status, 404, "no such feedback")
    same(house.client.get("/v1/feedback/x/similar").status, 404, "no id")
    house.client.delete(f"/v1/feedback/{one['id']}")


def what_was_just_sent_is_found_and_what_was_deleted_is_not(house):
    for number in range(20):
        word = f"zebra{number}x"
        item = house.client.add(f"My {word} has lost its stripes.", source_id=word)
        same(_search(house.client, word, mode="words"), [word], "found at once")
        same(_search(house.client, f"My {word} has lost its stripes", limit=1, mode="vectors"),
             [word], "its meaning too")
        same(house.client.delete(f"/v1/feedback/{item['id']}").status, 204, "the deletion")
        for mode in ("words", "vectors", "fused"):
            assert word not in _search(house.client, word + " stripes", mode=mode, limit=100), mode
    _ghosts(house.server)


def what_was_deleted_before_it_was_indexed_leaves_nothing(house):
    server = house.start()
    client = server.client
    item = client.add("The quagga is gone before anyone looked for it.")
    client.delete(f"/v1/feedback/{item['id']}")
    same(_search(client, "quagga", mode="words"), [], "nothing")
    client.add("The okapi stays.", source_id="okapi")
    same(_search(client, "okapi", mode="words"), ["okapi"], "the next")
    _ghosts(server)


def no_tenant_finds_what_is_anothers(house):
    server, second = with_second_tenant(house, house.start())
    first = server.client
    ids = {first: [], second: []}
    for number in range(30):  # in turn, so that the ids of both lie among each other
        for client, name in ((first, "first"), (second, "second")):
            item = client.add(f"The battery of my {name} phone is empty after {number} hours.",
                              source_id=f"{name}{number}", source=name)
            ids[client].append(item["id"])
    only = second.add("The okapi has been charged twice.", source_id="second-okapi")["id"]
    for client, name, other in ((first, "first", second), (second, "second", first)):
        for mode in ("words", "vectors", "fused"):
            for query in ("battery phone empty", f"my {name} phone", "okapi charged twice"):
                for narrow in ({}, {"since": "2020-01-01T00:00:00Z"}):
                    found = _search(client, query, mode=mode, limit=100, **narrow)
                    assert all(one.startswith(name) for one in found), (name, mode, query, found)
            same(len(_search(client, "battery phone empty", mode=mode, limit=100, source=name)), 30,
                 f"all of the {name} by {mode}")
        for own, strange in zip(ids[client], ids[other]):
            hits = client.get(f"/v1/feedback/{own}/similar?limit=100").json["data"]
            assert {hit["feedback"]["source_id"][:len(name)] for hit in hits} == {name}, hits[:3]
            same(client.get(f"/v1/feedback/{strange}/similar").status, 404, "another's feedback")
    same(_search(first, "okapi", mode="words"), [], "a word that only the other has")
    same(first.delete(f"/v1/feedback/{only}").status, 404, "another's feedback")
    same(_search(second, "okapi", mode="words"), ["second-okapi"], "it is still there")


def what_is_erased_while_others_search_is_never_found_after(house):
    server = house.start()
    erased, wrong, is_over = set(), [], threading.Event()
    rows = [{"text": f"The battery of phone {number} is empty after an hour."}
            for number in range(120)]
    results = server.client.post("/v1/feedback:batch", rows).json["results"]
    ids = [row["feedback"]["id"] for row in results]

    def search(mode):
        client = Client(server)
        while not is_over.is_set():
            gone = set(erased)
            answer = client.post("/v1/search", {"query": "battery empty", "mode": mode,
                                                "limit": 100})
            found = {hit["feedback"]["id"] for hit in answer.json.get("data", ())}
            if answer.status != 200 or found & gone:
                wrong.append((mode, answer.status, found & gone))

    def erase(part):
        client = Client(server)
        for item in part:
            if client.delete(f"/v1/feedback/{item}").status == 204:
                erased.add(item)
            client.add(f"Another phone, after {item}, has an empty battery, too.")

    searchers = [threading.Thread(target=search, args=(mode,))
                 for mode in ("words", "vectors", "fused")]
    erasers = [threading.Thread(target=erase, args=(ids[start::2],)) for start in (0, 1)]
    for thread in searchers + erasers:
        thread.start()
    for thread in erasers:
        thread.join()
    is_over.set()
    for thread in searchers:
        thread.join()
    assert not wrong, wrong[:3]
    same(erased, set(ids), "all are gone")
    for mode in ("words", "vectors", "fused"):
        answer = server.client.post("/v1/search", {"query": "phone battery empty hour",
                                                   "mode": mode, "limit": 100}).json
        assert len(answer["data"]) == 100 and not erased & {
            hit["feedback"]["id"] for hit in answer["data"]}, mode
    _ghosts(server)


HOSTILE = ('"', '""', "'", "AND", "OR", "NOT", "a AND", "NEAR(a b)", "text:x", "tenant_id : 2",
           "{a b}: c", "^a", "a*b*", "*", "-", "--", "-a", "()", "(a", "a)", ";DROP TABLE feedback",
           "%", "_", "\\", "\t", "a\nb", "😀", "\u202e", "a" * 1000, '"' * 1000, "- " * 500,
           "(((" * 300, "a OR " * 200, "ä" * 1000, "\"a\" \"", "+a", "a+b", "x NEAR/2 y", "NULL")


def hostile_queries_are_words_or_refused(house):
    _fill(house)
    chance = random.Random(5)
    made = ["".join(chance.choice('ab"*-:(){}^+ ANDORT\\%\'é😀') for _ in range(40))
            for _ in range(150)]
    for query in (*HOSTILE, *made):
        for mode in ("words", "fused"):
            answer = house.client.post("/v1/search", {"query": query, "mode": mode,
                                                      "highlight": True})
            assert answer.status in (200, 422), (query, answer)
            if answer.status == 422:
                same(answer.json["error"]["field"], "query", "whom it names")


def what_is_wrong_is_named(house):
    for body, field in (({}, "query"), ({"query": ""}, "query"), ({"query": "x" * 1001}, "query"),
                        ({"query": 7}, "query"), ({"query": "a", "mode": "magic"}, "mode"),
                        ({"query": "a", "limit": 0}, "limit"),
                        ({"query": "a", "limit": 101}, "limit"),
                        ({"query": "a", "topic": "weather"}, "topic"),
                        ({"query": "a", "wrong": 1}, "wrong"), ({"query": "!!"}, "query"),
                        ({"query": "a", "since": "2026-02-02T00:00:00Z",
                          "until": "2026-02-01T00:00:00Z"}, "until")):
        answer = house.client.post("/v1/search", body)
        same((answer.status, answer.json["error"]["field"]), (422, field), str(body)[:60])
    item = house.client.add("Something to compare with.")
    for query in ("limit=0", "limit=x", "min_score=2", "limt=3"):
        same(house.client.get(f"/v1/feedback/{item['id']}/similar?{query}").status, 422, query)
    same(house.client.post("/v1/search", {"query": "x " * 500_000}).status, 422, "a megabyte")
    house.client.delete(f"/v1/feedback/{item['id']}")


def the_query_is_never_logged(house):
    server = house.start()
    server.client.post("/v1/search", {"query": "canary4711"})
    server.client.post("/v1/search", {"query": "canary4711", "limit": 0})
    assert "canary4711" not in server.log_text(), "the log"


def an_old_database_is_indexed_behind_and_a_kill_does_no_harm(house):
    server = house.start()
    client = server.client
    for start in range(0, 4000, 1000):
        client.post("/v1/feedback:batch", [{"text": f"word{number}x is in this feedback",
                                            "source_id": f"n{number}"}
                                           for number in range(start, start + 1000)])
    server = _kill_and_edit(
        house, server, "DELETE FROM search_progress", "DELETE FROM embeddings",
        "INSERT INTO feedback_words(feedback_words) VALUES('delete-all')")
    for pause in (1.0, 1.05, 0.2):
        time.sleep(pause)
        server = _kill_and_edit(house, server)
    for number in (0, 1234, 3999):
        same(_search(server.client, f"word{number}x", mode="words"), [f"n{number}"], "by words")
    same(server.rows("SELECT COUNT(*), COUNT(DISTINCT feedback_id) FROM embeddings")[0],
         (4000, 4000), "the vectors")
    _ghosts(server)


def vectors_of_another_model_are_made_anew(house):
    server = house.start()
    client = server.client
    client.add("The battery is empty after an hour.", source_id="battery")
    same(_search(client, "battery empty", mode="vectors"), ["battery"], "before")
    server = _kill_and_edit(
        house, server, "UPDATE embeddings SET model = 'older'",
        "UPDATE search_progress SET model = 'older' WHERE what = 'vectors'")
    same(_search(server.client, "battery empty", mode="vectors"), ["battery"], "after")
    same(len(server.rows("SELECT 1 FROM embeddings WHERE model = 'older'")), 0, "what is old")


def without_word_vectors_words_are_still_found(house):
    server = house.start(settings={"HARK_SEARCH_MODEL": "/nowhere/vectors.bin"})
    server.expected_errors |= {"vectors_unavailable", "request_failed"}
    client = server.client
    client.add("The battery is empty after an hour.", source_id="battery")
    same(_search(client, "battery"), ["battery"], "fused")
    same(client.post("/v1/search", {"query": "battery", "mode": "vectors"}).status, 503, "vectors")
    assert server.log("vectors_unavailable"), "the log says so"


def only_so_many_vectors_are_kept_in_memory(house):
    server = house.start(settings={"HARK_SEARCH_MAX_VECTORS": "5"})
    client = server.client
    for number in range(12):
        client.add(f"The battery is empty after {number} hours and a while.", source_id=f"b{number}")
    answer = client.post("/v1/search", {"query": "battery empty", "mode": "vectors"}).json
    same((answer["partial"], answer["data"][0]["feedback"]["source_id"][0]), (True, "b"), "partial")
    assert 0 < len(answer["data"]) <= 5, answer
