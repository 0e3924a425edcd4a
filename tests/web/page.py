"""The dashboard as a person uses it, in a real Chromium."""

import csv
import json
import os
import time

from browser import complaints, open_browser, sign_in, text_of, too_wide, wait_for

SHOTS = os.environ.get("SHOTS")  # a folder for screenshots of each look, for people


def _load_samples(server):
    path = os.path.join(os.path.dirname(__file__), "../../samples/feedback.csv")
    with open(path, newline="", encoding="utf-8") as file:
        rows = [{k: v for k, v in row.items() if v} for row in csv.DictReader(file)]
    for row in rows:
        if "rating" in row:
            row["rating"] = int(row["rating"])
    lines = "\n".join(json.dumps(row) for row in rows).encode()
    answer = server.client.post("/v1/feedback:batch", lines, content_type="application/x-ndjson")
    assert answer.status == 200 and not answer.json["errors"], answer
    return len(rows)


def a_wrong_key_is_told_and_a_right_one_lets_in(house):
    driver = open_browser(house)
    try:
        sign_in(driver, house.server, "wrong")
        wait_for(lambda: "does not know" in text_of(driver, "#gate-error"), "the refusal")
        sign_in(driver, house.server, house.client.key)
        wait_for(lambda: driver.find_element("id", "desk").is_displayed(), "the dashboard")
        assert not complaints(driver), complaints(driver)
    finally:
        driver.quit()


def it_shows_what_is_there_and_what_comes(house):
    server = house.start()
    count = _load_samples(server)
    driver = open_browser(house)
    try:
        sign_in(driver, server, server.client.key)
        wait_for(lambda: driver.find_element("id", "desk").is_displayed(), "the dashboard")
        driver.execute_script(
            "[...document.querySelectorAll('#ranges label')].find(l => /all/i.test(l.innerText)).click()")
        wait_for(lambda: str(count) in text_of(driver, "#totals"), f"{count} in the totals")
        assert driver.find_elements("css selector", "#chart svg"), "there is no chart"
        rows = len(driver.find_elements("css selector", "#feed > li"))
        assert rows == 20, rows
        shown = text_of(driver, "body")
        for word in ("NaN", "undefined", "null", "[object"):
            assert word not in shown, f"{word} is shown: {shown[:2000]}"

        server.client.add("<img src=x onerror=alert(1)> The export fails every time I try, awful!")
        wait_for(lambda: "The export fails every time" in text_of(driver, "#feed"),
                 "the new feedback")
        assert not driver.find_elements("css selector", "#feed img"), "markup was not shown as text"
        assert not complaints(driver), complaints(driver)
    finally:
        driver.quit()


def _search(driver, words):
    box = driver.find_element("id", "search-text")
    box.clear()
    box.send_keys(words + "\n")
    return box


def _found(driver):
    """What is in the list now, read in one go: the page may be about to put another in its place."""
    return driver.execute_script(
        "return [...document.querySelectorAll('#found > li')].map((row) => row.innerText)")


def a_search_finds_by_words_and_by_meaning_and_escape_ends_it(house):
    server = house.start()
    _load_samples(server)
    server.client.add("My zebra mailed zoe@example.com, who was charged ** twice **.")
    driver = open_browser(house)
    try:
        sign_in(driver, server, server.client.key)
        wait_for(lambda: driver.find_elements("css selector", "#feed > li"), "the feed")
        box = _search(driver, "zebras")
        wait_for(lambda: _found(driver), "what was found")
        assert "My zebra mailed [EMAIL]" in _found(driver)[0], _found(driver)
        marks = driver.find_elements("css selector", "#found > li:first-child mark")
        assert "zebra" in [mark.text for mark in marks], "the word is not marked"
        assert driver.find_elements("css selector", "#found > li:first-child .redacted")
        assert "%" in text_of(driver, "#found > li:first-child .match"), "it says no score"
        assert not driver.find_element("id", "feed").is_displayed(), "the latest are still there"
        assert "found, best first" in text_of(driver, "#latest-note"), _found(driver)
        assert "found" in text_of(driver, "#spoken"), "nothing is said aloud"

        _search(driver, "where has my money gone")
        wait_for(lambda: "charged" in "".join(_found(driver)[:3]), "the second search")

        box.send_keys("\ue00c")  # Escape
        wait_for(lambda: driver.find_element("id", "feed").is_displayed(), "the latest")
        assert not _found(driver) and not box.get_attribute("value")
        assert text_of(driver, "#latest-title") == "Latest feedback"
        assert driver.switch_to.active_element == box, "the box has lost the focus"
        assert not complaints(driver), complaints(driver)
    finally:
        driver.quit()


def a_search_says_when_it_finds_nothing_and_when_it_fails(house):
    server = house.start(settings={"HARK_SEARCH_MODEL": "/nowhere/vectors.bin"})
    server.expected_errors |= {"vectors_unavailable"}
    server.client.add("The export fails every time.")
    driver = open_browser(house)
    try:
        sign_in(driver, server, server.client.key)
        wait_for(lambda: driver.find_elements("css selector", "#feed > li"), "the feed")
        box = _search(driver, "quagga")
        wait_for(lambda: "Nothing found" in text_of(driver, "#search-message"), "the empty state")
        _search(driver, "!!")
        wait_for(lambda: driver.find_elements("css selector", "#search-message .problem"),
                 "why not")
        assert "query" in text_of(driver, "#search-message"), text_of(driver, "#search-message")
        _search(driver, "exports")
        wait_for(lambda: len(_found(driver)) == 1, "what words find")
        assert not text_of(driver, "#search-message"), "the failure is still shown"
        for _ in "exports":
            box.send_keys("\ue003")  # Backspace
        wait_for(lambda: driver.find_element("id", "feed").is_displayed(), "the latest")
    finally:
        driver.quit()


