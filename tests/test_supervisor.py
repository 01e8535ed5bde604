"""What the supervisor does with children that do not come up, or die."""

from __future__ import annotations

import asyncio
import io
import sys
from pathlib import Path

import httpx2
import pytest

from portal.house import free_port
from portal.supervisor import Child, NotStarted, Supervisor

SERVER = """
import http.server, sys
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers()
        if self.path == "/die": sys.stdout.flush(); __import__("os")._exit(7)
    def log_message(self, *_): pass
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Answer).serve_forever()
"""


async def test_a_child_that_never_gets_ready_ends_the_start_with_its_words(tmp_path: Path):
    command = [sys.executable, "-c", "import sys; sys.exit('the database is not there')"]
    supervisor = Supervisor([Child("portal", command, "http://127.0.0.1:9/", tmp_path)], out=io.StringIO())
    with pytest.raises(NotStarted, match="the database is not there"):
        async with asyncio.timeout(30), supervisor.running():
            raise AssertionError("it said it was ready")


async def test_a_dead_child_is_started_again(tmp_path: Path):
    port, out = free_port(), io.StringIO()
    url = f"http://127.0.0.1:{port}/"
    child = Child("rasa", [sys.executable, "-c", SERVER, str(port)], url, tmp_path)
    async with Supervisor([child], out=out).running(), httpx2.AsyncClient(trust_env=False) as client:
        assert (await client.get(url)).status_code == 200
        with pytest.raises(httpx2.HTTPError):
            for _ in range(50):
                await client.get(url + "die")
                await asyncio.sleep(0.05)
        async with asyncio.timeout(20):
            await asyncio.sleep(0.5)
            await child.ready.wait()
        assert (await client.get(url)).status_code == 200
    assert "ended with 7" in out.getvalue()
    with pytest.raises(OSError):
        await asyncio.open_connection("127.0.0.1", port)
