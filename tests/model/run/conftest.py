"""What several tests of a running training ask for."""

import pytest

from kerasnb.model.training import steering


@pytest.fixture
def every_epoch(monkeypatch):
    """Snapshots are taken of each epoch, however long that takes."""
    monkeypatch.setattr(steering, "SHARE", 1e9)
