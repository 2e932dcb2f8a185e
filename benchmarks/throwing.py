"""Distinct requests, signed beforehand by botocore and thrown by `wrk` at Keytide or at a bare route.

Owns signing, wrk and its script, and the bare server. Every answer must be a success.
"""

import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import NamedTuple

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from benchmarks.running import REGIONS, Running

CONNECTIONS = 64
WAIT_SECONDS = 20.0

SCRIPT = """
local requests, next_request = {{}}, 0
for line in io.lines("{file}") do
  local date, authorization, body = line:match("^(%S+)\\t(.-)\\t(.*)$")
  requests[#requests + 1] = {{ date, authorization, body }}
end
local formatted = {{}}
function init()
  for number, request in ipairs(requests) do
    formatted[number] = wrk.format("POST", "{path}", {{
      ["Host"] = "{host}", ["Content-Type"] = "application/x-amz-json-1.1",
      ["X-Amz-Target"] = "TrentService.{operation}", ["X-Amz-Date"] = request[1], ["Authorization"] = request[2],
    }}, request[3])
  end
end
function request()
  next_request = next_request % #formatted + 1
  return formatted[next_request]
end
"""


class Throughput(NamedTuple):
    """Requests a second, and milliseconds."""

    rate: float
    median: float
    p99: float


class Signed(NamedTuple):
    """Requests of one operation, one a line: date, authorization, body. Thrown again when they are used up."""

    operation: str
    lines: list[str]


def wrk_is_missing(benchmark: str) -> bool:
    """Whether it is; said aloud, with what to install."""
    missing = shutil.which("wrk") is None
    if missing:
        print(f"{benchmark}: not measured: wrk is missing (Debian, Ubuntu: apt-get install wrk)")
    return missing


def signed(running: Running, operation: str, bodies: Iterable[str], port: int = 0) -> Signed:
    """The requests with these JSON bodies to the first region, at its own port unless another is given."""
    host = f"127.0.0.1:{port or running.port + 1}"
    auth = SigV4Auth(running.credentials, "kms", REGIONS[0])
    target = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": f"TrentService.{operation}"}
    lines = []
    for body in bodies:
        request = AWSRequest("POST", f"http://{host}/", data=body, headers={"Host": host, **target})
        auth.add_auth(request)
        lines.append(f"{request.headers['X-Amz-Date']}\t{request.headers['Authorization']}\t{body}")
    return Signed(operation, lines)


def throw_at_keytide(running: Running, requests: Signed, seconds: int) -> Throughput:
    return throw_at_worker(running.port + 1, requests, seconds)


def throw_at_worker(port: int, requests: Signed, seconds: int) -> Throughput:
    """At a worker that serves the first region on a port of its own."""
    return _throw(port, "/", requests, seconds)


def throw_at_bare_route(port: int, requests: Signed, seconds: int) -> Throughput:
    return _throw(port, f"/{requests.operation}", requests, seconds)


def middle(measured: Sequence[Throughput]) -> Throughput:
    """The median of each figure by itself."""
    return Throughput(*map(median, zip(*measured, strict=True)))


def show(name: str, measured: Throughput) -> None:
    print(f"  {name:10} {measured.rate:8,.0f}/s   p50 {measured.median:6.2f} ms   p99 {measured.p99:6.2f} ms")


def _throw(port: int, path: str, requests: Signed, seconds: int) -> Throughput:
    """Run wrk. Errors: AssertionError if an answer is not a success."""
    host = f"127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as folder:
        file, script = Path(folder) / "requests", Path(folder) / "throw.lua"
        file.write_text("\n".join(requests.lines))
        script.write_text(SCRIPT.format(file=file, path=path, host=host, operation=requests.operation))
        command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency", "-s", str(script)]
        result = subprocess.run([*command, f"http://{host}/"], capture_output=True, text=True, check=True)
    return _read(result.stdout)


def _read(output: str) -> Throughput:
    if "Non-2xx" in output or "Socket errors" in output:
        raise AssertionError(f"not every request succeeded:\n{output}")
    rate = re.search(r"Requests/sec:\s+([\d.]+)", output)
    median, p99 = re.search(r"50%\s+([\d.]+)(\w+)", output), re.search(r"99%\s+([\d.]+)(\w+)", output)
    if rate is None or median is None or p99 is None:
        raise AssertionError(f"wrk said something else:\n{output}")
    return Throughput(float(rate[1]), _milliseconds(median), _milliseconds(p99))


def _milliseconds(found: "re.Match[str]") -> float:
    return float(found[1]) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[found[2]]


@contextmanager
def bare_server(workers: int) -> Iterator[int]:
    """`bare_route` under uvicorn with the event loop and parser of a node; gives its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    server = [sys.executable, "-m", "uvicorn", "benchmarks.bare_route:app", "--loop", "uvloop", "--http", "httptools"]
    options = ["--port", str(port), "--workers", str(workers), "--no-access-log", "--log-level", "warning"]
    process = subprocess.Popen([*server, *options], start_new_session=True)
    try:
        wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait(10)


def wait_for(port: int) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(f"nothing listens on port {port} after {WAIT_SECONDS:g} s")
