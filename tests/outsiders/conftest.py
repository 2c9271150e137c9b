"""The example's session in a project of its own, for native sides of every kind."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli.driving import run
from tests.outsiders.crates import REPOSITORY
from workbench.model import events as ev
from workbench.model.row import Row
from workbench.starting.session import write_example


@dataclass
class Checked:
    """What one `workbench check --json` said."""

    code: int
    stderr: str
    events: list[ev.Event]

    def of(self, kind: type[ev.Event]) -> list:
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def done(self) -> ev.CheckDone:
        (done,) = self.of(ev.CheckDone)
        return done

    @property
    def unchecked(self) -> set[str]:
        return {event.unchecked for event in self.of(ev.StageDone)}

    def rows(self, stage: str, input_: str) -> dict[str, Row]:
        rows = [event.row for event in self.of(ev.RowReady)]
        return {row.name: row for row in rows if (row.stage, row.input) == (stage, input_)}


@dataclass
class Project:
    """A folder with a crate, and the session that checks it."""

    root: Path
    session: Path

    def edit(self, file: str, *pairs: tuple[str, str]) -> None:
        """Replace texts in a file, each of which stands there."""
        path = self.root / file
        text = path.read_text()
        for old, new in pairs:
            assert old in text, f"{old!r} is not in {file}"
            text = text.replace(old, new)
        path.write_text(text)

    def native(self, table: str) -> None:
        """Give the session another native side, and leave its tests out."""
        file = self.session / "session.toml"
        text = file.read_text()
        head, rest = text.split("[native]")[0], text[text.index("[sizes.small]") :]
        file.write_text(f"{head}[native]\n{table}\n{rest.split('[tests.unit]')[0]}")

    def declare(self, tables: str) -> None:
        """Add tables to the session."""
        with (self.session / "session.toml").open("a") as file:
            file.write(tables)

    def check(self, *arguments: str, **environment: str) -> Checked:
        ran = run("check", str(self.session), "--json", *arguments, cwd=self.root, **environment)
        return Checked(ran.returncode, ran.stderr, [ev.decode(line) for line in ran.stdout.splitlines()])


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setenv("OMP_WAIT_POLICY", "passive")
    monkeypatch.delenv("WORKBENCH_HOME", raising=False)
    shared = REPOSITORY / ".workbench" / "target" / "outsiders"
    monkeypatch.setenv("WORKBENCH_TARGET", str(shared))
    shared.mkdir(parents=True, exist_ok=True)
    root = tmp_path / "their project"
    return Project(root, write_example(root))
