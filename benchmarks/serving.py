"""How many signed Encrypt calls a worker answers, against a bare route in the same server.

Owns the benchmark `serving`: distinct requests of 32 bytes, signed beforehand by botocore, thrown by `wrk` from another
core over 64 connections, first at a region of `keytide up`, then at `bare_route` under uvicorn with the same event loop
and parser; with one worker and with two. Every answer of both must be a success.
"""

import base64
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from benchmarks.region_client import RegionClient
from benchmarks.running import REGIONS, Running, regions

CONNECTIONS = 64
REQUESTS = 20_000
"""Distinct ones; thrown again from the first when they are used up."""
PLAINTEXT_BYTES = 32
WAIT_SECONDS = 20.0

SCRIPT = """
local requests, next_request = {{}}, 0
for line in io.lines("{path}") do
  local date, authorization, body = line:match("^(%S+)\\t(.-)\\t(.*)$")
  requests[#requests + 1] = {{ date, authorization, body }}
end
local formatted = {{}}
function init()
  for number, request in ipairs(requests) do
    formatted[number] = wrk.format("POST", "/", {{
      ["Host"] = "{host}", ["Content-Type"] = "application/x-amz-json-1.1",
      ["X-Amz-Target"] = "TrentService.Encrypt", ["X-Amz-Date"] = request[1], ["Authorization"] = request[2],
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


def run(seconds: int) -> None:
    """Measure and print, with one worker and with two."""
    if shutil.which("wrk") is None:
        print("serving: not measured: wrk is missing (Debian, Ubuntu: apt-get install wrk)")
        return
    for workers in (1, 2):
        with regions("--regions", REGIONS[0], "--workers", str(workers)) as running:
            lines = list(_signed(running))
            served = _throw(running.port + 1, lines, seconds)
        with _bare_server(workers) as port:
            bare = _throw(port, lines, seconds)
        print(f"serving: Encrypt, {PLAINTEXT_BYTES} bytes, {CONNECTIONS} connections, {workers} worker(s), {seconds} s")
        _show("keytide", served)
        _show("bare route", bare)
        print(f"  ratio      {served.rate / bare.rate:8.2f}")


def _show(name: str, measured: Throughput) -> None:
    print(f"  {name:10} {measured.rate:8,.0f}/s   p50 {measured.median:6.2f} ms   p99 {measured.p99:6.2f} ms")


def _signed(running: Running) -> Iterator[str]:
    """The requests, one a line: date, authorization, body."""
    client = RegionClient(running.port + 1, REGIONS[0], running.credentials)
    key_id = client.call("CreateKey")["KeyMetadata"]["KeyId"]
    host = f"127.0.0.1:{running.port + 1}"
    auth = SigV4Auth(running.credentials, "kms", REGIONS[0])
    for _ in range(REQUESTS):
        plaintext = base64.b64encode(os.urandom(PLAINTEXT_BYTES)).decode()
        body = f'{{"KeyId":"{key_id}","Plaintext":"{plaintext}"}}'
        headers = {
            "Host": host,
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": "TrentService.Encrypt",
        }
        request = AWSRequest("POST", f"http://{host}/", data=body, headers=headers)
        auth.add_auth(request)
        yield f"{request.headers['X-Amz-Date']}\t{request.headers['Authorization']}\t{body}"


def _throw(port: int, lines: list[str], seconds: int) -> Throughput:
    """Run wrk. Errors: AssertionError if an answer is not a success."""
    with tempfile.TemporaryDirectory() as folder:
        requests, script = Path(folder) / "requests", Path(folder) / "throw.lua"
        requests.write_text("\n".join(lines))
        # The signed host is the region's, whoever is thrown at.
        host = f"127.0.0.1:{port}"
        script.write_text(SCRIPT.format(path=requests, host=host))
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
def _bare_server(workers: int) -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    server = [sys.executable, "-m", "uvicorn", "benchmarks.bare_route:app", "--loop", "uvloop", "--http", "httptools"]
    options = ["--port", str(port), "--workers", str(workers), "--no-access-log", "--log-level", "warning"]
    process = subprocess.Popen([*server, *options], start_new_session=True)
    try:
        _wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait(10)


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(f"nothing listens on port {port} after {WAIT_SECONDS:g} s")
