"""Signs and checks manifests with Ed25519. The key comes from the environment and is never kept, shown or logged."""

from __future__ import annotations

import base64
import os
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from models.errors import ConfigurationError
from models.message import message

SIGNING_KEY = "ENSIA_SIGNING_KEY"  # environment variable: a private key as PEM, the path of one, or 32 bytes in base64


def signing_key() -> Ed25519PrivateKey | None:
    """The private key of the environment, or None when there is none. Raises ConfigurationError, without the key."""
    text = os.environ.get(SIGNING_KEY, "").strip()
    if not text:
        return None
    try:
        if not text.startswith("-----BEGIN") and len(text) < 1024 and Path(text).is_file():
            text = Path(text).read_text("ascii")
        if not text.startswith("-----BEGIN"):
            return Ed25519PrivateKey.from_private_bytes(base64.b64decode(text, validate=True))
        key = load_pem_private_key(text.encode(), password=None)
        if isinstance(key, Ed25519PrivateKey):
            return key
    except (ValueError, TypeError, OSError):
        pass  # told below, without anything of the key
    raise ConfigurationError(
        message("landing.no_key"),
        place=SIGNING_KEY,
        advice=message("landing.no_key_advice"),
    )


def read_public_key(text: str) -> str:
    """A public key as base64, of that itself, of PEM, or of a file with one of both. Raises ConfigurationError."""
    content = text.strip()
    try:
        if not content.startswith("-----BEGIN") and len(content) < 1024 and Path(content).is_file():
            content = Path(content).read_text("ascii").strip()
        if content.startswith("-----BEGIN"):
            key = load_pem_public_key(content.encode())
            if not isinstance(key, Ed25519PublicKey):
                raise TypeError(type(key).__name__)
            return base64.b64encode(key.public_bytes_raw()).decode()
        Ed25519PublicKey.from_public_bytes(base64.b64decode(content, validate=True))
    except (ValueError, TypeError, OSError) as error:
        raise ConfigurationError(
            message("landing.no_public_key"), place="--public-key", advice=message("landing.no_public_key_advice")
        ) from error
    return content


def sign(text: str, key: Ed25519PrivateKey | None) -> tuple[str | None, str | None]:
    """(signature, public key) of `text`, both in base64; None twice without a key."""
    if key is None:
        return None, None
    public = key.public_key().public_bytes_raw()
    return base64.b64encode(key.sign(text.encode())).decode(), base64.b64encode(public).decode()


def signature_holds(text: str, signature: str, public_key: str) -> bool:
    """Whether the holder of the private key that belongs to `public_key` signed exactly `text`."""
    try:
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key))
        key.verify(base64.b64decode(signature), text.encode())
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True
