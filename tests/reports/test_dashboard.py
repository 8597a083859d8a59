"""The dashboard as a file: what it says, that it asks for nothing outside, and that text from sources stays text."""

from __future__ import annotations

import json
import re
from pathlib import Path

import duckdb
import pytest

from flows.installation import Installation
from reports.dashboard import embedded
from reports.registry import make
from tests import golden
from warehouse.reading.read import Published

EVIL = '</script><img src=x onerror="alert(1)"><b>vet</b>'


def content_of(page: str) -> dict[str, object]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert found
    content: dict[str, object] = json.loads(found[1])
    return content


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_what_it_says(published: Published, organisation: str, tmp_path: Path, lang: str) -> None:
    (file,) = make("dashboard", published, organisation, tmp_path, lang=lang)
    page = file.read_text("utf-8")
    assert len(page.encode()) < 3 * 2**20
    assert not re.search(r"(src|href)=[\"'](?!#)", page), "it asks for something outside itself"
    assert "http" not in re.sub(r'<script type="application/json".*?</script>', "", page, flags=re.DOTALL).replace(
        "http-equiv", ""
    )
    content = content_of(page)
    lines = [f"{p['id']} {p['title']}: {p['status']} {p['score']} {p['coverage']}" for p in content["principles"]]  # type: ignore[index, attr-defined]
    lines += [f"{norm['number']} {norm['title']}: {norm['status']}" for norm in content["norms"].values()]  # type: ignore[attr-defined]
    golden.check(f"dashboard-{lang}.txt", "\n".join(lines) + "\n")


def test_the_same_file_again(published: Published, organisation: str, tmp_path: Path) -> None:
    first, second = (make("dashboard", published, organisation, tmp_path / name)[0] for name in "ab")
    assert first.read_bytes() == second.read_bytes()


def test_text_from_sources_never_becomes_markup(few_norms: Installation, organisation: str, tmp_path: Path) -> None:
    copy = duckdb.connect(str(tmp_path / "copy.duckdb"))
    copy.execute(f"ATTACH '{few_norms.state.published}' AS real (READ_ONLY)")
    copy.execute("COPY FROM DATABASE real TO copy")
    copy.execute("DETACH real")
    copy.execute("UPDATE evidence.document SET title = ?", [EVIL])
    with Published(few_norms.state, copy) as changed:
        (file,) = make("dashboard", changed, organisation, tmp_path)
    page = file.read_text("utf-8")
    assert "<img" not in page
    assert "<b>" not in page
    assert page.count("</script>") == 2
    assert EVIL in json.dumps(content_of(page), ensure_ascii=False).replace('\\"', '"')


def test_embedded_data_cannot_end_its_element() -> None:
    text = embedded({"a": "</script>&\u2028\u2029"})
    assert not set("<>&\u2028\u2029") & set(text)
    assert json.loads(text) == {"a": "</script>&\u2028\u2029"}
