from collections import Counter

import pytest

from workbench.tui.actions import ACTIONS, Action, footer
from workbench.tui.app import WorkbenchApp
from workbench.tui.facts import RUNNING
from workbench.tui.handlers import resolve


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.id)
def test_every_action_has_a_handler(action: Action) -> None:
    module, _, name = action.handler.partition(".")
    if module == "app":
        assert callable(getattr(WorkbenchApp, f"action_{name}"))
    assert callable(resolve(action))


def test_no_key_means_two_things_at_once() -> None:
    shared = Counter(key for action in ACTIONS for key in action.keys)
    for key in [key for key, number in shared.items() if number > 1]:
        owners = [action for action in ACTIONS if key in action.keys]
        panes = {fact for action in owners for fact in action.needs if fact.startswith("in ")}
        assert len(panes) == len(owners), f"{key} is bound by {[action.id for action in owners]}"


def test_keys_that_terminals_take_for_others_stay_free() -> None:
    for action in ACTIONS:
        assert not {"ctrl+h", "ctrl+i", "ctrl+j", "ctrl+m", "ctrl+c"} & set(action.keys)


def test_what_does_not_work_yet_has_no_key() -> None:
    taken = {key for action in ACTIONS for key in action.keys}
    assert not taken & {"u", "o", "d", "comma", "m"}


def test_the_footer_shows_only_what_would_do_something() -> None:
    shown = footer(frozenset({"session", "stage"}))
    assert "cancel" not in [action.id for action in shown]
    assert "edit" not in [action.id for action in shown]
    assert [action.id for action in shown][-2:] == ["help", "quit"]
    assert "cancel" in [action.id for action in footer(frozenset({"session", "stage", "running"}))]
    assert "checking" in RUNNING


def test_a_toggle_says_what_it_would_do() -> None:
    pause = next(action for action in ACTIONS if action.id == "pause")
    assert pause.label_now(frozenset()) == "pause"
    assert pause.label_now(frozenset({"paused"})) == "resume"
