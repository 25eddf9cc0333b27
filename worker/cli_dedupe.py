"""`winnow dedupe`: the claims in Redis."""

from __future__ import annotations

import typer

from worker.cli_options import ConfigOption, settings_from

dedupe_app = typer.Typer(help="The claims in Redis.", no_args_is_help=True)


@dedupe_app.command("acknowledge", epilog="Example: `winnow dedupe acknowledge`")
def acknowledge(config: ConfigOption = None) -> None:
    """Take note that Redis lost claims: copies may come a second time; workers are ready again."""
    from worker.bootstrap import claims_of

    claims = claims_of(settings_from(config))
    loss = claims.ledger().loss
    if loss is None:
        typer.echo("no loss was reported")
        return
    claims.acknowledge_loss()
    typer.echo(f"acknowledged: {loss} claims had been made before the loss")
