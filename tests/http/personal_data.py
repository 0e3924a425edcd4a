"""Personal data: where it is told to be, a tenant's own patterns, numbers, and what is shown."""

import threading

from harness import Client, same

NAMES = "my name is Zoë Müller. Mail zoe@example.com or ZOE@EXAMPLE.COM, not bob@example.com."


def _put(house, key, value):
    return house.client.put(f"/v1/configurations/{key}", {"value": value})


def _reset(house, *keys):
    for key in keys:
        house.client.delete(f"/v1/configurations/{key}")


def _listed(house, text, **options):
    answer = house.client.post("/v1/analyze/sync",
                               {"text": text, "options": {"include_pii": True, **options}})
    same(answer.status, 200, text)
    return answer.json


def _places(house, text, **options):
    return [(entity["begin_offset"], entity["end_offset"])
            for entity in _listed(house, text, **options)["pii_entities"]]


def what_was_found_is_listed_when_asked(house):
    value = _listed(house, "Write to a.b@example.com before 2024-05-06 please, it is broken!")
    same(value["redacted_text"], "Write to [EMAIL] before 2024-05-06 please, it is broken!",
         "the text")
    same([(e["type"], e["begin_offset"], e["end_offset"], e["hidden"])
          for e in value["pii_entities"]],
         [("EMAIL", 9, 24, True), ("DATE_TIME", 32, 42, False)], "the entities")
    value = _listed(house, "Nothing to see here, all is well with it.")
    same((value["pii_entities"], value["redacted_text"]),
         ([], "Nothing to see here, all is well with it."), "nothing")
    plain = house.client.post("/v1/analyze/sync", {"text": "I love this product!"}).json
    assert "pii_entities" not in plain and "redacted_text" not in plain, plain


