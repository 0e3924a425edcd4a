"""Lists, their filters and cursors, and the count."""

import random
import re
import urllib.parse

from harness import Client, same

TEXTS = ("I love this product, it is absolutely wonderful and works great every day!",
         "I hate this product. It is terrible, broken and a complete waste of money!",
         "The invoice is wrong again and I was charged twice for my subscription.",
         "Please add a dark mode to the settings page, that would help a lot.",
         "Everything is very slow today, each page takes a minute to load.",
         "Die neue Version ist leider sehr langsam und stürzt jeden Tag ab.",
         "ok")


def _fill(house, count=120):
    """Feedback of all kinds over ten days, many at the same instant."""
    if house.client.get("/v1/feedback:count").json["count"] >= count:
        return house.client.all()
    chance = random.Random(1)
    rows = [{"text": chance.choice(TEXTS) + f" Number{n}.",
             "source": chance.choice(("web", "mail", "app_store")),
             "customer": chance.choice(("c1", "c2", None)),
             "created_at": f"2026-02-{chance.randint(1, 10):02}T{chance.randint(0, 3):02}:00:00Z"}
            for n in range(count)]
    answer = house.client.post("/v1/feedback:batch", rows)
    same((answer.status, answer.json["errors"]), (200, []), "the filling")
    return house.client.all()


def _ids(items):
    return [item["id"] for item in items]


def the_newest_comes_first(house):
    items = _fill(house)
    keys = [(item["created_at"], item["id"]) for item in items]
    same(keys, sorted(keys, reverse=True), "the order")
    same(len(_ids(house.client.get("/v1/feedback").json["data"])), 50, "a page, when not asked,")


