"""What the auditor tells of itself stands in /metrics, also while it has not told anything."""

from pathlib import Path

import pytest

from services.audit.auditor_figures import read_figures, write_figures
from services.region_node.metrics import CountsDirectory, render


def test_figures_are_shown_under_their_names(tmp_path: Path) -> None:
    write_figures(tmp_path, {"shipped": 7, "lag_seconds": 0.5, "log_trouble": True, "digest": 3})
    text = render("us-east-1", {}, None, CountsDirectory(tmp_path).read_auditor()).decode()
    for line in (
        'keytide_audit_shipped_total{region="us-east-1"} 7.0',
        'keytide_audit_lag_seconds{region="us-east-1"} 0.5',
        'keytide_audit_log_trouble{region="us-east-1"} 1.0',
        'keytide_audit_digest{region="us-east-1"} 3.0',
    ):
        assert line in text.splitlines()


@pytest.mark.parametrize("content", [None, b"", b"torn {"])
def test_without_figures_there_are_none(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "auditor.json").write_bytes(content)
    assert read_figures(tmp_path) == {}
