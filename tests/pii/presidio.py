#!/usr/bin/python3
"""Recall of `hark redact` on Presidio's made-up sentences, by type: presidio.py BINARY FILE [show]

Outside evidence: texts and marks are presidio-research's. Their ends of lines are given as
tabs, as the command reads a text a line. Hidden: all of the item's letters and
digits lie in spans that are hidden or, for the types that stay in sight, reported."""

import collections
import json
import sys

from score import redact

TYPES = {"CREDIT_CARD": "CREDIT_DEBIT_NUMBER", "EMAIL_ADDRESS": "EMAIL", "IBAN_CODE":
         "INTERNATIONAL_BANK_ACCOUNT_NUMBER", "IBAN": "INTERNATIONAL_BANK_ACCOUNT_NUMBER",
         "US_SSN": "SSN", "PHONE_NUMBER": "PHONE", "IP_ADDRESS": "IP_ADDRESS",
         "DOMAIN_NAME": "URL", "URL": "URL", "US_DRIVER_LICENSE": "DRIVER_ID", "AGE": "AGE",
         "DATE_TIME": "DATE_TIME", "STREET_ADDRESS": "ADDRESS", "ADDRESS": "ADDRESS"}


def main():
    rows = [json.loads(line) for line in open(sys.argv[2], encoding="utf-8")]
    texts = [row["text"].replace("\n", "\t").replace("\r", " ") for row in rows]
    tallies = collections.defaultdict(lambda: [0, 0, 0])
    wrong = collections.Counter()
    for text, row, found in zip(texts, rows, redact(sys.argv[1], texts)):
        marked = set()
        for begin, end, kind in row["spans"]:
            marked.update(range(begin, end))
            if kind not in TYPES:
                continue
            places = {at for e in found for at in range(e["begin_offset"], e["end_offset"])}
            is_hidden = all(at in places for at in range(begin, end) if text[at].isalnum())
            is_typed = any(e["type"] == TYPES[kind] and e["begin_offset"] < end
                           and e["end_offset"] > begin for e in found)
            tally = tallies[kind]
            tally[0] += 1
            tally[1] += is_hidden
            tally[2] += is_typed
            if len(sys.argv) > 3 and not is_hidden:
                print(f"missed {kind} {text[begin:end]!r} in {text!r}")
        for e in found:
            if e["hidden"] and e["type"] != "NAME" and not any(
                    at in marked for at in range(e["begin_offset"], e["end_offset"])):
                wrong[e["type"]] += 1
                if len(sys.argv) > 3:
                    print(f"wrong {e['type']} in {text!r}")
    print("type                 items hidden of its type")
    for kind, (items, hidden, typed) in sorted(tallies.items()):
        print(f"{kind:20} {items:5} {hidden / items:.3f} {typed / items:.3f}")
    print("hidden where nothing is marked:", dict(wrong) or "none")


if __name__ == "__main__":
    main()
