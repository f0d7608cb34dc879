"""Generates the package `reelhouse` from protos/ and lays out what buf needs.

Run by `make protos`. With mypy-protobuf installed, typed stubs are generated too.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

import grpc_tools

ROOT = Path(__file__).resolve().parents[2]
PROTOS = ROOT / "protos"
GOOGLE = ROOT / ".build" / "protos"
OUTPUT = ROOT / "libs" / "contracts" / "src" / "reelhouse"
COMMON = (
    "api/annotations.proto",
    "api/client.proto",
    "api/field_behavior.proto",
    "api/field_info.proto",
    "api/http.proto",
    "api/launch_stage.proto",
    "api/resource.proto",
    "rpc/error_details.proto",
    "rpc/status.proto",
    "type/date.proto",
)


def copy_common_protos() -> None:
    """Copies Google's common protos out of the installed wheel, where buf can see them."""
    installed = Path(sysconfig.get_paths()["purelib"]) / "google"
    for name in COMMON:
        target = GOOGLE / "google" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(installed / name, target)


def plugins() -> list[str]:
    """Returns protoc's arguments for typed stubs, if the generator for them is installed."""
    scripts = Path(sysconfig.get_paths()["scripts"])
    args = []
    for plugin in ("mypy", "mypy_grpc"):
        program = scripts / f"protoc-gen-{plugin}"
        if program.exists():
            args += [f"--plugin=protoc-gen-{plugin}={program}", f"--{plugin}_out=quiet:."]
    return args


def generate() -> None:
    """Generates into a temporary folder and swaps it in, so that a failure leaves the old code."""
    sources = sorted(str(p.relative_to(PROTOS)) for p in (PROTOS / "reelhouse").rglob("*.proto"))
    builtin = Path(grpc_tools.__file__).parent / "_proto"
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=OUTPUT.parent) as tmp:
        command = [sys.executable, "-m", "grpc_tools.protoc"]
        command += [f"-I{PROTOS}", f"-I{GOOGLE}", f"-I{builtin}"]
        command += ["--python_out=.", "--grpc_python_out=.", *plugins(), *sources]
        if subprocess.run(command, cwd=tmp, check=False).returncode:
            sys.exit(1)
        made = Path(tmp) / "reelhouse"
        (made / "py.typed").touch()
        shutil.rmtree(OUTPUT, ignore_errors=True)
        made.rename(OUTPUT)
    print(f"generated {len(sources)} contracts")


if __name__ == "__main__":
    copy_common_protos()
    generate()
