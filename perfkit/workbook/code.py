"""What ran: the package, its notebooks, and the lock of its libraries, by sha256."""

from functools import cache
from pathlib import Path
from typing import Any

from perfkit import __version__
from perfkit.project import digest, tree_digest

PACKAGE = Path(__file__).parents[1]


def code(root: Path) -> dict[str, Any]:
    """Version and fingerprints, line ends aside."""
    lock = root / "requirements.lock"
    return {
        "perfkit": __version__,
        "package": _package(),
        "notebooks": {file.name: digest(file.read_bytes().replace(b"\r\n", b"\n")) for file in sorted((root / "notebooks").glob("*.ipynb"))},
        "lock": digest(lock.read_bytes().replace(b"\r\n", b"\n")) if lock.exists() else "",
    }


@cache
def _package() -> str:
    return digest("".join(tree_digest(PACKAGE, f"*.{kind}") for kind in ("py", "toml", "j2", "css", "js", "json")).encode())
