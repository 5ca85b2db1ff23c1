"""`cartwright preview`: all message templates as a reader would see them."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def command(folder: Path) -> None:
    """Render every message template with sample data into FOLDER."""
    from connector.rendering import preview
    from connector.rendering.notices import preview_notices

    for name, rendered in {**preview(), **preview_notices()}.items():
        path = folder / name.replace("/", "-")
        folder.mkdir(parents=True, exist_ok=True)
        path.with_name(path.name + ".txt").write_text(f"{rendered.subject}\n\n{rendered.text}\n")
        if rendered.html:
            path.with_name(path.name + ".html").write_text(rendered.html)
    click.echo(f"Rendered into {folder}.")
