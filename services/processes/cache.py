"""What is fetched once and kept outside the source tree. Owns where: `$KEYTIDE_CACHE`, else `~/.cache/keytide`."""

import os
from pathlib import Path


def cache_folder(name: str) -> Path:
    """The folder `name` of the cache; whoever fills it makes it."""
    base = os.environ.get("KEYTIDE_CACHE")
    return (Path(base) if base else Path.home() / ".cache" / "keytide") / name
