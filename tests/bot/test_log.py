from __future__ import annotations

import pytest

from bot.log import redacted


@pytest.mark.parametrize(
    "secret",
    [
        "ghs_" + "a1" * 18,
        "ghs_12345_eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiIx" + "a" * 440 + ".sig-nature_x",
        "ghp_" + "x" * 36,
        "github_pat_" + "y" * 40,
        "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiI3In0.c2lnbmF0dXJl",
        "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\\nMIIE",
    ],
)
def test_what_looks_like_a_credential_is_blotted_out(secret: str) -> None:
    line = redacted(f"it said '{secret}' and stopped")

    assert secret not in line
    assert secret[20:60] not in line
    assert line.startswith("it said '")


def test_so_are_passwords_in_addresses_and_headers() -> None:
    line = redacted(
        "postgresql://user:hunter2@db/x and Authorization: Basic eC1hY2Nlc3M6aHVudGVyMg=="
    )

    assert "hunter2" not in line
    assert "eC1hY2Nlc3M6" not in line
    assert "@db/x" in line


@pytest.mark.parametrize("text", ["acme/shop#3 at https://github.com/acme/shop", "a" * 40, ""])
def test_the_rest_stays(text: str) -> None:
    assert redacted(text) == text
