"""The environment that cargo runs in: built from named parts, so that the shell it was started from changes nothing.

PyO3 and everything above it is recompiled when the interpreter, or a PATH that it looked for one in, differs from
the last build's; hence PYO3_PYTHON is fixed and what a shell's activation leaves behind is dropped.
"""

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from workbench.build.pixi import Activation

_STARTS = (
    *("CONDA_", "_CE_", "PYTHON", "PIXI_", "VIRTUAL_ENV", "PYENV_V"),
    *("PYO3_PYTHON", "PYO3_ENVIRONMENT_SIGNATURE", "PYO3_BUILD_EXTENSION_MODULE"),
    *("CARGO_TERM_", "CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_MAKEFLAGS", "CARGO_TARGET_DIR"),
)
_NAMES = ("CARGO", "MAKEFLAGS", "MFLAGS", "MAKELEVEL", "OUT_DIR")
"""What belongs to an activated shell or its terminal, and what cargo and make leave behind for those below them."""


def base(own: Mapping[str, str]) -> dict[str, str]:
    """Return the user's variables without those of an activated Python, conda or pixi environment."""
    kept = {name: value for name, value in own.items() if not name.startswith(_STARTS) and name not in _NAMES}
    return kept | {"PATH": _path(own)}


def complete(
    shell: Mapping[str, str],
    activation: Activation | None,
    *,
    target: Path,
    chosen: Mapping[str, str],
    python: str = "",
) -> dict[str, str]:
    """Return the variables for cargo; later ones win: shell, conda prefix, pixi's activation, session, ours.

    PYO3_BUILD_EXTENSION_MODULE keeps libpython out of the shared object, as maturin would. `python` is looked for
    where the build runs.
    """
    known = activated(shell, activation)
    known |= {"CARGO_BUILD_BUILD_DIR": str(target), "PYO3_BUILD_EXTENSION_MODULE": "1"}
    found = shutil.which(python, path=known["PATH"]) or python if python else sys.executable
    return known | dict(chosen) | {"PYO3_PYTHON": found}


def activated(shell: Mapping[str, str], activation: Activation | None) -> dict[str, str]:
    """Return the shell's variables within a pixi or conda environment, if there is one."""
    known = dict(shell)
    if activation:
        known |= conda(activation.prefix) if activation.prefix else {}
        known = activation.over(known)
    return known


def conda(prefix: Path) -> dict[str, str]:
    """Return where the prefix has OpenSSL and pkg-config files, as far as it has them."""
    found: dict[str, str] = {}
    if (prefix / "include" / "openssl").is_dir():
        found["OPENSSL_DIR"] = str(prefix)
        found["OPENSSL_LIB_DIR"] = str(prefix / "lib")
        found["OPENSSL_INCLUDE_DIR"] = str(prefix / "include")
    if (prefix / "lib" / "pkgconfig").is_dir():
        found["PKG_CONFIG_PATH"] = str(prefix / "lib" / "pkgconfig")
    return found


def _path(own: Mapping[str, str]) -> str:
    """Return PATH without repetitions and without the folders that an activation put in front."""
    prefixes = [own[name] for name in ("VIRTUAL_ENV", "CONDA_PREFIX") if own.get(name)]
    dropped = {"", *(str(Path(prefix) / "bin") for prefix in prefixes)}
    folders = dict.fromkeys(own.get("PATH", os.defpath).split(os.pathsep))
    return os.pathsep.join(folder for folder in folders if folder not in dropped)