def a_message_shows_what_is_like_it(house):
    server = house.start()
    twice = server.client.add("I was charged twice for the same month.")
    again = server.client.add("They have charged me two times this month.")
    server.client.add("A dark theme would be very welcome.")
    driver = open_browser(house)
    try:
        sign_in(driver, server, server.client.key)
        wait_for(lambda: len(driver.find_elements("css selector", "#feed > li")) == 3, "the feed")
        driver.find_element("css selector", "#feed > li:last-child button").click()
        wait_for(lambda: "two times" in text_of(driver, "#detail .near"), "the similar message")
        near = text_of(driver, "#detail .near")
        assert "dark theme" not in near, near
        assert text_of(driver, "#detail-title") == f"Feedback {twice['id']}"
        driver.find_element("css selector", "#detail .near button").click()
        wait_for(lambda: text_of(driver, "#detail-title") == f"Feedback {again['id']}",
                 "that message")
        wait_for(lambda: "charged twice" in text_of(driver, "#detail .near"),
                 "the first, similar to it")
        assert driver.execute_script("return document.getElementById('detail')"
                                     ".contains(document.activeElement)"), "the focus has left"

        server.client.delete(f"/v1/feedback/{twice['id']}")
        driver.find_element("css selector", "#detail .near button").click()
        wait_for(lambda: driver.find_elements("css selector", "#detail .near .problem"),
                 "the refusal")
        assert "NaN" not in text_of(driver, "#detail")
    finally:
        driver.quit()


def a_message_can_be_tried(house):
    driver = open_browser(house)
    try:
        sign_in(driver, house.server, house.client.key)
        box = wait_for(lambda: driver.find_element("id", "try-text").is_displayed()
                    and driver.find_element("id", "try-text"), "the box")
        box.send_keys("I love this product!")
        driver.find_element("css selector", "#try button").click()
        wait_for(lambda: "Positive" in text_of(driver, "#try-answer"), "its answer")
    finally:
        driver.quit()


def it_fits_wide_and_narrow_in_light_and_dark(house):
    server = house.start()
    _load_samples(server)
    for scheme in ("light", "dark"):
        for width, height in ((1440, 900), (390, 844)):
            driver = open_browser(house, width, height, scheme)
            try:
                sign_in(driver, server, server.client.key)
                wait_for(lambda: driver.find_elements("css selector", "#feed > li"), "the feed")
                driver.execute_script("[...document.querySelectorAll('#ranges label')]"
                                      ".find(l => /90/.test(l.innerText)).click()")
                wait_for(lambda: driver.find_elements("css selector", "#chart svg"), "the chart")
                time.sleep(0.5)
                assert too_wide(driver) <= 0, f"{scheme} {width}: {too_wide(driver)} pixels"
                if SHOTS:
                    driver.save_screenshot(os.path.join(SHOTS, f"{scheme}-{width}.png"))
                _search(driver, "a_very_long_word_" * 20 + " export")
                wait_for(lambda: _found(driver), "what was found")
                assert too_wide(driver) <= 0, f"{scheme} {width}, searching: too wide"
                if SHOTS:
                    driver.save_screenshot(os.path.join(SHOTS, f"{scheme}-{width}-found.png"))
                dark = driver.execute_script(
                    "return matchMedia('(prefers-color-scheme: dark)').matches")
                assert dark == (scheme == "dark")
            finally:
                driver.quit()


def a_page_reads_events_live(house):
    """By fetch() and by WebSocket, under the page's own security policy."""
    server = house.start()
    driver = open_browser(house)
    try:
        sign_in(driver, server, server.client.key)
        wait_for(lambda: driver.find_element("id", "desk").is_displayed(), "the dashboard")
        driver.execute_script("""
            const key = arguments[0], seen = window.seen = {sse: "", socket: [], open: 0};
            fetch("/v1/events?types=feedback.created",
                  {headers: {"X-API-Key": key, Accept: "text/event-stream"}}).then(async (answer) => {
                const reader = answer.body.getReader(), decoder = new TextDecoder();
                seen.open++;
                for (let part; !(part = await reader.read()).done;)
                    seen.sse += decoder.decode(part.value, {stream: true});
            });
            const socket = new WebSocket(`ws://${location.host}/v1/events?types=feedback.created`,
                                         ["hark.events", "hark.key." + key]);
            socket.onopen = () => seen.open++;
            socket.onmessage = (message) => seen.socket.push(JSON.parse(message.data).type);
            """, server.client.key)
        wait_for(lambda: driver.execute_script("return window.seen.open") == 2, "both streams")
        server.client.add("The export fails every time I try, awful!")
        seen = "event: feedback.created"
        wait_for(lambda: seen in driver.execute_script("return window.seen.sse"),
                 "the event by fetch()")
        wait_for(lambda: driver.execute_script("return window.seen.socket") == ["feedback.created"],
                 "the event by WebSocket")
        assert not complaints(driver), complaints(driver)
    finally:
        driver.quit()
