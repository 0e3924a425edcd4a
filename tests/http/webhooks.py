"""Webhooks over HTTP: making and changing them, what they are sent, and the log of it."""

import time

from harness import same, with_second_tenant
from receiver import ALLOW, Receiver

SETTINGS = ALLOW

BAD = "I hate this. It is broken, terrible and the worst thing that I ever bought."


def _make(client, url, **fields):
    answer = client.post("/v1/webhooks", {"url": url, **fields})
    assert answer.status == 201, answer
    return answer.json


def _deliveries(client, webhook, query=""):
    return client.get(f"/v1/webhooks/{webhook['id']}/deliveries{query}").json["data"]


def _wait_for_delivery(client, webhook, limit_s=20, **wanted):
    deadline = time.monotonic() + limit_s
    while True:
        for delivery in _deliveries(client, webhook):
            if wanted.items() <= delivery.items():
                return delivery
        assert time.monotonic() < deadline, _deliveries(client, webhook)
        time.sleep(0.02)


def a_webhook_is_made_read_changed_and_removed(house):
    url = "https://example.com/hooks?token=abc"
    made = _make(house.client, url, types="alert.*,feedback.created", description="for us",
                 filter={"severity": ["high", "critical"]})
    assert made["secret"].startswith("whsec_") and len(made["secret"]) > 40, made
    same((made["url"], made["form"], made["is_enabled"], made["failures"]),
         (url, "standard", True, 0), "what was made")
    path = f"/v1/webhooks/{made['id']}"
    read = house.client.get(path).json
    same({**read, "secret": made["secret"]}, made, "what is read")
    assert "secret" not in read
    assert read in house.client.get("/v1/webhooks").json["data"]
    changed = house.client.patch(path, {"types": "*", "filter": {}, "form": "cloudevents"}).json
    same((changed["types"], changed["filter"], changed["form"], changed["url"]),
         ("*", {}, "cloudevents", url), "what was changed")
    same(house.client.post(path + ":disable", None).json["disabled_reason"], "asked", "why")
    same(house.client.post(path + ":enable", None).json["is_enabled"], True, "enabled")
    same(house.client.delete(path).status, 204, "removing it")
    same(house.client.get(path).status, 404, "reading it then")
    same(house.client.delete(path).status, 404, "removing it again")
    rows = house.server.rows("SELECT action, detail FROM audit_log WHERE subject = ?",
                             f"webhook {made['id']}")
    same([row[0] for row in rows], ["webhook.created", "webhook.changed", "webhook.disabled",
                                    "webhook.enabled", "webhook.removed"], "the audit log")
    assert all("example.com" in row[1] and "token" not in row[1] for row in rows), rows


def what_cannot_be_told_is_refused_by_name(house):
    for body, field in (
            ({}, "url"), ({"url": ""}, "url"), ({"url": "nonsense"}, "url"),
            ({"url": "ftp://example.com/"}, "url"), ({"url": "http://10.0.0.1/"}, "url"),
            ({"url": "http://169.254.169.254/latest"}, "url"), ({"url": "https://[::1]/"}, "url"),
            ({"url": "https://user:pass@example.com/"}, "url"),
            ({"url": "https://example.com", "types": "no.such"}, "types"),
            ({"url": "https://example.com", "filter": []}, "filter"),
            ({"url": "https://example.com", "filter": {"a": {"b": 1}}}, "filter"),
            ({"url": "https://example.com", "form": "xml"}, "form"),
            ({"url": "https://example.com", "secret": "abc"}, "secret"),
            ({"url": "https://example.com", "is_enabled": True}, "is_enabled")):
        answer = house.client.post("/v1/webhooks", body)
        same(answer.status, 422, str(body))
        same(answer.json["error"]["field"], field, str(body))
    made = _make(house.client, "https://example.com/")
    same(house.client.patch(f"/v1/webhooks/{made['id']}", {"url": "http://10.0.0.1/"}).status, 422,
         "changing it to that")
    house.client.delete(f"/v1/webhooks/{made['id']}")


