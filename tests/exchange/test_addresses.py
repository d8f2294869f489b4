"""Where this registry may connect to, and what it does with what comes back."""

import asyncio
import ssl
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from registry.exchange import addresses, transport
from registry.exchange.addresses import AddressRefused
from registry.exchange.transport import AnswerTooLarge

Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def listening(answer: Answer, context: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """A server on loopback that answers every request in this way; gives its host and port."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            await answer(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


def saying(text: str) -> Answer:
    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(text.encode())
        await writer.drain()

    return answer


OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "192.168.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "::7f00:1",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "2002:7f00:1::",
        "64:ff9b::7f00:1",
    ],
)
def test_addresses_of_our_own_network_are_private_however_they_are_written(address: str) -> None:
    assert addresses.private(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_addresses_of_the_open_internet_are_not(address: str) -> None:
    assert addresses.private(address) == ""


@pytest.mark.anyio
@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/", "http://localhost:80/x", "http://2130706433/", "http://127.1/", "http://[::1]/"]
)
async def test_a_private_address_is_refused_by_name_with_the_way_out(url: str) -> None:
    with pytest.raises(AddressRefused, match="--allow-private"):
        await addresses.permitted(url, allow_private=False)


@pytest.mark.anyio
async def test_a_private_address_is_permitted_where_it_is_allowed() -> None:
    found = await addresses.permitted("http://127.0.0.1:81/x", allow_private=True)
    assert (found.host, found.port, found.addresses) == ("127.0.0.1", 81, ("127.0.0.1",))


@pytest.mark.anyio
@pytest.mark.parametrize(
    "url", ["", "ftp://host/", "file:///etc/passwd", "http://", "http://host:99999/", "//host", "http://[::1/"]
)
async def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(AddressRefused):
        await addresses.permitted(url, allow_private=True)


@pytest.mark.anyio
async def test_a_password_in_an_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(AddressRefused) as refused:
        await addresses.permitted("https://me:hunter2@example.org/?token=hunter2", allow_private=True)
    assert "hunter2" not in str(refused.value)


@pytest.mark.anyio
async def test_the_client_itself_cannot_connect_to_a_private_address() -> None:
    async with listening(saying(OK)) as host:
        async with transport.client(allow_private=False) as client:
            with pytest.raises(AddressRefused, match="loopback"):
                await client.get(f"http://{host}/")
        async with transport.client(allow_private=True) as client:
            assert (await client.get(f"http://{host}/")).text == "ok"


@pytest.mark.anyio
async def test_a_name_is_resolved_once_and_connected_to_as_it_was_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    async with listening(saying(OK)) as host:
        port = int(host.partition(":")[2])

        async def resolve(name: str, port: int, allow_private: bool) -> tuple[str, ...]:
            asked.append(name)
            return ("127.0.0.1",)

        monkeypatch.setattr(addresses, "resolve", resolve)
        async with transport.client(allow_private=False) as client:
            assert (await client.get(f"http://registry.example:{port}/")).text == "ok"
    assert asked == ["registry.example"]


@pytest.mark.anyio
async def test_a_redirect_to_a_private_address_is_refused_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    to = "HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/latest\r\ncontent-length: 0\r\n\r\n"
    resolve = addresses.resolve

    async def open_host(name: str, port: int, allow_private: bool) -> tuple[str, ...]:
        return ("127.0.0.1",) if name == "open.example" else await resolve(name, port, allow_private)

    monkeypatch.setattr(addresses, "resolve", open_host)
    async with listening(saying(to)) as host, transport.client(allow_private=False, redirects=True) as client:
        port = host.partition(":")[2]
        with pytest.raises(AddressRefused, match=r"redirects to http://169\.254\.169\.254/latest.*link-local"):
            await client.get(f"http://open.example:{port}/")


@pytest.mark.anyio
async def test_redirects_are_not_followed_unless_asked_for() -> None:
    to = "HTTP/1.1 302 Found\r\nlocation: /again\r\ncontent-length: 0\r\n\r\n"
    async with listening(saying(to)) as host, transport.client(allow_private=True) as client:
        assert (await client.get(f"http://{host}/")).status_code == 302


@pytest.mark.anyio
async def test_redirects_in_a_circle_end() -> None:
    to = "HTTP/1.1 302 Found\r\nlocation: /again\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    async with listening(saying(to)) as host, transport.client(allow_private=True, redirects=True) as client:
        with pytest.raises(httpx.TooManyRedirects) as error:
            await client.get(f"http://{host}/")
    assert "redirects" in transport.reason(error.value)


@pytest.mark.anyio
@pytest.mark.parametrize("length", ["content-length: 2147483648\r\n", ""])
async def test_an_answer_of_two_gigabytes_is_cut_off(length: str) -> None:
    sent = 0

    async def endless(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(f"HTTP/1.1 200 OK\r\n{length}connection: close\r\n\r\n".encode())
        while sent < 2**31:
            writer.write(b"x" * 65536)
            sent += 65536
            await writer.drain()

    async with (
        listening(endless) as host,
        transport.client(allow_private=True) as client,
        client.stream("GET", f"http://{host}/") as response,
    ):
        with pytest.raises(AnswerTooLarge, match="1,000,000"):
            await transport.bounded(response, 1_000_000)
    assert sent < 2**26


@pytest.mark.anyio
async def test_an_answer_that_trickles_is_given_up() -> None:
    async def trickle(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n")
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.02)

    async with (
        listening(trickle) as host,
        transport.client(allow_private=True) as client,
        client.stream("GET", f"http://{host}/") as response,
    ):
        with pytest.raises(AnswerTooLarge, match="not done"):
            await transport.bounded(response, 1_000_000, seconds=0.1)


@pytest.mark.anyio
async def test_a_host_that_hangs_is_named(tmp_path: Path) -> None:
    async def hang(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    async with listening(hang) as host, transport.client(allow_private=True, answering=0.1) as client:
        with pytest.raises(httpx.ReadTimeout) as error:
            await client.get(f"http://{host}/")
    assert transport.reason(error.value) == "it does not answer in time"


@pytest.fixture(scope="module")
def self_signed(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    folder = tmp_path_factory.mktemp("certificate")
    files = ("-keyout", str(folder / "key.pem"), "-out", str(folder / "certificate.pem"))
    names = ("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-days", "2")
    make = ("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    subprocess.run([*make, *files, *names], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    return context


@pytest.mark.anyio
async def test_a_certificate_that_is_not_trusted_is_named(self_signed: ssl.SSLContext) -> None:
    async with listening(saying(OK), self_signed) as host, transport.client(allow_private=True) as client:
        with pytest.raises(httpx.ConnectError) as error:
            await client.get(f"https://{host}/")
    assert transport.reason(error.value).startswith("its certificate is not trusted")
