"""Record what a real Meilisearch answers: ``python tests/engines/record.py`` writes ``recorded/exchanges.json``.

The tests replay it where there is no server, so that what we ask and how we read answers stays tested. Record
again whenever either changes on purpose.
"""

import asyncio
import runpy
from pathlib import Path
from typing import Any

import httpx
import msgspec

from search.meilisearch import Meilisearch

FOLDER = Path(__file__).parent
PATH = FOLDER / "recorded" / "exchanges.json"
INDEX = "recorded"


class Recorder(httpx.AsyncBaseTransport):
    """Passes requests on and keeps them with their answers. What takes time differs each time: it is left out."""

    def __init__(self) -> None:
        self.exchanges: list[dict[str, Any]] = []
        self._network = httpx.AsyncHTTPTransport()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self._network.handle_async_request(request)
        content = await response.aread()
        asked = msgspec.json.decode(request.content) if request.content else None
        told = msgspec.json.decode(content)
        for result in told.get("results", []):
            result.pop("processingTimeMs", None)
        exchange = {
            "method": request.method,
            "path": request.url.path,
            "body": asked,
            "status": response.status_code,
            "answer": told,
        }
        if exchange not in self.exchanges:
            self.exchanges.append(exchange)
        return httpx.Response(response.status_code, content=content)

    async def aclose(self) -> None:
        await self._network.aclose()


async def record(scene: dict[str, Any], url: str, key: str) -> list[dict[str, Any]]:
    """What goes to and fro in the scene. Every question is put to an engine that knows nothing yet."""
    recorder = Recorder()

    def engine() -> Meilisearch:
        return Meilisearch(url, key, index=INDEX, transport=recorder)

    await engine().rebuild(scene["documents"], 7)
    for question in scene["questions"]:
        await engine().search(question)
    for text, day in scene["suggestions"]:
        await engine().suggest(text, day, 8)
    await engine().state()
    return recorder.exchanges


def main() -> None:
    server = runpy.run_path(str(FOLDER / "server.py"))["Server"]()
    scene = runpy.run_path(str(FOLDER / "scene.py"))
    server.start()
    try:
        exchanges = asyncio.run(record(scene["SCENE"], server.url, server.key))
    finally:
        server.stop()
    PATH.parent.mkdir(exist_ok=True)
    lines = b",\n".join(msgspec.json.encode(one) for one in exchanges)
    PATH.write_bytes(b"[\n" + lines + b"\n]\n")
    print(f"{len(exchanges)} exchanges, {PATH.stat().st_size // 1024} KB: {PATH}")


if __name__ == "__main__":
    main()
