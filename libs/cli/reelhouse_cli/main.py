"""The `reelhouse` command."""

from __future__ import annotations

import typer

from reelhouse_cli.commands.up import down, up

app = typer.Typer(
    name="reelhouse",
    help="A self-hosted media backend.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command()(up)
app.command()(down)


def main() -> None:
    """Runs the command line."""
    import sys  # noqa: PLC0415 # see below

    # The supervisor lives as long as the suite: it loads nothing that only other commands need.
    if sys.argv[1:2] != ["up"]:
        add_commands()
    app()


def add_commands() -> None:
    """Adds the commands that talk to the suite or its database."""
    from reelhouse_cli.commands import (  # noqa: PLC0415
        database,
        demo,
        enriching,
        files,
        images,
        ingest,
        library,
        organizing,
        people,
        playing,
        plugins,
        reviews,
        scanning,
        sources,
        symlink_repairs,
        symlinks,
        template,
        title,
        watching,
        wishes,
    )

    app.add_typer(scanning.scans, name="scan")
    app.add_typer(scanning.library, name="library")
    app.add_typer(reviews.reviews, name="reviews")
    app.add_typer(reviews.markers, name="markers")
    app.command()(reviews.verify)
    app.command()(library.ls)
    app.command()(library.search)
    app.command()(library.name)
    app.add_typer(title.title, name="title")
    app.add_typer(template.templates, name="template")
    app.command()(organizing.organize)
    app.command()(playing.play)
    app.command()(images.image)
    app.add_typer(watching.sessions, name="sessions")
    app.command("continue")(watching.continue_watching)
    app.command()(watching.next_up)
    app.command()(watching.watched)
    app.command()(watching.unwatched)
    app.add_typer(watching.history, name="history")
    app.command()(enriching.enrich)
    app.add_typer(enriching.providers, name="providers")
    app.add_typer(plugins.plugins, name="plugins")
    app.add_typer(playing.transcodes, name="transcode")
    app.add_typer(wishes.request, name="request")
    app.add_typer(people.users, name="users")
    app.add_typer(people.token, name="token")
    sources.sources.command("ingest")(ingest.ingest)
    app.add_typer(sources.sources, name="sources")
    app.add_typer(files.files, name="files")
    for command in (symlink_repairs.relink, symlink_repairs.repair, symlink_repairs.actions):
        symlinks.symlinks.command()(command)
    symlinks.symlinks.add_typer(symlink_repairs.routes, name="routes")
    app.add_typer(symlinks.symlinks, name="symlinks")
    app.add_typer(database.db, name="db")
    app.command()(demo.demo)
