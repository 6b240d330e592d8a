"""Pictures of the demo's report, for the README pages: run `make pictures` after `make demo`."""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

import minlex
from tasks.errors import InputError

IMAGES = Path(__file__).parent / "images"
PAGES = {"report.png": "en", "report-zh.png": "zh"}
WIDTH, MOST_BYTES = 1100, 400_000


def take_pictures() -> None:
    """Take each page from its head to the end of the first evidence card; InputError when there is no demo."""
    IMAGES.mkdir(exist_ok=True)
    with sync_playwright() as started:
        chromium = started.chromium.launch(
            executable_path=shutil.which("chromium") or shutil.which("google-chrome"), args=["--no-sandbox"]
        )
        for name, lang in PAGES.items():
            page = chromium.new_page(viewport={"width": WIDTH, "height": 800}, color_scheme="light")
            page.goto(minlex.open("demo").report(lang).as_uri())
            page.locator("#explorer td.word button").first.click()
            end = page.locator("#explorer td.card").evaluate(
                "card => card.getBoundingClientRect().bottom + scrollY"
            )
            shown = {"x": 0, "y": 0, "width": WIDTH, "height": end}
            picture = page.screenshot(clip=shown, full_page=True)
            if len(picture) > MOST_BYTES:
                raise InputError(f"a picture must have at most {MOST_BYTES} bytes, {name} has {len(picture)}")
            (IMAGES / name).write_bytes(picture)


if __name__ == "__main__":
    try:
        take_pictures()
    except InputError as error:
        sys.exit(f"error: {error}")
