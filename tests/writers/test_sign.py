"""Signatures: what was changed, in order, whatever the arguments."""

from __future__ import annotations

from typing import Any

import pytest

from telltale.memory.types import Step
from telltale.writers.effects import reads_only
from telltale.writers.sign import NO_CHANGE, UNRECORDED, signature


def steps(*tools: str) -> list[Step]:
    return [Step(tool=tool) for tool in tools]


def shell(command: Any, tool: str = "Bash") -> Step:
    return Step(tool=tool, arguments={"command": command})


def test_changing_calls_stand_in_order_with_repeats_in_a_row_counted() -> None:
    assert (
        signature(steps("lookup", "refund", "get_order", "refund", "cancel", "refund")) == "refund x2 > cancel > refund"
    )


def test_arguments_do_not_matter() -> None:
    one, other = (Step(tool="refund", arguments={"order": order}) for order in (7, 8))
    assert signature([one]) == signature([other]) == "refund"


def test_a_call_that_failed_changed_nothing() -> None:
    assert signature([Step(tool="refund", error="no such order"), Step(tool="cancel")]) == "cancel"


def test_a_run_that_only_reads_changes_nothing() -> None:
    assert signature(steps("get_order", "think")) == NO_CHANGE
    assert signature([Step(tool="refund", error="refused")]) == NO_CHANGE


def test_annotations_go_before_names() -> None:
    assert signature([Step(tool="refund", read_only=True), Step(tool="get_order", read_only=False)]) == "get_order"


def test_without_tools_equal_words_sign_alike() -> None:
    first, second, third = (signature([], answer) for answer in ("SELECT  1;", "select 1", "select 2"))
    assert first == second != third
    assert first.startswith("answer:")


def test_nothing_known_signs_as_nothing() -> None:
    assert signature([]) == signature([], " ... ") == ""
    assert signature([Step(tool=UNRECORDED), Step(tool="refund")]) == ""


@pytest.mark.parametrize(
    "tool",
    [
        *("get_order_details", "find_user_id_by_email", "listProducts", "search", "lookup", "check_stock", "think"),
        *(
            "calculate",
            "describe_table",
            "Read",
            "Grep",
            "LS",
            "WebFetch",
            "mcp__shop__get_order",
            "order_status",
            "count",
        ),
        *("functions.view_file", "validate_address", "go", "query_knowledge_base", "TodoWrite"),
    ],
)
def test_names_that_read(tool: str) -> None:
    assert reads_only(Step(tool=tool))


@pytest.mark.parametrize(
    "tool",
    [
        *("refund", "cancel_order", "transfer_to_human_agents", "exchange_delivered_order_items", "Edit", "Write"),
        *(
            "check_out",
            "checkout",
            "get_or_create_customer",
            "send_email",
            "update_status",
            "mcp__shop__set_price",
            "put",
        ),
        *("PickupObject", "frobnicate", "unrecorded", ""),
    ],
)
def test_names_that_change_or_say_nothing(tool: str) -> None:
    assert not reads_only(Step(tool=tool))


@pytest.mark.parametrize(
    "command",
    [
        *(
            "ls -la",
            "cd /repo && git status",
            "cat a.txt | grep x | wc -l",
            "git -C /x log --oneline",
            "grep 'a > b' f",
        ),
        *("FOO=1 sed -n 1,5p a.py", "find . -name '*.py' 2>/dev/null", "echo done >/dev/null 2>&1", "", "ls\npwd"),
    ],
)
def test_commands_that_read(command: str) -> None:
    assert reads_only(shell(command))


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("rm -rf build", "Bash:rm"),
        ("cd /repo && git add . && git commit -m 'x; y'", "Bash:git"),
        ("sudo /usr/bin/apt-get install -y jq", "Bash:apt-get"),
        ("sed -i 's/a/b/' f", "Bash:sed"),
        ("cat > a.py <<'EOF'\nimport os\nEOF", "Bash:write"),
        ("find . -name x -delete", "Bash:find"),
        (["python", "-m", "build"], "Bash:python"),
    ],
)
def test_a_shell_signs_with_the_program_that_changes(command: Any, name: str) -> None:
    assert signature([shell(command)]) == name


def test_a_data_base_is_read_by_select_and_changed_by_update() -> None:
    read, write = (Step(tool="run_sql", arguments={"query": query}) for query in ("select 1", "UPDATE a SET b = 1"))
    assert signature([read, write]) == "run_sql"


def test_separators_of_labels_never_stand_in_a_name() -> None:
    assert signature(steps("a > b, c (d)")) == "a b c d"