def places_are_counted_as_asked(house):
    text = "😀 e\u0301é 👩\u200d👩\u200d👧 mail a@b.io or c@d.io 🎉 e@f.io, thanks"
    starts = [text.index(mail) for mail in ("a@b.io", "c@d.io", "e@f.io")]
    same(_places(house, text), [(at, at + 6) for at in starts], "code points by default")
    same(_places(house, text, offsets="code_points"), [(at, at + 6) for at in starts], "and asked")
    for unit, encoding, width in (("utf16", "utf-16-le", 2), ("bytes", "utf-8", 1)):
        wide = [len(text[:at].encode(encoding)) // width for at in starts]
        same(_places(house, text, offsets=unit), [(at, at + 6) for at in wide], unit)
    answer = house.client.post("/v1/analyze/sync", {"text": text, "options": {"offsets": "lines"}})
    same((answer.status, answer.json["error"]["field"]), (400, "options/offsets"), "no such unit")


def places_are_those_of_the_text_as_it_was_sent(house):
    text = "  <p>Please\u200b mail</p> <b>jo\u200bhn@example.com</b> &amp; fix it now  "
    value = _listed(house, text)
    (entity,) = value["pii_entities"]
    same(text[entity["begin_offset"]:entity["end_offset"]], "jo\u200bhn@example.com", "the place")
    same(value["redacted_text"], text.replace("jo\u200bhn@example.com", "[EMAIL]"), "the text")


def many_places_take_time_for_their_text_alone(house):
    text = "😀 a@b.io " * 20000
    same(len(_places(house, text, offsets="utf16")), 20000, "the entities")


def numbers_are_the_same_for_the_same_value(house):
    value = _listed(house, NAMES, numbered=True)
    same(value["redacted_text"],
         "my name is [NAME_1]. Mail [EMAIL_1] or [EMAIL_1], not [EMAIL_2].", "numbered")
    value = _listed(house, "call +1 (415) 555-2671 or 415-555-2671, not 415-555-2672",
                    numbered=True)
    same(value["redacted_text"], "call [PHONE_1] or [PHONE_1], not [PHONE_2]", "telephones")
    same(_listed(house, NAMES)["redacted_text"],
         "my name is [NAME]. Mail [EMAIL] or [EMAIL], not [EMAIL].", "not by default")
    same(_put(house, "pii.numbered", True).status, 200, "the configuration")
    same(house.client.add(NAMES)["text"],
         "my name is [NAME_1]. Mail [EMAIL_1] or [EMAIL_1], not [EMAIL_2].", "stored")
    _reset(house, "pii.numbered")


def types_are_shown_and_hidden_as_configured(house):
    text = "On 2024-05-06 the site https://example.com/x told a.b@example.com that I am 42 years old"
    same(house.client.add(text)["text"], text.replace("a.b@example.com", "[EMAIL]"), "the default")
    same(_put(house, "pii.shown_types", ["AGE", "EMAIL"]).status, 200, "the configuration")
    same(house.client.add(text)["text"],
         "On [DATE_TIME] the site [URL] told a.b@example.com that I am 42 years old", "changed")
    _put(house, "pii.shown_types", [])
    same(house.client.add(text)["text"],
         "On [DATE_TIME] the site [URL] told [EMAIL] that I am [AGE]", "all hidden")
    for value in (["MAIL"], [3], "EMAIL", {}):
        answer = _put(house, "pii.shown_types", value)
        same((answer.status, answer.json["error"]["field"]), (422, "value"), str(value))
    _reset(house, "pii.shown_types")


def a_tenants_own_patterns_are_hidden_under_their_names(house):
    patterns = [{"name": "ORDER_NUMBER", "pattern": r"\bORD-\d{6}\b"},
                {"name": "CUSTOMER_ID", "pattern": r"\b\d{5}\b", "context": "customer Kunde"},
                {"name": "SHELF", "pattern": r"\bR\d+-S\d+\b", "hidden": False}]
    same(_put(house, "pii.patterns", patterns).status, 200, "the configuration")
    text = ("Order ORD-123456 for customer 12345 from shelf R12-S3 is late again and again and again"
            " and again, to 54321")
    stored = house.client.add(text)
    same(stored["text"], "Order [ORDER_NUMBER] for customer [CUSTOMER_ID] from shelf R12-S3 is late"
         " again and again and again and again, to 54321", "stored")
    same(stored["pii_detected"], True, "pii_detected")
    value = _listed(house, text)
    same([(e["type"], e["hidden"]) for e in value["pii_entities"]],
         [("ORDER_NUMBER", True), ("CUSTOMER_ID", True), ("SHELF", False)], "listed")
    value = _listed(house, "ORD-\u200b１２３４５６ it is, ORD-123456 again", numbered=True)
    same(value["redacted_text"], "[ORDER_NUMBER_1] it is, [ORDER_NUMBER_1] again", "disguised")
    row = house.client.get("/v1/configurations/pii.patterns").json
    same([item["name"] for item in row["value"]], ["ORDER_NUMBER", "CUSTOMER_ID", "SHELF"], "kept")
    same([item["hidden"] for item in row["value"]], [True, True, False], "hidden")
    _reset(house, "pii.patterns")
    same(house.client.add(text)["text"], text, "after the reset")


def a_pattern_wins_over_a_type_it_overlaps(house):
    _put(house, "pii.patterns", [{"name": "STAFF", "pattern": r"[a-z]+@corp\.example"}])
    same(_listed(house, "ask max@corp.example or max@corp.example.org today")["redacted_text"],
         "ask [STAFF] or [STAFF] today", "the union is hidden, under the pattern's name")
    _reset(house, "pii.patterns")


def patterns_that_cannot_be_taken_say_which_and_why(house):
    good = {"name": "GOOD", "pattern": "x{3}"}
    for item, field, why in (
            ({"name": "BAD", "pattern": "a("}, "value/1/pattern", "missing )"),
            ({"name": "BAD", "pattern": "a*"}, "value/1/pattern", "empty"),
            ({"name": "BAD", "pattern": r"\b"}, "value/1/pattern", "empty"),
            ({"name": "BAD", "pattern": r"(a)\1"}, "value/1/pattern", "escape"),
            ({"name": "BAD", "pattern": "((a{100}){100}){100}"}, "value/1/pattern", "repetition"),
            ({"name": "BAD", "pattern": r"\pL{200}"}, "value/1/pattern", "too large"),
            ({"name": "BAD", "pattern": r"\pL{3,9}-\pN{4}"}, "value/1/pattern", "too large"),
            ({"name": "BAD", "pattern": "x" * 257}, "value/1/pattern", "256"),
            ({"name": "BAD"}, "value/1/pattern", "required"),
            ({"name": "bad", "pattern": "x"}, "value/1/name", "capitals"),
            ({"name": "EMAIL", "pattern": "x"}, "value/1/name", "already"),
            ({"name": "BAD", "pattern": "x", "context": " "}, "value/1/context", "words"),
            ({"name": "BAD", "pattern": "x", "flags": 1}, "value/1/flags", "known"),
            ("BAD", "value/1", "object")):
        answer = _put(house, "pii.patterns", [good, item])
        error = answer.json["error"]
        same((answer.status, error["field"]), (422, field), str(item))
        assert why in error["message"], error
    answer = _put(house, "pii.patterns", [good] * 21)
    same((answer.status, answer.json["error"]["field"]), (422, "value"), "too many")
    same(house.client.get("/v1/configurations/pii.patterns").json["value"], [], "none was taken")


def patterns_change_while_requests_run(house):
    text = "The code of mine is AAA-111 or BBB-222, and nothing works at all today."
    either = {text.replace("AAA-111", "[FIRST]"), text.replace("BBB-222", "[SECOND]"), text}
    wrong, stop = [], threading.Event()

    def ask():
        client = Client(house.server)
        while not stop.is_set():
            redacted = client.post("/v1/analyze/sync", {
                "text": text, "options": {"include_pii": True}}).json["redacted_text"]
            if redacted not in either:
                wrong.append(redacted)

    askers = [threading.Thread(target=ask) for _ in range(3)]
    for asker in askers:
        asker.start()
    for _ in range(20):
        _put(house, "pii.patterns", [{"name": "FIRST", "pattern": "AAA-1+"}])
        _put(house, "pii.patterns", [{"name": "SECOND", "pattern": "BBB-2+"}])
    stop.set()
    for asker in askers:
        asker.join()
    same(wrong, [], "answers under neither")
    _reset(house, "pii.patterns")


def patterns_outlive_a_restart(house):
    server = house.start()
    server.client.put("/v1/configurations/pii.patterns",
                      {"value": [{"name": "ORDER", "pattern": "ORD-[0-9]+"}]})
    again = server.end_for(house.start)
    same(again.client.add("My ORD-12345 has not come, where is it?")["text"],
         "My [ORDER] has not come, where is it?", "the text")