def without_the_setting_this_machine_and_plain_http_are_refused(house):
    server = house.start()
    for url in ("http://127.0.0.1/", "https://127.0.0.1/", "http://example.com/",
                "https://example.com:22/", "https://localhost/", "https://0x7f.1/", "https://[::ffff:127.0.0.1]/"):
        same(server.client.post("/v1/webhooks", {"url": url}).status, 422, url)


def there_are_no_more_than_allowed(house):
    server = house.start(settings={**ALLOW, "HARK_WEBHOOK_MOST": "2"})
    for _ in range(2):
        _make(server.client, "https://example.com/")
    answer = server.client.post("/v1/webhooks", {"url": "https://example.com/"})
    same((answer.status, answer.json["code"]), (409, "CONFLICT"), "the third")


def what_happens_is_told_with_a_signature_to_the_letter(house):
    with Receiver() as receiver:
        webhook = _make(house.client, receiver.url("/all"), types="feedback.*,alert.*")
        item = house.client.add(BAD)
        requests = receiver.wait_for("/all", 3)
        same(sorted(request.json["type"] for request in requests),
             ["alert.opened", "feedback.analyzed", "feedback.created"], "the types")
        for request in requests:
            assert request.is_signed_with(webhook["secret"]), request.headers
            assert not request.is_signed_with("whsec_" + "A" * 32)
            same(list(request.json), ["type", "timestamp", "data"], "the members")
            assert BAD not in request.body.decode(), "a text was sent out"
            same(request.headers["content-type"], "application/json", "the content type")
            assert "." not in request.id and len(request.body) < 20000
        created = next(r for r in requests if r.json["type"] == "feedback.created")
        same(created.json["data"]["id"], item["id"], "the id in the data")
        delivery = _wait_for_delivery(house.client, webhook, message_id=created.id,
                                      status="delivered")
        same((delivery["event_type"], delivery["attempts"], delivery["http_status"],
              delivery["error"]), ("feedback.created", 1, 200, None), "the log")
        detail = house.client.get(f"/v1/deliveries/{delivery['id']}").json
        same([(row["number"], row["http_status"]) for row in detail["attempt_list"]], [(1, 200)],
             "the attempts")
        assert b"canary" not in house.client.get(f"/v1/deliveries/{delivery['id']}").body
        house.client.delete(f"/v1/webhooks/{webhook['id']}")


def a_filter_lets_through_what_it_names(house):
    with Receiver() as receiver:
        hooks = [_make(house.client, receiver.url("/alerts"), types="alert.opened"),
                 _make(house.client, receiver.url("/good"), types="feedback.analyzed",
                       filter={"sentiment": "positive"}),
                 _make(house.client, receiver.url("/end"), types="feedback.analyzed")]
        house.client.add(BAD)
        house.client.add("I love this, it is wonderful and works great every single day!")
        receiver.wait_for("/end", 2)
        receiver.wait_for("/alerts", 1)
        receiver.wait_for("/good", 1)
        time.sleep(0.3)
        same((len(receiver.at("/alerts")), len(receiver.at("/good"))), (1, 1), "what came")
        same(receiver.at("/good")[0].json["data"]["sentiment"], "positive", "the good one")
        for hook in hooks:
            house.client.delete(f"/v1/webhooks/{hook['id']}")


def a_cloudevent_is_sent_where_it_is_asked_for(house):
    with Receiver() as receiver:
        webhook = _make(house.client, receiver.url("/ce"), types="feedback.created",
                        form="cloudevents")
        house.client.add("The invoice is wrong again, please look at it.")
        request = receiver.wait_for("/ce", 1)[0]
        assert request.is_signed_with(webhook["secret"])
        same(request.headers["content-type"], "application/cloudevents+json", "the content type")
        same((request.json["specversion"], request.json["type"]), ("1.0", "feedback.created"), "it")
        house.client.delete(f"/v1/webhooks/{webhook['id']}")


