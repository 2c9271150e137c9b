"""What is vendored from where, what stays as it was, and what is refused."""

import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from workbench.build.instrument import Instrumented, Plain

REGISTRY = "registry+https://registry.invalid/index"


def _locked(workspace: Any, *packages: tuple[str, str, str]) -> None:
    entries = (
        f'[[package]]\nname = "{name}"\nversion = "{version}"\n' + (f'source = "{source}"\n' if source else "")
        for name, version, source in packages
    )
    workspace.write("Cargo.lock", "version = 4\n\n" + "\n".join(entries))


def _reason(workspace: Any) -> str:
    result = workspace.instrument()
    assert isinstance(result, Plain) and "\n" not in result.reason
    return result.reason


def _tapped(workspace: Any) -> Instrumented:
    """The result, after a look at what cargo makes of it."""
    result = workspace.instrument()
    assert isinstance(result, Instrumented)
    crates = workspace.crates(*result.cargo_args)
    for version in result.versions:
        assert crates[f"candle-nn-{version}"].is_relative_to(workspace.cache)
        assert (crates[f"candle-nn-{version}"] / "src/workbench/sink.rs").is_file()
    return result


def test_a_vendored_folder_of_the_users_own_is_where_crates_come_from(workspace: Any) -> None:
    assert _tapped(workspace).versions == ("0.11.1",)


def test_the_workspace_stays_as_it_was_and_may_be_read_only(workspace: Any) -> None:
    before = workspace.files()
    _chmod(workspace.root, writable=False)
    _tapped(workspace)
    _chmod(workspace.root, writable=True)
    assert workspace.files() == before


def _chmod(root: Path, *, writable: bool) -> None:
    for path in (root, *root.rglob("*")):
        path.chmod(path.stat().st_mode | 0o200 if writable else path.stat().st_mode & ~0o222)


def test_a_second_call_starts_no_cargo(workspace: Any) -> None:
    first = workspace.instrument()
    begun = time.perf_counter()
    assert workspace.instrument(cargo="no-such-program") == first
    assert time.perf_counter() - begun < 0.1


def test_a_changed_lock_leaves_the_crates_where_they_are(workspace: Any) -> None:
    first = _tapped(workspace)
    crate = workspace.crates(*first.cargo_args)["candle-nn-0.11.1"]
    begun = crate.stat()
    workspace.member("other", "")
    workspace.write("Cargo.toml", '[workspace]\nresolver = "2"\nmembers = ["port", "other"]\n')
    workspace.cargo("generate-lockfile", "--offline", "-q")
    assert _tapped(workspace) == first
    assert crate.stat().st_ino == begun.st_ino and crate.stat().st_mtime == begun.st_mtime


def test_each_known_version_of_several_is_tapped(workspace: Any, candles: Any, tmp_path: Path) -> None:
    for version, source in (("0.9.2", ""), ("0.7.2", "0.8.0"), ("0.10.9-alpha.1", "0.10.0")):
        for name in ("candle-nn", "candle-core"):
            candles.put(tmp_path / "own", name, version, source)
    names = {"new": "0.11.1", "old": "0.9.2", "older": "0.7.2", "alpha": "=0.10.9-alpha.1"}
    asked = (f'{name} = {{ package = "candle-nn", version = "{version}" }}\n' for name, version in names.items())
    workspace.member("port", "".join(asked))
    workspace.cargo("generate-lockfile", "--offline", "-q")
    result = _tapped(workspace)
    assert result.versions == ("0.11.1", "0.10.9-alpha.1", "0.9.2")
    assert result.suffixes == ("", "_0_10_9_alpha_1", "_0_9_2")
    assert result.notes == ("candle-nn 0.7.2 is not known; built plain, layers are not tapped",)
    sink = workspace.crates(*result.cargo_args)["candle-nn-0.9.2"] / "src/workbench/sink.rs"
    assert "fn workbench_layers_install_v1_0_9_2(" in sink.read_text()


def test_a_source_that_is_not_what_its_version_says_is_left_plain(workspace: Any, tmp_path: Path) -> None:
    linear = _own_copy(tmp_path / "own" / "candle-nn-0.11.1") / "linear.rs"
    linear.write_text(linear.read_text().replace("for Linear", "for Other"))
    assert "`Other` in src/linear.rs; built plain, its layers are not tapped" in _reason(workspace)
    assert not list(workspace.cache.rglob("workbench/sink.rs"))


def _own_copy(crate: Path) -> Path:
    source = (crate / "src").resolve()
    (crate / "src").unlink()
    return Path(shutil.copytree(source, crate / "src"))


@pytest.mark.parametrize("named", ["", "git+{url}", "mine"])
def test_candle_and_others_from_git(workspace: Any, candles: Any, tmp_path: Path, named: str) -> None:
    url = _repository(candles, tmp_path / "git").as_uri()
    workspace.member("port", f'candle-nn = {{ git = "{url}" }}\ncandle-core = {{ git = "{url}" }}\n')
    workspace.cargo("generate-lockfile", "-q")
    if named:
        workspace.cargo("vendor", "-q", "--locked", "--versioned-dirs", str(tmp_path / "from-git"))
        own = f'[source.from-git]\ndirectory = "{tmp_path / "from-git"}"\n'
        mine = f'[source."{named.format(url=url)}"]\ngit = "{url}"\nreplace-with = "from-git"\n'
        workspace.write(".cargo/config.toml", own + mine)
    assert _tapped(workspace).versions == ("0.11.1",)


def _repository(candles: Any, folder: Path) -> Path:
    for name in ("candle-nn", "candle-core"):
        candles.put(folder, name, "0.11.1")
        _own_copy(folder / f"{name}-0.11.1")
    git = ("git", "-c", "user.name=a", "-c", "user.email=a@localhost")
    for command in (("init", "-q"), ("add", "."), ("commit", "-q", "-m", "candle")):
        subprocess.run([*git, *command], cwd=folder, check=True)
    return folder


@pytest.mark.parametrize("version", ["0.7.2", "0.12.0"])
def test_an_unknown_version_is_built_plain(workspace: Any, version: str) -> None:
    _locked(workspace, ("candle-nn", version, REGISTRY))
    assert _reason(workspace) == f"candle-nn {version} is not known; built plain, layers are not tapped"


@pytest.mark.parametrize("ours", ["candle-nn", "candle-core"])
def test_the_users_own_candle_is_built_plain(workspace: Any, ours: str) -> None:
    sources = {"candle-nn": REGISTRY, "candle-core": REGISTRY} | {ours: ""}
    _locked(workspace, *((name, "0.11.1", source) for name, source in sources.items()))
    assert _reason(workspace) == f"{ours} 0.11.1 is a path dependency; built plain, layers are not tapped"


def test_without_candle_or_a_lock_file_there_is_one_sentence(workspace: Any) -> None:
    _locked(workspace, ("serde", "1.0.0", REGISTRY))
    assert "no candle-nn" in _reason(workspace)
    workspace.write("Cargo.lock", "= no lock")
    assert "cannot be read" in _reason(workspace)
    (workspace.root / "Cargo.lock").unlink()
    assert "has no Cargo.lock" in _reason(workspace)


def test_what_cargo_vendor_refuses_is_the_reason(workspace: Any) -> None:
    workspace.member("port", 'candle-nn = "0.9"\n')
    assert "cargo vendor failed: " in _reason(workspace)
    assert not list(workspace.cache.glob("*/new-*"))
