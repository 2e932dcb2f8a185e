"""Another root for a region's key files: everything is sealed anew, and the former files and root are destroyed.

Owns the order of the steps. Each leaves something that the next call goes on from: the new root lies in `root.next`
before anything rests on it; the new files are whole in a folder beside before they take the place of the former; the
former root goes last. The region must not run.
"""

import shutil
from pathlib import Path

from services.durable_file import PRIVATE_DIRECTORY, sync_directory, write_new_file
from services.region_node.keys.key_cabinet import MANIFEST, SALT, SALT_LENGTH, KeyCabinet, open_cabinet, overwrite
from services.region_node.keys.root import KeysUnavailable, create_root_file, read_root_file
from shared.crypto.entropy import random_bytes


class RootRotation:
    """Of the region whose key files lie in `keys/<region>` and rest on `root_file`."""

    def __init__(self, keys: Path, region: str, root_file: Path) -> None:
        self._region, self._root_file = region, root_file
        self._folder, self._new, self._former = (keys / f"{region}{end}" for end in ("", ".resealed", ".former"))
        self._next = root_file.with_name(f"{root_file.name}.next")
        self._former_root = root_file.with_name(f"{root_file.name}.former")

    def run(self) -> None:
        """Errors: KeysUnavailable, naming the file; OSError. Either way another call goes on from there."""
        if self._next.exists() or not (self._former.exists() or self._former_root.exists()):
            if not self._is_resealed():
                self._reseal()
            self._exchange_folders()
            self._exchange_roots()
        self._destroy_former()

    def _is_resealed(self) -> bool:
        """Whether a call before this one came so far. What it left beside is stale if the region has run since."""
        if not self._next.exists():
            return False
        return self._opens(self._folder if self._folder.exists() else self._new)

    def _opens(self, folder: Path) -> bool:
        try:
            cabinet = open_cabinet(folder, self._region, read_root_file(self._next))
            for name in cabinet.names():
                cabinet.open(name)
        except KeysUnavailable:
            return False
        return True

    def _reseal(self) -> None:
        former = open_cabinet(self._folder, self._region, read_root_file(self._root_file))
        self._next.unlink(missing_ok=True)
        shutil.rmtree(self._new, ignore_errors=True)
        create_root_file(self._next)
        root, salt = read_root_file(self._next), random_bytes(SALT_LENGTH)
        cabinet = KeyCabinet(self._new, self._region, root.description, root.sealing_key(salt))
        self._new.mkdir(mode=PRIVATE_DIRECTORY)
        write_new_file(self._new / SALT, salt)
        for name in former.names():
            write_new_file(self._new / name, cabinet.sealed(name, former.open(name)))
        write_new_file(self._new / MANIFEST, cabinet.manifest(former.names()))
        sync_directory(self._new)

    def _exchange_folders(self) -> None:
        if not self._new.exists():
            return
        if self._folder.exists():
            self._folder.rename(self._former)
        self._new.rename(self._folder)
        sync_directory(self._folder.parent)

    def _exchange_roots(self) -> None:
        if not self._former_root.exists():
            self._former_root.hardlink_to(self._root_file)
        self._next.replace(self._root_file)
        sync_directory(self._root_file.parent)

    def _destroy_former(self) -> None:
        if self._former.exists():
            for path in sorted(self._former.iterdir()):
                self._destroy(path)
            self._former.rmdir()
            sync_directory(self._former.parent)
        if self._former_root.exists():
            self._destroy(self._former_root)

    def _destroy(self, path: Path) -> None:
        overwrite(path)
        path.unlink()
        sync_directory(path.parent)