def what_failed_is_tried_again_under_the_same_id(house):
    with Receiver() as receiver:
        answers = iter([(500, {"Connection": "close"}), (None, {})])
        receiver.behaviour["/flaky"] = lambda request: next(answers, (204, {}))
        webhook = _make(house.client, receiver.url("/flaky"), types="feedback.created")
        house.client.add("It does what it should, more or less.")
        failed = _wait_for_delivery(house.client, webhook, status="failed")
        same((failed["http_status"], failed["error"]), (500, "refused"), "the failure")
        assert failed["next_attempt_at"] is not None
        requests = receiver.wait_for("/flaky", 2, limit_s=60)
        _wait_for_delivery(house.client, webhook, error="unreachable", attempts=2)
        replayed = house.client.post(f"/v1/deliveries/{failed['id']}:replay", None)
        same((replayed.status, replayed.json["status"]), (200, "pending"), "the replay")
        requests = receiver.wait_for("/flaky", 3)
        same(len({request.id for request in requests}), 1, "the number of ids")
        assert all(request.is_signed_with(webhook["secret"]) for request in requests)
        _wait_for_delivery(house.client, webhook, status="delivered", attempts=3)
        detail = house.client.get(f"/v1/deliveries/{failed['id']}").json
        same([row["error"] for row in detail["attempt_list"]], ["refused", "unreachable", None],
             "the attempts")
        house.client.delete(f"/v1/webhooks/{webhook['id']}")


def who_is_gone_is_disabled_and_the_others_are_told(house):
    with Receiver() as receiver:
        receiver.behaviour["/gone"] = (410, {})
        webhook = _make(house.client, receiver.url("/gone"), types="feedback.created")
        watcher = _make(house.client, receiver.url("/watch"), types="webhook.disabled")
        house.client.add("Nothing new, it is all as it was.")
        told = receiver.wait_for("/watch", 1)[0]
        same((told.json["data"]["id"], told.json["data"]["reason"]), (webhook["id"], "gone"), "it")
        read = house.client.get(f"/v1/webhooks/{webhook['id']}").json
        same((read["is_enabled"], read["disabled_reason"]), (False, "gone"), "the webhook")
        house.client.add("Nothing new, it is all as it was, still.")
        delivery = _deliveries(house.client, webhook)[0]
        same((delivery["status"], delivery["error"]), ("cancelled", "gone"), "its delivery")
        answer = house.client.post(f"/v1/deliveries/{delivery['id']}:replay", None)
        same(answer.status, 409, "a replay to it")
        for hook in (webhook, watcher):
            house.client.delete(f"/v1/webhooks/{hook['id']}")


def a_redirect_is_not_followed(house):
    with Receiver() as receiver:
        receiver.behaviour["/here"] = (302, {"Location": receiver.url("/there")})
        webhook = _make(house.client, receiver.url("/here"), types="feedback.created")
        house.client.add("Could the list be sorted by date, please?")
        delivery = _wait_for_delivery(house.client, webhook, status="failed")
        same((delivery["http_status"], delivery["error"]), (302, "redirected"), "it")
        same(receiver.at("/there"), [], "what came to the other place")
        house.client.delete(f"/v1/webhooks/{webhook['id']}")


def who_asks_for_time_gets_it(house):
    with Receiver() as receiver:
        receiver.behaviour["/busy"] = (429, {"Retry-After": "120"})
        webhook = _make(house.client, receiver.url("/busy"), types="feedback.created")
        house.client.add("The export is slow when there is much in it.")
        _wait_for_delivery(house.client, webhook, http_status=429)
        read = house.client.get(f"/v1/webhooks/{webhook['id']}").json
        assert read["paused_until"] is not None, read
        house.client.add("The export is slow when there is very much in it.")
        waiting = _wait_for_delivery(house.client, webhook, status="pending", attempts=0)
        assert waiting["next_attempt_at"] is not None
        same(len(receiver.at("/busy")), 1, "how often it was called")
        house.client.delete(f"/v1/webhooks/{webhook['id']}")


