"""Makes docs/images/site.png from the running demo: .venv/bin/python docs/images/make.py, as root."""

import json
from pathlib import Path

from playwright.sync_api import sync_playwright

ACCESS = Path("/var/lib/essaim-lab/instances/demo/access.json")
TARGET = Path(__file__).with_name("site.png")
SITE = "/sites/wiki.atelier-velo.test/"
FLAGS = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
FLAGS += " --disable-component-update --disable-sync"


def main() -> None:
    """Sign in as the team, open a site's page in English, keep what is seen."""
    access = json.loads(ACCESS.read_text())
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS.split())
        page = browser.new_context(viewport={"width": 1280, "height": 860}, locale="en").new_page()
        page.goto(access["url"] + "/sign-in/")
        page.fill("input[name=email]", access["email"])
        page.fill("input[name=password]", access["password"])
        page.press("input[name=password]", "Enter")
        page.wait_for_url(access["url"] + "/")
        page.goto(access["url"] + SITE)
        page.click("button[name=language][value=en]")
        page.wait_for_load_state("networkidle")
        page.screenshot(path=str(TARGET))
        browser.close()


if __name__ == "__main__":
    main()
