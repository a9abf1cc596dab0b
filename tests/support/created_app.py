"""The GitHub App of tests: its key, and what GitHub answers when it is created."""

from __future__ import annotations

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

CREATED = {
    "id": 41,
    "slug": "two-step-acme",
    "client_id": "Iv1.x",
    "client_secret": "cs",
    "webhook_secret": "ws",
    "pem": "-----BEGIN RSA PRIVATE KEY-----\nx\n-----END RSA PRIVATE KEY-----\n",
    "html_url": "https://github.example/apps/two-step-acme",
}
"""The answer to the code of a manifest; its key opens nothing."""


def private_key() -> rsa.RSAPrivateKey:
    """A key as GitHub makes one for an App."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem_of(key: rsa.RSAPrivateKey) -> str:
    """The file of *key* that GitHub gives to be kept."""
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    ).decode()
