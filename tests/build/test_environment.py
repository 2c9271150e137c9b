"""Cargo's environment does not depend on which shell the workbench was started from."""

import sys
from pathlib import Path

from workbench.build import environment
from workbench.build.pixi import Activation


def complete(shell: dict[str, str], activation: Activation | None = None, **chosen: str) -> dict[str, str]:
    return environment.complete(environment.base(shell), activation, target=Path("/t"), chosen=chosen)


def test_an_activated_shell_gives_what_a_plain_one_gives():
    plain = {"PATH": "/usr/bin:/bin", "HOME": "/h", "MY_SDK": "/sdk"}
    activated = plain | {
        "PATH": "/venv/bin:/conda/bin:/usr/bin:/bin:/usr/bin",
        "VIRTUAL_ENV": "/venv",
        "VIRTUAL_ENV_PROMPT": "x",
        "CONDA_PREFIX": "/conda",
        "CONDA_SHLVL": "1",
        "PYTHONPATH": "/p",
        "PYO3_PYTHON": "/venv/bin/python",
        "PYO3_ENVIRONMENT_SIGNATURE": "s",
        "CARGO_TARGET_DIR": "/elsewhere",
        "CARGO_TERM_COLOR": "always",
    }
    assert complete(activated) == complete(plain)
    assert complete(plain)["MY_SDK"] == "/sdk"


def test_the_interpreter_is_the_workbenchs_whatever_the_session_says():
    known = complete({"PATH": "/bin"}, PYO3_PYTHON="/other", MINE="1")
    assert (known["PYO3_PYTHON"], known["MINE"]) == (sys.executable, "1")


def test_openssl_of_the_prefix_is_named_unless_somebody_named_it(tmp_path: Path):
    (tmp_path / "include" / "openssl").mkdir(parents=True)
    (tmp_path / "lib" / "pkgconfig").mkdir(parents=True)
    active = Activation({"CONDA_PREFIX": str(tmp_path)}, (f"{tmp_path}/bin",))
    known = complete({"PATH": "/bin", "OPENSSL_DIR": "/shells"}, active)
    assert known["OPENSSL_DIR"] == str(tmp_path)
    assert known["OPENSSL_LIB_DIR"] == f"{tmp_path}/lib"
    assert known["OPENSSL_INCLUDE_DIR"] == f"{tmp_path}/include"
    assert known["PKG_CONFIG_PATH"] == f"{tmp_path}/lib/pkgconfig"
    assert known["PATH"] == f"{tmp_path}/bin:/bin"
    assert complete({"PATH": "/bin"}, active, OPENSSL_DIR="/sessions")["OPENSSL_DIR"] == "/sessions"


def test_a_prefix_without_openssl_names_none(tmp_path: Path):
    active = Activation({"CONDA_PREFIX": str(tmp_path)}, ())
    assert "OPENSSL_DIR" not in complete({"PATH": "/bin"}, active)
