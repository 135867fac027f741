"""The command line: verbs, version, and how errors become exit codes (0 done, 1 error, 2 usage)."""

import signal
import sys
from collections.abc import Callable
from functools import cache
from io import TextIOWrapper
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from remixer import logs
from remixer import version as this
from remixer.cli.console import Show, why
from remixer.errors import Cancelled, RemixerError, SettingError

INTERRUPTED = 130
VERBS = "separate, remix, info"


class Verbs(TyperGroup):
    """The commands; what goes wrong in them becomes one line and an exit code."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that is named. Raises SettingError for what is meant as a file."""
        name = args[0]
        if name not in self.commands and (Path(name).suffix or Path(name).name != name):
            there = "is no command" if Path(name).exists() else "does not exist"
            raise SettingError(
                f"{name} {there}: see remixer --help, or open one file: remixer FILE"
            )
        return super().resolve_command(ctx, args)

    def invoke(self, context: Any) -> Any:
        """Run a command. Exits with 1 (error), 2 (a setting out of range) or 130 (Ctrl-C)."""
        try:
            return super().invoke(context)
        except SettingError as error:
            Show().error(str(error))
            raise typer.Exit(2) from error
        except (Cancelled, KeyboardInterrupt) as error:
            Show().note("stopped; what was separated is kept, nothing half-written is left")
            raise typer.Exit(INTERRUPTED) from error
        except BrokenPipeError:
            raise  # whoever read our output has seen enough: click ends quietly
        except (RemixerError, OSError) as error:
            Show().error(why(error))
            raise typer.Exit(1) from error


app = typer.Typer(
    name="remixer",
    cls=Verbs,
    help="Move the vocals, bass, drums and other of a finished recording. "
    "With no moves, the output is the original, bit for bit.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"remixer {this.full()}")
        raise typer.Exit


def _log(wanted: bool) -> None:
    if wanted:
        typer.echo(logs.path())
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Version and commit."),
    ] = False,
    log: Annotated[
        bool, typer.Option("--log", callback=_log, is_eager=True, help="Where the log is.")
    ] = False,
) -> None:
    """Separate, remix, export, prove."""


@app.command("open", short_help="Open the window, with a file if one is given.")
def open_app(
    context: typer.Context,
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]")] = None,
    play: Annotated[bool, typer.Option("--play", help="Play it at once.")] = False,
) -> None:
    """Open the desktop app, with a file if one is given (`remixer FILE` does the same)."""
    raise typer.Exit(context.obj(file, play))


@cache
def _register() -> None:
    """Commands import what they need only now, so that a usage error is quick. Once a process."""
    from remixer.cli import (
        compare,
        evaluate,
        generate,
        info,
        models,
        nulltest,
        presets,
        receipt,
        remix,
        separate,
        spectrogram,
        train,
    )

    for name, verb, summary in (
        ("info", info.info, "Say what files are and how loud: LUFS, LRA, dBTP."),
        ("separate", separate.separate, "Write the four stems; proved to sum to the file."),
        ("remix", remix.remix, "Move stems, write and prove the remix."),
        ("nulltest", nulltest.nulltest, "Test whether parts sum to the original exactly."),
        ("spectrogram", spectrogram.spectrogram, "Draw a file, a stem or the masks as PNG."),
        ("train", train.train, "Train a network on a folder of songs with stems."),
        ("evaluate", evaluate.evaluate, "Measure models on songs with known stems."),
        ("compare", compare.compare, "Compare results: medians, tests, a figure."),
        ("generate", generate.generate, "Make songs with true stems to train and test with."),
        ("models", models.models, "List the models with licence and quality."),
    ):
        app.command(name, short_help=summary)(verb)
    app.add_typer(models.cache_app, name="cache")
    app.add_typer(presets.preset_app, name="preset")
    app.add_typer(receipt.receipt_app, name="receipt")


OpenWindow = Callable[[Path | None, bool], int]
"""Shows the desktop app, with a file, playing or not, until it is closed; gives its exit code."""


def no_window(_file: Path | None, _play: bool) -> int:
    """Raises RemixerError: what stands for the app where there is only the command line."""
    raise RemixerError(f"there is no window here: use {VERBS}")


def run(arguments: list[str] | None = None, open_window: OpenWindow = no_window) -> None:
    """The command line. Exits with 0, 1 (error), 2 (usage) or 130 (Ctrl-C).

    An error that nobody expected is a line, too; its trace goes to the log.
    """
    signal.signal(signal.SIGTERM, _stop)
    if isinstance(sys.stdout, TextIOWrapper):  # file names may be no text: they are shown anyhow
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        _register()
        given = sys.argv[1:] if arguments is None else arguments
        app(_opening(given), prog_name="remixer", obj=open_window)
    except KeyboardInterrupt:  # before a command began
        sys.exit(INTERRUPTED)
    except Exception as error:
        logs.start()
        logs.failure(type(error), error, error.__traceback__)
        what = f"{type(error).__name__}: {error}".rstrip(": ")
        Show().error(f"something went wrong ({what}); please report it with {logs.path()}")
        sys.exit(1)


def _opening(arguments: list[str]) -> list[str]:
    """`remixer FILE` is `remixer open FILE`."""
    if len(arguments) == 1 and not arguments[0].startswith("-"):
        names = {command.name for command in app.registered_commands}
        names |= {group.name for group in app.registered_groups}
        if arguments[0] not in names and Path(arguments[0]).exists():
            return ["open", *arguments]
    return arguments


def _stop(_number: int, _frame: FrameType | None) -> None:
    """A polite kill ends like Ctrl-C: temporary files are removed."""
    raise KeyboardInterrupt
