"""A setting that names a secret, and never is one: what a name of an environment variable or Prefect block looks like, and
what a secret looks like that was typed where its name should stand.

No message here quotes the value: it would end up in the log, the dashboard and the database. Fetching a secret by its name
is left to `flows/secrets.py`.
"""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BeforeValidator

from models.errors import TextError
from models.message import message

BLOCK = "prefect:"
_VARIABLE = re.compile(r"^[A-Z][A-Z0-9_]{0,79}$")
_BLOCK_NAME = re.compile(r"^[a-z0-9]+(?:-[a-z0-9]+)*$")
_LONGEST_WORD = 16  # characters between two _ of a name; a longer one with digits in it is a token
_FEWEST_CHANGES = 4  # from letter to digit and back in one word: A1B2C3 is no word
_CHANGE = re.compile(r"(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])")

# Secrets that can be recognised wherever they stand: forms that their makers publish, so that they are recognised.
_TOKEN = re.compile(
    r"\b(?:gh[pousr]_[A-Za-z0-9]{20}|github_pat_\w{20}|glpat-[\w-]{16}|xox[abeoprs]-[\w-]{10}|sk-[\w-]{20}"
    r"|(?:AKIA|ASIA)[A-Z0-9]{16}\b|ATATT3\w{20}|AIza[\w-]{30}|SG\.[\w-]{16}\."
    r"|eyJ[\w-]{8,}\.eyJ[\w-]{8,})|-----BEGIN [A-Z ]*PRIVATE KEY-----",
)
_SIGNED = re.compile(r"\b(?:Bearer|Basic)\s+(?=[^\s{]*[0-9=])[A-Za-z0-9+/=._~-]{12,}", re.IGNORECASE)
_IN_ADDRESS = re.compile(r"://[^/\s@:?#]+:[^/\s@?#]+@")
_WORDS = r"(?:access|auth|api|id|session|refresh|app)?[_-]?token|secret|passw(?:or)?d|wachtwoord|api[_-]?key|apikey"
_IN_QUERY = re.compile(
    rf"[?&;](?:(?:[\w.-]*(?:{_WORDS})[\w-]*|sig|signature)=(?!\{{)[^&\s]+|(?:key|code)=[\w-]{{20,}})",
    re.IGNORECASE,
)
_PARAMETER = re.compile(rf"(?:{_WORDS})|^(?:key|sig|signature|auth|authorization)$", re.IGNORECASE)
_HEADER = re.compile(
    rf"^(?:proxy-)?authori[sz]ation$|cookie|(?:{_WORDS})|(?:^|-)key$|(?:^|-)auth(?:$|-)|session", re.IGNORECASE
)


def secret_name(value: Any) -> str:
    """`value` if it can be the name of an environment variable, or `prefect:` and that of a block. TextError, without the
    value, when it cannot."""
    if isinstance(value, str) and value.startswith(BLOCK):
        name = value.removeprefix(BLOCK)
        if _BLOCK_NAME.match(name) and not _is_token(name):
            return value
        raise TextError(message("settings.secret_block", prefix=BLOCK))
    return variable_name(value)


def variable_name(value: Any) -> str:
    """`value` if it can be the name of an environment variable. TextError, without the value, when it cannot."""
    if isinstance(value, str) and _VARIABLE.match(value) and not _is_token(value):
        return value
    raise TextError(message("settings.secret_variable"))


def _is_token(name: str) -> bool:
    if holds_secret(name):
        return True
    words = re.split(r"[_-]", name)
    if len(words) == 1 and re.search(r"\d", name):  # WELKOM2026 is rather a password than a name
        return True
    return any(map(_is_no_word, words))


def _is_no_word(part: str) -> bool:
    """Whether a part of a name is too long or too mixed to be a word."""
    is_long_with_digits = len(part) > _LONGEST_WORD and bool(re.search(r"\d", part))
    changes = _CHANGE.findall(part)
    return is_long_with_digits or len(changes) >= _FEWEST_CHANGES


def holds_secret(text: str) -> bool:
    """Whether a secret can be recognised in `text`: a password in an address, a token in its query, or a known form."""
    return any(pattern.search(text) for pattern in (_TOKEN, _SIGNED, _IN_ADDRESS, _IN_QUERY))


def is_secret_parameter(name: str) -> bool:
    """Whether what is sent to a server under this name is a secret."""
    return bool(_PARAMETER.search(name))


def is_secret_header(name: str) -> bool:
    """Whether the value of this header is a secret."""
    return bool(_HEADER.search(name))


def _checked(check: Any) -> BeforeValidator:
    def validate(value: Any) -> Any:
        return value if value is None or value == "" else check(value)

    return BeforeValidator(validate)


SecretName = Annotated[str, _checked(secret_name)]
VariableName = Annotated[str, _checked(variable_name)]
