"""Many in one request."""

import json

from harness import same

HAPPY = "I love this product, it is absolutely wonderful and works great every day!"
LINES = "application/x-ndjson"


def _lines(rows):
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def an_array_is_stored_in_order(house):
    rows = [{"text": f"{HAPPY} Number{n}.", "source": "array", "source_id": str(n)}
            for n in range(20)]
    answer = house.client.post("/v1/feedback:batch", rows)
    results = answer.json["results"]
    same((answer.status, answer.json["errors"]), (200, []), "the answer")
    same([row["index"] for row in results], list(range(20)), "the indexes")
    same({row["status"] for row in results}, {201}, "each status")
    same([row["feedback"]["text"] for row in results], [row["text"] for row in rows], "the texts")
    ids = [row["feedback"]["id"] for row in results]
    same(ids, sorted(ids), "the order of the ids")
    for row in results[::7]:
        same(house.client.get(f"/v1/feedback/{row['feedback']['id']}").json, row["feedback"],
             "what is kept")


def what_is_there_already_comes_with_status_200(house):
    rows = [{"text": HAPPY, "source": "twice", "source_id": "a"}]
    first = house.client.post("/v1/feedback:batch", rows).json["results"][0]
    rows += [{"text": HAPPY, "source": "twice", "source_id": "b"},
             {"text": "The same again, in one batch.", "source": "twice", "source_id": "b"}]
    again = house.client.post("/v1/feedback:batch", rows).json["results"]
    same([row["status"] for row in again], [200, 201, 200], "each status")
    same(again[0]["feedback"], first["feedback"], "the first")
    same(again[2]["feedback"], again[1]["feedback"], "the last")


def lines_are_counted_with_the_empty_ones(house):
    body = (b'\n' + _lines([{"text": HAPPY}]) + b'   \r\n' + b'{"text": 3}\r\n' +
            b'not json\n' + json.dumps({"message": HAPPY}).encode())
    answer = house.client.post("/v1/feedback:batch", body, content_type=LINES)
    same(answer.status, 200, "the answer")
    same([row["index"] for row in answer.json["results"]], [1, 5], "what was taken")
    same([(row["index"], row["status"]) for row in answer.json["errors"]], [(3, 422), (4, 400)],
         "what was not")


def each_wrong_item_is_told_by_its_index_and_the_others_go_on(house):
    rows = [{"text": HAPPY}, {}, {"text": HAPPY, "rating": 11}, "text", {"text": ""},
            {"text": HAPPY, "colour": "red"}, {"text": HAPPY}]
    before = house.client.get("/v1/feedback:count").json["count"]
    answer = house.client.post("/v1/feedback:batch", rows)
    same([row["index"] for row in answer.json["results"]], [0, 6], "what was taken")
    errors = answer.json["errors"]
    same([(row["index"], row["status"], row.get("pointer")) for row in errors],
         [(1, 422, "#/text"), (2, 422, "#/rating"), (3, 400, errors[2].get("pointer")),
          (4, 422, "#/text"), (5, 422, "#/colour")], "what was not")
    for row in errors:
        same(row["code"], "VALIDATION_ERROR", "the code")
        assert row["detail"], row
    same(house.client.get("/v1/feedback:count").json["count"], before + 2, "the count")


def strict_holds_for_each_item(house):
    rows = [{"text": "short"}, {"text": HAPPY}, {"text": "x " * 2501}]
    answer = house.client.post("/v1/feedback:batch?strict=true", rows)
    same([row["index"] for row in answer.json["results"]], [1], "what was taken")
    same([(row["index"], row["status"]) for row in answer.json["errors"]], [(0, 422), (2, 413)],
         "what was not")


def a_thousand_are_taken_and_one_more_is_not(house):
    rows = [{"text": f"Fine number {n}, thank you."} for n in range(1001)]
    before = house.client.get("/v1/feedback:count").json["count"]
    for body, kind in ((json.dumps(rows).encode(), "application/json"), (_lines(rows), LINES)):
        answer = house.client.post("/v1/feedback:batch", body, content_type=kind)
        assert answer.status == 413 and "1000" in answer.json["detail"], answer
    same(house.client.get("/v1/feedback:count").json["count"], before, "the count after refusals")
    answer = house.client.post("/v1/feedback:batch", rows[:1000])
    same((answer.status, len(answer.json["results"])), (200, 1000), "a thousand")


def a_batch_is_one_commit(house):
    """Its rows carry their events with no other write between them."""
    rows = [{"text": f"{HAPPY} Number{n}.", "source": "one-commit"} for n in range(50)]
    commits = house.server.metrics()["db_commits_total"]
    house.client.post("/v1/feedback:batch", rows)
    grown = house.server.metrics()["db_commits_total"] - commits
    assert 1 <= grown <= 5, f"{grown} commits"  # its own, and what follows events and texts
    count = house.server.rows("SELECT COUNT(*) FROM events e JOIN feedback f ON f.id = e.subject"
                              " WHERE f.source = 'one-commit' AND e.type = 'feedback.created'")
    same(count, [(50,)], "the number of events")


def an_empty_batch_is_an_empty_answer(house):
    same(house.client.post("/v1/feedback:batch", []).json, {"results": [], "errors": []}, "[]")
    same(house.client.post("/v1/feedback:batch", b"\n\n", content_type=LINES).json,
         {"results": [], "errors": []}, "two empty lines")


def a_body_that_is_no_batch_is_refused(house):
    for body in (b"{}", b"3", b"[", b'"text"', b"[1,2", b""):
        answer = house.client.post("/v1/feedback:batch", body)
        same(answer.status, 400, body)
    answer = house.client.post("/v1/feedback:batch", b"text\nfine\n", content_type="text/csv")
    same(answer.status, 415, "CSV")
