"""Secrets from the environment and from Prefect blocks."""

from __future__ import annotations

import subprocess
import sys

import pytest

from flows.secrets import secret
from models.errors import ConfigurationError

VALUE = "s3cr3t-uit-een-blok"


@pytest.mark.usefixtures("prefect_server")
def test_a_name_with_the_prefix_is_a_secret_block_of_prefect() -> None:
    from prefect.blocks.system import Secret

    Secret(value=VALUE).save("topdesk-token", overwrite=True, _sync=True)
    assert secret("prefect:topdesk-token") == VALUE


@pytest.mark.usefixtures("prefect_server")
def test_a_block_that_is_not_there_is_named() -> None:
    with pytest.raises(ConfigurationError, match="‘bestaat-niet’ is niet te lezen") as caught:
        secret("prefect:bestaat-niet")
    assert "Secret" in caught.value.advice


def test_any_other_name_is_an_environment_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOPDESK_TOKEN", VALUE)
    assert secret("TOPDESK_TOKEN") == VALUE
    monkeypatch.delenv("TOPDESK_TOKEN")
    with pytest.raises(ConfigurationError, match="TOPDESK_TOKEN"):
        secret("TOPDESK_TOKEN")


def test_prefect_is_imported_only_for_a_block() -> None:
    script = (
        "import os, sys; os.environ['X'] = 'waarde'; from flows.secrets import secret; "
        "assert secret('X'); sys.exit('prefect' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
