"""What a workspace's `Cargo.lock` says about candle."""

import re
import tomllib
from dataclasses import dataclass

KNOWN = ("0.8", "0.9", "0.10", "0.11")


@dataclass(frozen=True)
class Package:
    """One locked package; `source` is empty for a path dependency."""

    name: str
    version: str
    source: str

    @property
    def minor(self) -> str:
        """`0.9` of `0.9.2`: what cargo holds compatible below 1.0."""
        return ".".join(self.version.split(".")[:2])

    @property
    def folder(self) -> str:
        """Where `cargo vendor --versioned-dirs` puts it."""
        return f"{self.name}-{self.version}"


@dataclass(frozen=True)
class Lock:
    """The packages of one `Cargo.lock`."""

    packages: tuple[Package, ...]

    @property
    def layers(self) -> tuple[Package, ...]:
        """Every candle-nn that can be instrumented, newest first."""
        return tuple(package for package in self._all("candle-nn") if not self._refusal(package))

    @property
    def refusals(self) -> tuple[str, ...]:
        """One sentence for each candle-nn that cannot be instrumented."""
        return tuple(sentence for package in self._all("candle-nn") if (sentence := self._refusal(package)))

    @property
    def sources(self) -> tuple[str, ...]:
        """Every registry and git commit: within the same ones, a name and a version mean the same source."""
        return tuple(sorted({package.source for package in self.packages}))

    @property
    def cores(self) -> tuple[Package, ...]:
        """Every candle-core."""
        return tuple(self._all("candle-core"))

    def cores_of(self, layers: Package) -> tuple[Package, ...]:
        """Every candle-core that this candle-nn may be built on."""
        return tuple(core for core in self.cores if core.minor == layers.minor)

    def _refusal(self, layers: Package) -> str:
        if layers.minor not in KNOWN:
            return f"candle-nn {layers.version} is not known; built plain, layers are not tapped"
        for package in (layers, *self.cores_of(layers)):
            if not package.source:
                return f"{package.name} {package.version} is a path dependency; built plain, layers are not tapped"
        return ""

    def _all(self, name: str) -> list[Package]:
        found = [package for package in self.packages if package.name == name]
        return sorted(found, key=lambda package: _numbers(package.version), reverse=True)


def read_lock(text: str) -> Lock:
    """The packages of a `Cargo.lock`; raises ValueError or KeyError when it is none."""
    packages = tomllib.loads(text).get("package", [])
    return Lock(tuple(Package(each["name"], each["version"], each.get("source", "")) for each in packages))


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version))