def pages_hold_each_item_once(house):
    everything = _ids(_fill(house))
    for limit in (1, 7, 60, 120, 200):
        found, target, pages = [], f"/v1/feedback?limit={limit}", 0
        while target:
            answer = house.client.get(target)
            found += _ids(answer.json["data"])
            pages += 1
            cursor = answer.json.get("next_cursor")
            same("link" in answer.headers, cursor is not None, "whether there is a Link")
            target = f"/v1/feedback?limit={limit}&cursor={cursor}" if cursor else None
        same(found, everything, f"the list in pages of {limit}")
        same(pages, -(-len(everything) // limit), "the number of pages")


def each_filter_narrows_as_it_says(house):
    items = _fill(house)
    checks = [(name, value, lambda item, name=name, value=value: item[name] == value)
              for name in ("sentiment", "topic", "severity", "source", "customer")
              for value in {item[name] for item in items if item[name]}]
    checks += [("confidence", band, lambda item, band=band: item["confidence_score"] == band)
               for band in ("high", "medium", "low")]
    checks += [("language", code, lambda item, code=code: item["language_code"] == code)
               for code in ("en", "de", "xx")]
    checks += [("alert", "true", lambda item: item["alert_triggered"]),
               ("alert", "false", lambda item: not item["alert_triggered"]),
               ("q", "INVOICE", lambda item: "invoice" in item["text"]),
               ("q", "stürzt", lambda item: "stürzt" in item["text"]),
               ("q", "ÜRZT JEDEN", lambda item: "ürzt jeden" in item["text"]),
               ("q", "100%_'", lambda item: False),
               ("since", "2026-02-05T01:00:00Z",
                lambda item: item["created_at"] >= "2026-02-05T01:00:00.000Z"),
               ("until", "2026-02-05T01:00:00Z",
                lambda item: item["created_at"] < "2026-02-05T01:00:00.000Z")]
    for name, value, holds in checks:
        wanted = [item["id"] for item in items if holds(item)]
        query = urllib.parse.urlencode({name: value})
        same(_ids(house.client.all("&" + query)), wanted, query)
        same(house.client.get("/v1/feedback:count?" + query).json, {"count": len(wanted)}, query)


def filters_hold_together(house):
    items = _fill(house)
    wanted = [item["id"] for item in items
              if item["source"] == "mail" and item["sentiment"] == "negative"
              and item["customer"] == "c1" and item["created_at"] < "2026-02-08"]
    query = "source=mail&sentiment=negative&customer=c1&until=2026-02-08"
    same(_ids(house.client.all("&" + query)), wanted, "the list")
    same(house.client.get("/v1/feedback:count?" + query).json["count"], len(wanted), "the count")


def a_list_stays_stable_while_feedback_comes_in(house):
    everything = _ids(_fill(house))
    found, cursor = [], ""
    while True:
        page = house.client.get(f"/v1/feedback?limit=10&until=2026-03-01{cursor}").json
        found += _ids(page["data"])
        house.client.add(TEXTS[0], created_at="2026-02-28")  # newer than all that were seen
        if "next_cursor" not in page:
            break
        cursor = "&cursor=" + page["next_cursor"]
    same(found, everything, "the list")
    for item in house.client.all("&since=2026-02-28"):
        same(house.client.delete(f"/v1/feedback/{item['id']}").status, 204, "taking it away")


def a_list_goes_on_when_its_last_row_is_gone(house):
    everything = _ids(_fill(house))
    extra = house.client.add(TEXTS[0], created_at="2026-02-20")
    page = house.client.get("/v1/feedback?limit=1").json
    same(_ids(page["data"]), [extra["id"]], "the first page")
    house.client.delete(f"/v1/feedback/{extra['id']}")
    rest = house.client.get(f"/v1/feedback?limit=200&cursor={page['next_cursor']}").json
    same(_ids(rest["data"]), everything, "the rest")


def a_cursor_that_was_not_given_out_is_refused(house):
    _fill(house)
    cursor = house.client.get("/v1/feedback?limit=2&source=web").json["next_cursor"]
    turned = cursor[:5] + ("A" if cursor[5] != "A" else "B") + cursor[6:]
    for bad in ("x", "AAAA", turned, cursor[:-1], cursor + "A", "%20", urllib.parse.quote("é")):
        answer = house.client.get(f"/v1/feedback?limit=2&source=web&cursor={bad}")
        assert answer.status == 400 and "cursor" in answer.json["detail"], (bad, answer)
    for other in ("source=mail", "", "source=web&sentiment=negative"):
        answer = house.client.get(f"/v1/feedback?limit=2&{other}&cursor={cursor}")
        assert answer.status == 400 and "filters" in answer.json["detail"], (other, answer)
    same(house.client.get(f"/v1/feedback?limit=9&source=web&cursor={cursor}").status, 200,
         "the same cursor with another limit")


def what_a_filter_may_be_is_checked(house):
    for query, field in (("sentiment=angry", "sentiment"), ("sentiment=", "sentiment"),
                         ("topic=Bug", "topic"), ("severity=9", "severity"),
                         ("confidence=sure", "confidence"), ("alert=maybe", "alert"),
                         ("limit=0", "limit"), ("limit=201", "limit"), ("limit=ten", "limit"),
                         ("limit=-1", "limit"), ("limit=1e2", "limit"),
                         ("since=yesterday", "since"), ("until=2026-13-01", "until"),
                         ("since=1969-12-31", "since"), ("source=", "source"),
                         ("q=" + "x" * 201, "q"), ("language=e", "language"),
                         ("since=2026-02-02&until=2026-02-01", "until"),
                         ("colour=red", "colour"), ("limit=1&limit=2", "limit"),
                         ("tenant_id=2", "tenant_id")):
        answer = house.client.get("/v1/feedback?" + query)
        same((answer.status, answer.json["error"].get("field")), (422, field), query)
        assert field in answer.json["detail"], answer
    for query in ("q=%ff", "q=%zz", "q=%", "%ff=1"):
        same(house.client.get("/v1/feedback?" + query).status, 400, query)
    assert house.client.get("/v1/feedback?q=a%00b").status in (400, 422), "NUL in a query"
    for query in ("limit=5", "cursor=abc", "strict=true"):
        same(house.client.get("/v1/feedback:count?" + query).status, 422, "count with " + query)


def a_link_leads_to_the_next_page_with_the_same_filters(house):
    items = [item["id"] for item in _fill(house) if item["source"] == "web"]
    found, target = [], "/v1/feedback?source=web&limit=9&since=2026-02-01"
    while target:
        answer = house.client.get(target)
        same(answer.status, 200, target)
        found += _ids(answer.json["data"])
        link = answer.headers.get("link")
        target = re.fullmatch('<(.*)>; rel="next"', link)[1] if link else None
    same(found, items, "what the links lead to")


def a_page_of_long_texts_ends_early_and_is_whole(house):
    server = house.start()
    text = ("< & " + "long " * 20) * 10000
    for n in range(16):
        answer = server.client.post("/v1/feedback", {"text": text, "source_id": str(n)})
        same(answer.status, 201, "the long text")
    page = server.client.get("/v1/feedback?limit=200").json
    assert 1 <= len(page["data"]) < 16 and "next_cursor" in page, len(page["data"])
    same([item["source_id"] for item in server.client.all()], [str(n) for n in range(15, -1, -1)],
         "the list in its pages")


def a_key_that_may_only_read_sees_the_list(house):
    made = house.client.post("/v1/keys", {"name": "reader", "scopes": "feedback:read"}).json
    reader = Client(house.server, made["key"])
    same(reader.get("/v1/feedback?limit=1").status, 200, "the list")
