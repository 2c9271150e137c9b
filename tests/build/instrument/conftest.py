"""Workspaces of candle ports: real ones, and small ones that cargo vendors in no time."""

import json
import os
import subprocess
import tempfile
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest

from workbench.build.instrument import Instrumented, Plain, instrument

FIXTURES = Path(__file__).parent / "fixtures"
CHECKSUM = "0" * 64


class Workspace:
    """A workspace on disk and the cache that it is instrumented into."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "workspace"
        self.cache = folder / "cache"

    def write(self, name: str, text: str) -> Path:
        """Leaves a file alone that is already so: cargo looks at the time it was written."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.is_file() or path.read_text() != text:
            path.write_text(text)
        return path

    def member(self, name: str, dependencies: str, library: str = "") -> None:
        head = f'[package]\nname = "{name}"\nversion = "0.1.0"\nedition = "2021"\n'
        lib = '[lib]\npath = "lib.rs"\ncrate-type = ["cdylib"]\n'
        self.write(f"{name}/Cargo.toml", f"{head}{lib}[dependencies]\n{dependencies}")
        self.write(f"{name}/lib.rs", library)

    def instrument(self, cargo: str = "cargo", env: Mapping[str, str] = os.environ) -> Instrumented | Plain:
        return instrument(self.root / "Cargo.toml", self.cache, (cargo,), env)

    def cargo(self, *args: str) -> str:
        return subprocess.run(["cargo", *args], cwd=self.root, check=True, stdout=subprocess.PIPE, text=True).stdout

    def crates(self, *args: str) -> dict[str, Path]:
        """Where cargo, called with these arguments, takes each dependency from."""
        packages = json.loads(self.cargo("metadata", "-q", "--format-version=1", *args))["packages"]
        return {f"{each['name']}-{each['version']}": Path(each["manifest_path"]).parent for each in packages}

    def files(self) -> dict[str, bytes]:
        return {str(path.relative_to(self.root)): path.read_bytes() for path in self.root.rglob("*") if path.is_file()}


class Ports(Workspace):
    """One member with a layer of every kind for each candle of a kept lock file."""

    PROFILE = "[profile.dev]\nopt-level = 0\ndebug = false\n"

    def __init__(self, folder: Path, lock: str) -> None:
        super().__init__(folder)
        text = (FIXTURES / "locks" / f"{lock}.lock").read_text()
        packages = tomllib.loads(text)["package"]
        self.versions = tuple(each["version"] for each in packages if each["name"] == "candle-nn")
        members = {f"port-{version.replace('.', '-')}": version for version in self.versions}
        self.write("Cargo.toml", f'[workspace]\nresolver = "2"\nmembers = {list(members)}\n{self.PROFILE}')
        self.write("Cargo.lock", text)
        for name, version in members.items():
            asked = f'{{ version = "={version}", default-features = false }}\n'
            library = (FIXTURES / "port" / "lib.rs").read_text()
            self.member(name, f"candle-core = {asked}candle-nn = {asked}", library)


class Candles:
    """Real sources of candle, vendored once and kept; `put` leaves out their dependencies."""

    def __init__(self, folder: Path) -> None:
        self._folders = []
        for lock in ("compiled", "patched"):
            ports = Ports(folder / lock, lock)
            vendored = folder / lock / "vendored"
            if not (vendored / f"candle-nn-{ports.versions[-1]}").is_dir():
                ports.cargo("vendor", "-q", "--locked", "--versioned-dirs", str(vendored))
            self._folders += [vendored / f"candle-nn-{version}" for version in ports.versions]

    @property
    def versions(self) -> list[str]:
        return [folder.name.removeprefix("candle-nn-") for folder in self._folders]

    def crate(self, name: str, version: str) -> Path:
        (found,) = (each.with_name(f"{name}-{version}") for each in self._folders if each.name.endswith(f"-{version}"))
        return found

    def put(self, folder: Path, name: str, version: str, source: str = "") -> None:
        """A crate without dependencies, its source that of `source`, as a vendored folder has it."""
        crate = folder / f"{name}-{version}"
        crate.mkdir(parents=True)
        (crate / "Cargo.toml").write_text(f'[package]\nname = "{name}"\nversion = "{version}"\nedition = "2021"\n')
        (crate / "src").symlink_to(self.crate(name, source or version) / "src")
        (crate / ".cargo-checksum.json").write_text(json.dumps({"files": {}, "package": CHECKSUM}))


@pytest.fixture(scope="session")
def kept_folder() -> Path:
    """Where vendored and compiled crates stay between runs of the tests."""
    default = Path(tempfile.gettempdir()) / "workbench-test-target"
    return Path(os.environ.get("WORKBENCH_TEST_TARGET", default)) / "instrument"


@pytest.fixture(scope="session")
def candles(kept_folder: Path) -> Candles:
    return Candles(kept_folder)


@pytest.fixture(scope="session")
def ports(kept_folder: Path) -> Ports:
    return Ports(kept_folder / "compiled", "compiled")


@pytest.fixture
def workspace(tmp_path: Path, candles: Candles) -> Workspace:
    """A port of candle 0.11.1 whose user has vendored it into a folder of their own."""
    workspace = Workspace(tmp_path)
    for name in ("candle-nn", "candle-core"):
        candles.put(tmp_path / "own", name, "0.11.1")
    config = f'[source.crates-io]\nreplace-with = "own"\n[source.own]\ndirectory = "{tmp_path / "own"}"\n'
    workspace.write(".cargo/config.toml", config)
    workspace.write("Cargo.toml", '[workspace]\nresolver = "2"\nmembers = ["port"]\n')
    workspace.member("port", 'candle-nn = "0.11.1"\ncandle-core = "0.11.1"\n')
    workspace.cargo("generate-lockfile", "--offline", "-q")
    return workspace
