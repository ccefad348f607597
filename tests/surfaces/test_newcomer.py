"""A newcomer gets as far as the README promises, on a machine where nothing is installed."""

from __future__ import annotations

import pytest

from . import newcomer


@pytest.mark.long
def test_a_newcomer_comes_from_pip_install_to_an_agent_that_recalls_over_mcp() -> None:
    told = newcomer.main()
    assert told["twenty lines"].startswith("follow: refund_to_gift_card")
    assert told["agent"].startswith("True")
    assert told["configured"].startswith("True ['stop_parcel'")
