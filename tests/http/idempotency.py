"""Idempotency-Key: the same request again is answered again, not done again."""

import threading

from harness import Client, same

HAPPY = "I love this product, it is absolutely wonderful and works great every day!"


def _count(house):
    return house.client.get("/v1/feedback:count").json["count"]


def the_same_request_again_is_answered_again(house):
    first = house.client.post("/v1/feedback", {"text": HAPPY}, idempotency_key="again-1")
    count = _count(house)
    second = house.client.post("/v1/feedback", {"text": HAPPY}, idempotency_key="again-1")
    same((first.status, second.status), (201, 201), "the statuses")
    same(second.body, first.body, "the body")
    same((first.headers.get("idempotent-replayed"), second.headers["idempotent-replayed"]),
         (None, "true"), "Idempotent-Replayed")
    same(_count(house), count, "the count")


def a_quoted_key_is_the_same_as_a_bare_one(house):
    first = house.client.post("/v1/feedback", {"text": HAPPY}, idempotency_key="quoted")
    second = house.client.post("/v1/feedback", {"text": HAPPY}, idempotency_key='"quoted"')
    same(second.body, first.body, "the body")


def another_request_under_the_same_key_is_refused(house):
    house.client.post("/v1/feedback", {"text": HAPPY}, idempotency_key="other")
    count = _count(house)
    for path, body in (("/v1/feedback", {"text": HAPPY + "!"}), ("/feedback", {"text": HAPPY}),
                       ("/v1/feedback?strict=true", {"text": HAPPY}),
                       ("/v1/feedback:batch", [{"text": HAPPY}])):
        answer = house.client.post(path, body, idempotency_key="other")
        same((answer.status, answer.json["code"]), (422, "IDEMPOTENCY_MISMATCH"), path)
    same(_count(house), count, "the count")


def a_refused_request_leaves_its_key_free(house):
    answer = house.client.post("/v1/feedback", {"text": ""}, idempotency_key="free")
    same(answer.status, 422, "the refusal")
    answer = house.client.post("/v1/feedback", {"text": HAPPY}, idempotency_key="free")
    same((answer.status, "idempotent-replayed" in answer.headers), (201, False), "the next")


def a_batch_is_answered_again_as_a_whole(house):
    rows = [{"text": HAPPY}, {"text": 3}]
    first = house.client.post("/v1/feedback:batch", rows, idempotency_key="batch-1")
    count = _count(house)
    second = house.client.post("/v1/feedback:batch", rows, idempotency_key="batch-1")
    same((second.status, second.body), (200, first.body), "the answer")
    same(_count(house), count, "the count")


def a_key_has_1_to_255_characters(house):
    for key in ('""', "x" * 256):
        answer = house.client.post("/v1/feedback", {"text": HAPPY}, idempotency_key=key)
        assert answer.status == 400 and "Idempotency-Key" in answer.json["detail"], answer
    same(house.client.post("/v1/feedback", {"text": HAPPY}, idempotency_key="y" * 255).status, 201,
         "255 characters")


def of_twins_at_the_same_time_exactly_one_is_stored(house):
    for round_ in range(25):
        count = _count(house)
        key, answers, gate = f"twins-{round_}", [], threading.Barrier(6)

        def send(key=key, answers=answers, gate=gate):
            client = Client(house.server)
            gate.wait()
            answers.append(client.post("/v1/feedback", {"text": HAPPY}, idempotency_key=key))

        threads = [threading.Thread(target=send) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        same(len(answers), 6, "the number of answers")
        assert {answer.status for answer in answers} <= {201, 409}, answers
        bodies = {answer.body for answer in answers if answer.status == 201}
        same(len(bodies), 1, "the number of different answers")
        same(_count(house), count + 1, "the count")


def a_key_outlives_a_restart(house):
    server = house.start()
    first = server.client.post("/v1/feedback", {"text": HAPPY}, idempotency_key="restart")
    again = server.end_for(house.start)
    second = again.client.post("/v1/feedback", {"text": HAPPY}, idempotency_key="restart")
    same((second.body, second.headers["idempotent-replayed"]), (first.body, "true"), "the answer")
