"""The page in a real browser, from the button that a person has to press on."""

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from workbench.audio.abx import TRIALS
from workbench.engine.listening import Listening

LEVEL = """async () => {
  const meter = new AnalyserNode(player.context, { fftSize: 8192 });
  player.output.connect(meter);
  const samples = new Float32Array(meter.fftSize);
  await new Promise((resolve) => setTimeout(resolve, 500));
  meter.getFloatTimeDomainData(samples);
  const bins = new Float32Array(meter.frequencyBinCount);
  meter.getFloatFrequencyData(bins);
  return [Math.hypot(...samples) / Math.sqrt(samples.length),
          bins.indexOf(Math.max(...bins)) * player.context.sampleRate / meter.fftSize];
}"""


@pytest.fixture
def page(chromium: Browser, listening: Listening) -> Iterator[Page]:
    page = chromium.new_page()
    failed: list[str] = []
    page.on("console", lambda said: failed.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: failed.append(str(error)))
    page.add_init_script("window.early = new AudioContext()")  # what `evaluate` makes counts as made by a person
    page.goto(listening.page())
    yield page
    page.close()
    assert failed == []


def until(page: Page, true: str) -> None:
    """Wait for what JavaScript says; playwright's own way is what the page's policy forbids."""
    end = time.monotonic() + 20
    while not page.evaluate(true):
        assert time.monotonic() < end, true
        page.wait_for_timeout(20)


def loaded(page: Page) -> None:
    page.click("text=Load the sounds")
    expect(page.locator("#play")).to_be_visible()


def test_nothing_plays_before_the_button_and_then_it_does(page: Page) -> None:
    assert page.evaluate("early.state") == "suspended"
    expect(page.locator("#player")).to_be_hidden()
    loaded(page)
    assert page.evaluate("player.context.state") == "running"
    assert page.evaluate("player.context.sampleRate") == 24_000
    page.click("#play")
    until(page, "player.position > 0.3")


def test_a_switch_is_heard_at_the_same_position(page: Page) -> None:
    loaded(page)
    page.click("#play")
    page.keyboard.press("x")
    level, pitch = page.evaluate(LEVEL)
    assert level == pytest.approx(0.3 / 2**0.5, rel=0.05) and pitch == pytest.approx(440, abs=4)
    page.evaluate("player.seek(0)")
    page.keyboard.press("x")
    assert page.evaluate(LEVEL)[1] != pytest.approx(440, abs=4)
    assert page.evaluate("player.heard") == "a"


def test_a_switch_is_the_same_crossfade(page: Page) -> None:
    """Rendered off line: A, then 10 ms between, then B, sample by sample."""
    loaded(page)
    found = page.evaluate("""async () => {
      const { a, b } = player.buffers;
      const context = new OfflineAudioContext(1, a.length, a.sampleRate);
      const { Player } = await import("./player.js");
      const rendered = new Player(context, { a, b });
      context.suspend(0.512).then(() => { rendered.switch("b"); context.resume(); });
      rendered.play();
      const out = (await context.startRendering()).getChannelData(0);
      const [x, y] = [a.getChannelData(0), b.getChannelData(0)];
      const led = Math.round(0.05 * a.sampleRate), at = Math.round(0.512 * a.sampleRate), fade = 240;
      const off = { a: 0, b: 0, between: 0, silence: 0 };
      for (let i = 0; i < a.length; i++) {
        if (i < led) off.silence = Math.max(off.silence, Math.abs(out[i]));
        else if (i < at) off.a = Math.max(off.a, Math.abs(out[i] - x[i - led]));
        else if (i < at + fade + 1) {
          const w = Math.min((i - at) / fade, 1);
          off.between = Math.max(off.between, Math.abs(out[i] - (x[i - led] * (1 - w) + y[i - led] * w)));
        } else off.b = Math.max(off.b, Math.abs(out[i] - y[i - led]));
      }
      return off;
    }""")
    assert found["a"] == found["b"] == found["silence"] == 0, found
    assert found["between"] < 2e-3, found


def test_a_loop_repeats_its_region_and_a_short_one_is_refused(page: Page) -> None:
    loaded(page)
    assert page.evaluate("player.loop([0.5, 0.9])") is False
    assert page.evaluate("player.loop([0.5, 1.0])") is True
    page.click("#play")
    page.wait_for_timeout(1200)
    assert 0.5 <= page.evaluate("player.position") <= 1.0
    assert page.evaluate("player.playing")
    expect(page.locator("#region")).to_have_text("0.50 – 1.00 s")


def test_it_ends_at_the_end_and_begins_again(page: Page) -> None:
    loaded(page)
    page.evaluate("player.seek(1.8)")
    page.click("#play")
    until(page, "!player.playing")
    assert page.evaluate("player.position") == pytest.approx(2.0, abs=0.01)
    page.click("#play")
    until(page, "player.playing && player.position > 0.05 && player.position < 1.5")


def test_it_says_what_is_heard(page: Page) -> None:
    loaded(page)
    expect(page.locator("h1")).to_have_text("flow › audio")
    expect(page.locator("#applied")).to_have_text("B padded with 0.500 s of silence")
    expect(page.locator("#hear-b")).to_contain_text("build 3f")
    expect(page.locator("#hear-b")).to_contain_text("Griffin-Lim")
    expect(page.locator("#hear-difference")).to_contain_text("boosted by")
    page.click("#hear-difference")
    expect(page.locator("#hear-difference")).to_have_attribute("aria-pressed", "true")


def test_an_abx_run(page: Page) -> None:
    loaded(page)
    page.click("#abx-begin")
    for trial in range(1, TRIALS + 1):
        expect(page.locator("#abx-says")).to_contain_text(f"trial {trial} of {TRIALS}")
        expect(page.locator("#hear-difference")).to_have_count(0)
        is_a = page.evaluate(
            "player.buffers.x.getChannelData(0).every((y, i) => y === player.buffers.a.getChannelData(0)[i])"
        )
        page.click("#abx-a" if is_a else "#abx-b")
    expect(page.locator("#abx-says")).to_contain_text("distinguished: 16 of 16")
    expect(page.locator("#abx-says")).to_contain_text("seed")
    expect(page.locator("#hear-difference")).to_be_visible()


def test_a_trial_whose_sound_stopped_does_not_count(page: Page) -> None:
    loaded(page)
    page.click("#abx-begin")
    expect(page.locator("#abx-says")).to_contain_text("trial 1")
    page.evaluate("player.context.suspend().then(() => player.context.resume())")
    page.click("#abx-a")
    expect(page.locator("#abx-says")).to_contain_text("does not count")
    expect(page.locator("#abx-says")).to_contain_text("trial 1 of")
