"""The dashboard in a real Chromium, as tests use it."""

import os
import time


def open_browser(house, width=1440, height=900, scheme="light"):
    try:
        from selenium import webdriver
        from selenium.webdriver.chrome.service import Service
    except ImportError:
        house.skip("python3-selenium is not installed")
    if not os.path.exists("/usr/bin/chromedriver"):
        house.skip("chromium-driver is not installed")
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for flag in ("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                 "--no-first-run", "--disable-background-networking", "--disable-component-update",
                 "--disable-sync", "--disable-quic", f"--window-size={width},{height}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
    driver.set_window_size(width, height)
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia",
                           {"features": [{"name": "prefers-color-scheme", "value": scheme}]})
    return driver


def wait_for(condition, what, limit_s=15):
    deadline = time.monotonic() + limit_s
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"waited in vain for {what}")


def text_of(driver, selector):
    return driver.execute_script(
        "const e = document.querySelector(arguments[0]); return e ? e.innerText : ''", selector)


def sign_in(driver, server, key):
    driver.get(f"http://127.0.0.1:{server.port}/")
    box = wait_for(lambda: driver.find_elements("id", "key"), "the key box")[0]
    box.clear()
    box.send_keys(key)
    driver.find_element("css selector", "#sign-in button").click()


def complaints(driver):
    """What the browser had to say: errors of scripts, and of the content security policy."""
    return [entry["message"] for entry in driver.get_log("browser")
            if entry["level"] == "SEVERE" and "401" not in entry["message"]]


def too_wide(driver):
    return driver.execute_script("return document.documentElement.scrollWidth - window.innerWidth")
