"""What no save is: build products, version control, editors' scratch files, and what `.gitignore` names."""

from pathlib import Path

from pathspec import GitIgnoreSpec

DEFAULTS = ("target/", ".git/", ".workbench/", "*~", r"\#*#", ".#*", "*.sw?", "4913", ".*_tmp_*")
_ALWAYS = GitIgnoreSpec.from_lines(DEFAULTS)


class Ignore:
    """Judges paths below one folder; `.gitignore` files are read again when they change."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._specs: dict[Path, tuple[int, GitIgnoreSpec]] = {}

    def __call__(self, path: Path, *, folder: bool = False) -> bool:
        """Return whether a path is ignored; `folder` says that it is a directory. The deepest rule decides."""
        if not path.is_relative_to(self._root):
            return _ALWAYS.match_file(path.name + "/" * folder)
        if _ALWAYS.match_file(_text(path, self._root, folder)):
            return True
        verdict = False
        for parent in reversed([parent for parent in path.parents if parent.is_relative_to(self._root)]):
            if spec := self._spec(parent):
                said = spec.check_file(_text(path, parent, folder)).include
                verdict = verdict if said is None else said
        return verdict

    def _spec(self, folder: Path) -> GitIgnoreSpec | None:
        file = folder / ".gitignore"
        try:
            moment = file.stat().st_mtime_ns
            if self._specs.get(folder, (0,))[0] != moment:
                self._specs[folder] = moment, GitIgnoreSpec.from_lines(file.read_text().splitlines())
        except (OSError, ValueError):
            return None
        return self._specs[folder][1]


def _text(path: Path, base: Path, folder: bool) -> str:
    return path.relative_to(base).as_posix() + "/" * folder
