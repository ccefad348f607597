"""The command line: one verb for one method of :class:`telltale.AgentMemory`, and what joins by entry point.

Translates only. Commands of the group ``telltale.commands`` are loaded when they are used, not when they are listed.
"""

from __future__ import annotations

import ast
from difflib import get_close_matches
from functools import cached_property
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click

from telltale.memory.errors import TelltaleError

from . import __version__, cli_hook, cli_mcp, cli_read, cli_serve, cli_skills, cli_tenants, cli_write
from .verbs import Failed, failure

ORDER = (
    *("demo", "ingest", "recall", "feedback", "candidates", "learn", "distill", "skills", "look-alikes"),
    *("episodes", "forget", "check", "tenants", "eval", "serve", "keys", "audit", "mcp", "hook"),
)


class Verbs(click.Group):
    """The verbs in the order of a day's work, errors as one line and an exit code."""

    @cached_property
    def joined(self) -> dict[str, EntryPoint]:
        """Commands that other packages, and our own ``evals``, bring."""
        return {entry.name: entry for entry in entry_points(group="telltale.commands")}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every verb's name, our own order first."""
        names = {*super().list_commands(ctx), *self.joined}
        return [*(name for name in ORDER if name in names), *sorted(names - set(ORDER))]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The verb of that name, loaded now if it joins from elsewhere."""
        if cmd_name in self.joined:
            loaded: click.Command = self.joined[cmd_name].load()
            return loaded
        return super().get_command(ctx, cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """One line for each verb, without loading those that join."""
        own = {name: command.get_short_help_str(100) for name, command in self.commands.items()}
        lines = own | {name: summary(entry) for name, entry in self.joined.items()}
        with formatter.section("Verbs"):
            formatter.write_dl([(name, lines[name]) for name in self.list_commands(ctx)])

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Remember whether JSON was asked for, so that errors come as JSON too."""
        ctx.meta["telltale.json"] = "--json" in args
        verbs = self.list_commands(ctx)
        with cli_hook.aside(next((arg for arg in args if arg in verbs), "")):
            return super().parse_args(ctx, args)
        raise click.exceptions.Exit(0)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The verb that is called; one that is mistyped is an error."""
        with cli_hook.aside(*get_close_matches(args[0], self.list_commands(ctx), 1)):
            return super().resolve_command(ctx, args)
        raise click.exceptions.Exit(0)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the verb; what telltale raises becomes ``error: CODE: message`` and the code's exit status."""
        try:
            return super().invoke(ctx)
        except TelltaleError as error:
            raise Failed(error.code, str(error), error.exit_code, as_json=ctx.meta["telltale.json"]) from error
        except click.UsageError as error:
            if ctx.meta["telltale.json"]:
                click.echo(failure("USAGE", error.format_message()))
            raise


def summary(entry: EntryPoint) -> str:
    """The first line of a command's docstring, read from its source without running it."""
    spec = find_spec(entry.module)
    if spec is None or not spec.origin:
        return ""
    tree = ast.parse(Path(spec.origin).read_text(encoding="utf-8"))
    docs = [
        ast.get_docstring(node) for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == entry.attr
    ]
    return (docs[0] or "").partition("\n")[0].rstrip(".") if docs else ""


@click.group(
    cls=Verbs,
    subcommand_metavar="VERB [ARGS]...",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120},
)
@click.version_option(__version__, prog_name="telltale")
def main() -> None:
    """An experience memory for AI agents that does not mislead them.

    Finished traces go in; guarded examples and a skill library come out. Every verb takes --store (default
    ./.telltale), --tenant (default "default") and --json, which prints one JSON object.

    Exit status: 0 done, 2 usage, 3 partial (some records were rejected), 4 store, 5 not allowed.
    """


for surface in (cli_write, cli_read, cli_skills, cli_tenants, cli_serve, cli_mcp, cli_hook):
    for command in surface.COMMANDS:
        main.add_command(command)