def a_test_answers_what_happened(house):
    with Receiver() as receiver:
        receiver.behaviour["/no"] = (503, {})
        webhook = _make(house.client, receiver.url("/yes"))
        path = f"/v1/webhooks/{webhook['id']}"
        answer = house.client.post(path + ":test", None)
        same((answer.status, answer.json["status"], answer.json["http_status"]),
             (200, "delivered", 200), "a good one")
        request = receiver.at("/yes")[0]
        same((request.json["type"], request.json["data"]), ("webhook.test", {"id": webhook["id"]}),
             "what was sent")
        assert request.is_signed_with(webhook["secret"])
        house.client.patch(path, {"url": receiver.url("/no")})
        answer = house.client.post(path + ":test", None)
        same((answer.json["status"], answer.json["http_status"], answer.json["error"]),
             ("dead", 503, "refused"), "a bad one")
        assert b"canary" not in answer.body, "it tells what was answered"
        same(house.client.get(path).json["failures"], 0, "what it counts for")
        house.client.delete(path)


def a_test_of_an_address_that_went_inside_is_refused(house):
    server = house.start(settings={"HARK_OUTBOUND_ALLOW_HTTP": "true",
                                   "HARK_OUTBOUND_PORTS": "1-65535"})
    with Receiver() as receiver:
        made = _make(server.client, f"http://localhost.localdomain.invalid:{receiver.port}/")
        answer = server.client.post(f"/v1/webhooks/{made['id']}:test", None)
        same((answer.json["status"], answer.json["http_status"]), ("dead", None), "the test")
        assert answer.json["error"] in ("unreachable", "address_refused"), answer
        same(receiver.requests, [], "what came")


def after_a_rotation_both_secrets_sign(house):
    with Receiver() as receiver:
        webhook = _make(house.client, receiver.url("/r"), types="feedback.created")
        path = f"/v1/webhooks/{webhook['id']}"
        rotated = house.client.post(path + ":rotate-secret", None).json
        assert rotated["secret"] != webhook["secret"]
        house.client.post(path + ":test", None)
        request = receiver.wait_for("/r", 1)[0]
        same(len(request.headers["webhook-signature"].split(" ")), 2, "how many signatures")
        assert request.is_signed_with(webhook["secret"]) and request.is_signed_with(
            rotated["secret"])
        own = "whsec_" + "QUJD" * 8
        answer = house.client.post(path + ":rotate-secret", {"secret": own, "overlap_hours": 0})
        same(answer.json["secret"], own, "one's own")
        house.client.post(path + ":test", None)
        request = receiver.wait_for("/r", 2)[1]
        assert request.is_signed_with(own) and not request.is_signed_with(rotated["secret"])
        house.client.delete(path)


def secrets_lie_nowhere_in_the_clear(house):
    webhook = _make(house.client, "https://example.com/")
    callback = house.client.get("/v1/webhooks/callback-secret").json["secret"]
    same(house.client.get("/v1/webhooks/callback-secret").json["secret"], callback, "the same")
    house.server.client.get("/readyz")
    for name in ("hark.db", "hark.db-wal", "log", "out"):
        with open(house.server.path(name), "rb") as file:
            content = file.read()
        for secret in (webhook["secret"], callback):
            assert secret.encode() not in content, f"{name} has a secret"
            assert secret[len("whsec_"):].encode() not in content, f"{name} has a secret"
    rotated = house.client.post("/v1/webhooks/callback-secret:rotate", {"overlap_hours": 2}).json
    same(rotated["previous"], callback, "the one before")
    assert rotated["previous_until"] is not None
    house.client.delete(f"/v1/webhooks/{webhook['id']}")


def deliveries_are_listed_page_by_page(house):
    with Receiver() as receiver:
        webhook = _make(house.client, receiver.url("/p"), types="feedback.created")
        body = [{"text": f"Number {n} is a message like others are."} for n in range(25)]
        house.client.post("/v1/feedback:batch", body)
        receiver.wait_for("/p", 25)
        path = f"/v1/webhooks/{webhook['id']}/deliveries"
        seen, cursor = [], ""
        while cursor is not None:
            page = house.client.get(f"{path}?limit=10{cursor}").json
            seen += [row["id"] for row in page["data"]]
            cursor = "&cursor=" + page["next_cursor"] if "next_cursor" in page else None
        same((len(seen), seen), (25, sorted(seen, reverse=True)), "the pages")
        page = house.client.get(path + "?limit=10").json
        same(house.client.get(path + "?status=dead&cursor=" + page["next_cursor"]).status, 400,
             "a cursor with another filter")
        same(house.client.get(path + "?status=dead").json, {"data": []}, "another filter")
        same(house.client.get("/v1/webhooks/999999/deliveries").status, 404, "of none")
        house.client.delete(f"/v1/webhooks/{webhook['id']}")
        same(len(_deliveries(house.client, webhook)), 25, "what is left of a removed one's log")


