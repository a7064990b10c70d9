"""Build the frozen program: `python packaging/build.py [DIST]` makes DIST/support-console/ (dist/ when not named).

Nothing is built when the one that stands there was made from the same files.
"""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ("console", "resources", "packaging", "requirements/run.txt", "requirements/package.txt")


def fingerprint(root: Path = ROOT) -> str:
    """A digest of every file that goes into the program, by name and contents."""
    digest = hashlib.sha256(sys.version.encode())
    for file in _files(root):
        digest.update(f"\0{file.relative_to(root)}\0".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()


def build(dist: Path, work: Path = ROOT / "build" / "pyinstaller") -> Path:
    """The folder of the frozen program, built unless it is up to date; two who want it at once build it once.

    Raises: RuntimeError with the last words of PyInstaller when it fails.
    """
    with _alone(dist):
        return _build(dist, work)


@contextmanager
def _alone(dist: Path) -> Iterator[None]:
    """Waits until nobody else builds into ``dist``."""
    dist.mkdir(parents=True, exist_ok=True)
    with (dist / "building.lock").open("w") as lock:
        if os.name == "posix":
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _build(dist: Path, work: Path) -> Path:
    program = dist / "support-console"
    mark = dist / "support-console.sha256"
    made_from = fingerprint()
    if mark.exists() and mark.read_text(encoding="ascii") == made_from and program.is_dir():
        return program
    mark.unlink(missing_ok=True)
    command = [
        sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN",
        "--distpath", dist, "--workpath", work, ROOT / "packaging" / "support-console.spec",
    ]  # fmt: skip
    environment = os.environ | {"CONSOLE_ROOT": str(ROOT)}
    made = subprocess.run(command, check=False, capture_output=True, text=True, cwd=ROOT, env=environment)
    if made.returncode != 0:
        raise RuntimeError(f"The bundle could not be built:\n{made.stderr[-3000:]}")
    mark.write_text(made_from, encoding="ascii")
    return program


def _files(root: Path) -> list[Path]:
    found: list[Path] = []
    for name in SOURCES:
        source = root / name
        found += [source] if source.is_file() else [each for each in source.rglob("*") if each.is_file()]
    return sorted(each for each in found if "__pycache__" not in each.parts)


if __name__ == "__main__":
    print(build(Path(sys.argv[1] if len(sys.argv) > 1 else "dist").absolute()))
