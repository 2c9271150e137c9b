"""Where the workbench keeps its files."""

import os
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path


@dataclass(frozen=True)
class Home:
    """`.workbench/` of one session, and the caches that projects share.

    `root` is relocated by WORKBENCH_HOME, cargo's target folder by WORKBENCH_TARGET, vendored sources by
    WORKBENCH_CACHE. Folders are made when they are written to, so that deleting them while running does no harm.
    """

    root: Path
    session: str
    project: Path

    @property
    def captures(self) -> Path:
        """`captures/<session>/<size>/<stage>/<input>/<key>/`."""
        return self.root / "captures"

    @property
    def builds(self) -> Path:
        """`builds/<session>/<content hash>/`."""
        return self.root / "builds" / self.session

    @property
    def checkpoints(self) -> Path:
        """Synthetic and converted checkpoints, by key."""
        return self.root / "checkpoints"

    @property
    def events(self) -> Path:
        """Recorded event streams, NDJSON."""
        return self.root / "events"

    @property
    def reproductions(self) -> Path:
        """Exported rows, a folder each."""
        return self.root / "reproductions" / self.session

    @property
    def heard(self) -> Path:
        """Sounds that were listened to, with the logs of blind tests and the player."""
        return self.root / "heard" / self.session

    @property
    def chain(self) -> Path:
        """What the port gave in the session's last chain, a file for each stage."""
        return self.root / "chain" / self.session

    @property
    def history(self) -> Path:
        """The SQLite file with every check."""
        return self.root / "history.sqlite"

    @property
    def scratch(self) -> Path:
        """Sockets and the output of children, of this run only."""
        return self.root / "run"

    @property
    def target(self) -> Path:
        """Cargo's target folder, apart from the editor's so that neither waits for the other."""
        return Path(os.environ.get("WORKBENCH_TARGET") or self.root / "target")

    @property
    def cache(self) -> Path:
        """Vendored sources; shared by every session of this user, since they are kept by content."""
        if chosen := os.environ.get("WORKBENCH_CACHE"):
            return Path(chosen)
        return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "workbench"


def home_of(folder: Path, session: str) -> Home:
    """Return the home of a session's folder: WORKBENCH_HOME, else `.workbench/` in its project, if that can be
    written to, else a folder of the user's own state.

    The project is the nearest folder above with a `.git`, else the session's folder.
    """
    project = next((parent for parent in (folder, *folder.parents) if (parent / ".git").exists()), folder)
    if chosen := os.environ.get("WORKBENCH_HOME"):
        return Home(Path(chosen).absolute(), session, project)
    if os.access(project, os.W_OK):
        return Home(project / ".workbench", session, project)
    digest = blake2b(str(folder).encode(), digest_size=4).hexdigest()
    return Home(_state() / f"{session}-{digest}", session, project)


def home_of_listening() -> Path:
    """Return where listening without a session leaves its logs: nothing appears beside the files that are heard."""
    chosen = os.environ.get("WORKBENCH_HOME")
    return (Path(chosen).absolute() if chosen else _state()) / "listening"


def _state() -> Path:
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "workbench"
