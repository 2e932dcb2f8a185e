"""The rules of the architecture, as functions from source text to breaches.

Owns the rules; `tests/test_architecture.py` applies them to the tree, and tries them on planted breaches.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import PurePath

ROOTS = ("shared", "replication", "services")
MAY_IMPORT = {
    "shared": {"shared"},
    "replication": {"shared", "replication"},
    "services": {"shared", "replication", "services"},
}
"""Imports run services -> replication -> shared, never back; the code never imports tests or benchmarks."""

OWN_PACKAGES = {*ROOTS, "tests", "benchmarks"}
ENTROPY = "shared/crypto/entropy.py"
MOST_FILE_LINES = 300
MOST_FUNCTION_LINES = 60
WORDLESS_NAMES = re.compile(r"(^|_)(utils?|helpers?|managers?|misc)(_|$)")

IMPURE_MODULES = {
    "os": "take a value from the caller: shared/ does no I/O and reads no environment",
    "io": "take bytes from the caller: shared/ does no I/O",
    "socket": "take bytes from the caller: shared/ does no I/O",
    "pathlib": "take bytes from the caller: shared/ does no I/O",
    "subprocess": "leave processes to services/",
    "threading": "leave concurrency to services/",
    "asyncio": "leave concurrency to services/",
    "time": "take `now` (milliseconds) from the caller",
    "random": "use shared/crypto/entropy.py",
    "secrets": "use shared/crypto/entropy.py",
}
IMPURE_CALLS = {
    "datetime.now": "take `now` (milliseconds) from the caller",
    "datetime.utcnow": "take `now` (milliseconds) from the caller",
    "datetime.today": "take `now` (milliseconds) from the caller",
    "date.today": "take `now` (milliseconds) from the caller",
    "uuid.uuid1": "use shared/crypto/entropy.py",
    "uuid.uuid4": "use shared/crypto/entropy.py",
    "uuid1": "use shared/crypto/entropy.py",
    "uuid4": "use shared/crypto/entropy.py",
    "urandom": "use shared/crypto/entropy.py",
    "open": "take bytes from the caller: shared/ does no I/O",
    "print": "return a value: shared/ does no I/O",
}


def breaches(path: str, source: str) -> list[str]:
    """All breaches of one module; `path` is relative to the repository, with forward slashes."""
    tree = ast.parse(source)
    found = [*_shape(path, source, tree), *_imports(path, tree)]
    if path.startswith("shared/") and path != ENTROPY:
        found.extend(_impurities(tree))
    return [f"{path}:{breach}" for breach in found]


def _shape(path: str, source: str, tree: ast.Module) -> Iterator[str]:
    lines = len(source.splitlines())
    if lines > MOST_FILE_LINES:
        yield f"1: has {lines} lines, at most {MOST_FILE_LINES}: split it by what it owns"
    if not ast.get_docstring(tree):
        yield "1: has no docstring: say what the module owns"
    if WORDLESS_NAMES.search(PurePath(path).stem):
        yield f"1: is named {PurePath(path).name}: name it for what it owns"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > MOST_FUNCTION_LINES:
                yield f"{node.lineno}: {node.name} has {length} lines, at most {MOST_FUNCTION_LINES}: split it"


def _imports(path: str, tree: ast.Module) -> Iterator[str]:
    package = path.split("/")[0]
    for line, module in _imported(tree):
        root = module.split(".")[0]
        if package in MAY_IMPORT and root in OWN_PACKAGES and root not in MAY_IMPORT[package]:
            yield f"{line}: imports {module}: imports run services -> replication -> shared"


def _imported(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, "." if node.level else node.module or ""
        elif isinstance(node, ast.Call) and _dotted(node.func).endswith("import_module"):
            yield from ((node.lineno, str(name.value)) for name in node.args if isinstance(name, ast.Constant))


def _impurities(tree: ast.Module) -> Iterator[str]:
    for line, module in _imported(tree):
        root = module.split(".")[0]
        if root in IMPURE_MODULES:
            yield f"{line}: imports {module}: {IMPURE_MODULES[root]}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = _dotted(node.func)
            for name, instead in IMPURE_CALLS.items():
                if called == name or ("." in name and called.endswith(f".{name}")):
                    yield f"{node.lineno}: calls {called}: {instead}"


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""
