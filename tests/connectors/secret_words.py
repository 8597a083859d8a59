"""What connectors sign in with in these tests, and that none of it is seen."""

from __future__ import annotations

import base64
import traceback

TOKEN = "s3cr3t/Tok+en&=äx"
PLAIN_TOKEN = "s3cr3t/Tok+en&=x"
SECRETS = {"GEBRUIKER": "koppeling@gemeente.nl", "WACHTWOORD": TOKEN, "TOKEN": PLAIN_TOKEN, "APP": "app-tok-12345"}


def assert_silent(error: BaseException) -> None:
    """No secret in the text of an error, its traceback, or anything chained to it."""
    text = "".join(traceback.format_exception(error)) + repr(error) + str(vars(error))
    basic = base64.b64encode(f"{SECRETS['GEBRUIKER']}:{TOKEN}".encode()).decode()
    for secret in (
        TOKEN,
        PLAIN_TOKEN,
        "s3cr3t",
        "s3cr3t%2FTok",
        basic,
        basic[:-8],
        SECRETS["APP"],
        "sessie-token-9876",
    ):
        assert secret not in text
