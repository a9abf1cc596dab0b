"""A GitHub Enterprise Server in a closed network: its own authority, and a proxy on the way to it."""

from __future__ import annotations

import asyncio
import datetime
import ipaddress
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.service.deployed import Running, free_port
from tests.service.shops import add_shop, push

pytestmark = pytest.mark.xdist_group("second-judge")


@dataclass
class Papers:
    """An authority that nobody else knows, and what it signed for this machine."""

    authority: Path
    certificate: Path
    key: Path


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Papers:
    directory = tmp_path_factory.mktemp("papers")
    root, own = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    issuer = _name("A company's own authority")
    _write(directory / "root.pem", _signed(issuer, issuer, root.public_key(), root, authority=True))
    mine = _signed(_name("github.example"), issuer, own.public_key(), root, authority=False)
    _write(directory / "own.pem", mine)
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    key = own.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
    (directory / "own.key").write_bytes(key)
    return Papers(directory / "root.pem", directory / "own.pem", directory / "own.key")


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _usage(authority: bool) -> x509.KeyUsage:
    """What the key is for: since Python 3.13 an authority that does not say it is refused."""
    names = ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement")
    never = dict.fromkeys((*names, "encipher_only", "decipher_only"), False)
    signs = {"key_cert_sign": authority, "crl_sign": authority}
    return x509.KeyUsage(digital_signature=not authority, **signs, **never)


def _write(path: Path, certificate: x509.Certificate) -> None:
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))


def _signed(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    by: ec.EllipticCurvePrivateKey,
    *,
    authority: bool,
) -> x509.Certificate:
    now = datetime.datetime.now(datetime.UTC)
    here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(here, critical=False)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(_usage(authority), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()), critical=False
        )
        .sign(by, hashes.SHA256())
    )


@dataclass
class Proxy:
    """Passes connections on (``CONNECT``), and counts who came for what."""

    port: int
    asked: list[bytes] = field(default_factory=list)

    async def pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        verb, where, _ = head.split(b" ", 2)
        self.asked.append(head)
        assert verb == b"CONNECT"
        host, _, port = where.decode().partition(":")
        there, to = await asyncio.open_connection(host, int(port))
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await asyncio.gather(_copy(reader, to), _copy(there, writer), return_exceptions=True)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while some := await reader.read(65536):
            writer.write(some)
            await writer.drain()
    finally:
        writer.close()


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    made = Proxy(free_port())
    loop, done = asyncio.new_event_loop(), asyncio.Event()

    async def serve() -> None:
        async with await asyncio.start_server(made.pass_on, "127.0.0.1", made.port):
            await done.wait()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for each in others:
            each.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    yield made
    loop.call_soon_threadsafe(done.set)
    thread.join()
    loop.close()


def test_its_own_authority_and_a_proxy_are_enough(
    tmp_path: Path, papers: Papers, proxy: Proxy
) -> None:
    """Two variables of the environment, as the chapter on self-hosting names them."""
    running = Running(tmp_path, tls=(papers.certificate, papers.key))
    for name in ("GIT_SSL_CAINFO", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        running.environment.pop(name, None)  # what is named there for one program alone wins
    running.environment |= {
        "SSL_CERT_FILE": str(papers.authority),
        "HTTPS_PROXY": f"http://127.0.0.1:{proxy.port}",
    }
    shop = add_shop(running.github, 1, apps=1)
    push(running.github, shop, 1, "note")
    try:
        running.start()
        event = running.github.pull_request_event(shop, 1, "opened")
        assert running.github.send("pull_request", event) == 202
        running.until_judged(shop, 1)
        running.settle()
    finally:
        running.stop()

    assert [run["conclusion"] for run in running.judged(shop, 1)] == ["failure"]
    assert len(shop.comments) == 1
    agents = b"\n".join(proxy.asked).lower()
    assert b"git/" in agents
    assert len(proxy.asked) > 2
    assert running.watched() == []
    assert running.github.granted
    assert running.github.tokens == {}, "a process that ends gives its tokens back"


def test_an_authority_that_nobody_vouches_for_is_refused(tmp_path: Path, papers: Papers) -> None:
    running = Running(tmp_path, tls=(papers.certificate, papers.key))
    shop = add_shop(running.github, 1, apps=1)
    push(running.github, shop, 1, "note")
    try:
        running.start()
        event = running.github.pull_request_event(shop, 1, "opened")
        assert running.github.send("pull_request", event) == 202
        running.until(lambda: "CERTIFICATE_VERIFY_FAILED" in running.log.read_text(), "a refusal")
    finally:
        running.stop()

    assert shop.checks == {}
    assert running.github.tokens == {}