def another_tenant_sees_and_is_told_nothing(house):
    with Receiver() as receiver:
        server = house.start(settings=ALLOW)
        mine = _make(server.client, receiver.url("/mine"), types="feedback.created")
        server.client.add("It is fine, and that is all there is to say.")
        receiver.wait_for("/mine", 1)
        again, other = with_second_tenant(house, server)
        delivery = _deliveries(again.client, mine)[0]
        path = f"/v1/webhooks/{mine['id']}"
        same(other.get("/v1/webhooks").json, {"data": []}, "the other's list")
        for method, target in (("GET", path), ("DELETE", path), ("POST", path + ":test"),
                               ("POST", path + ":enable"), ("POST", path + ":rotate-secret"),
                               ("GET", path + "/deliveries"),
                               ("GET", f"/v1/deliveries/{delivery['id']}"),
                               ("POST", f"/v1/deliveries/{delivery['id']}:replay")):
            same(other.request(method, target).status, 404, f"{method} {target}")
        same(other.get("/v1/deliveries").json, {"data": []}, "the other's deliveries")
        same(other.patch(path, {"types": "*"}).status, 404, "changing it")
        assert (other.get("/v1/webhooks/callback-secret").json["secret"]
                != again.client.get("/v1/webhooks/callback-secret").json["secret"])


def with_another_pepper_nothing_is_sent_with_a_wrong_signature(house):
    with Receiver() as receiver:
        server = house.start(settings=ALLOW)
        webhook = _make(server.client, receiver.url("/x"), types="feedback.created")
        server.own_folder = False
        server.stop()
        again = house.start(folder=server.folder, settings={**ALLOW, "HARK_KEY_PEPPER": "other"})
        again.own_folder = True
        again.expected_errors.add("request_failed")
        answer = again.client.post(f"/v1/webhooks/{webhook['id']}:test", None)
        assert answer.status >= 500, answer
        same(receiver.requests, [], "what came")
        rotated = again.client.post(f"/v1/webhooks/{webhook['id']}:rotate-secret",
                                    {"overlap_hours": 0}).json
        again.client.post(f"/v1/webhooks/{webhook['id']}:test", None)
        assert receiver.wait_for("/x", 1)[0].is_signed_with(rotated["secret"])


def a_jobs_callback_comes_once_and_is_signed_with_the_tenants_secret(house):
    with Receiver() as receiver:
        answers = iter([(500, {})])
        receiver.behaviour["/back"] = lambda request: next(answers, (200, {}))
        answer = house.client.post("/v1/analyze/async", {
            "text": "The invoice was wrong twice. " * 20, "callback_url": receiver.url("/back")})
        same(answer.status, 202, "the answer")
        requests = receiver.wait_for("/back", 2)
        secret = house.client.get("/v1/webhooks/callback-secret").json["secret"]
        same(requests[0].id, requests[1].id, "the id of the second attempt")
        for request in requests:
            assert request.is_signed_with(secret), request.headers
            same(request.json["type"], "job.completed", "the type")
            assert answer.json["job_id"] in request.body.decode(), request.body
        deadline = time.monotonic() + 20
        while True:
            listed = house.client.get("/v1/deliveries").json["data"]
            delivery = next(row for row in listed if row["message_id"] == requests[0].id)
            if delivery["status"] == "delivered":
                break
            assert time.monotonic() < deadline, delivery
            time.sleep(0.02)
        same((delivery["webhook_id"], delivery["attempts"]), (None, 2), "the log")
