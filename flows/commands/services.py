"""The commands of what runs in the background: up, down, status."""

from typing import Annotated

import typer

from flows.commands.options import Home, Json, Quiet

commands = typer.Typer()


@commands.command()
def up(
    home: Home = None,
    host: Annotated[
        str, typer.Option(help="Address to listen at; beyond this machine a password is needed.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen at.")] = 4200,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Start Prefect's server, a worker and every deployment on this machine; print the UI's address.

    Running it again starts what is missing and deploys anew. With PREFECT_SERVER_API_AUTH_STRING set to
    user:password the server asks for it; MINLEX_DATABASE names a PostgreSQL database, else SQLite is used.
    """
    from flows.commands.service_processes import bring_up

    bring_up(home, host, port, as_json=json)


@commands.command()
def down(
    home: Home = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """End the server, the worker and every flow run that `minlex up` started."""
    from flows.commands.service_processes import take_down

    take_down(home, as_json=json)


@commands.command()
def status(
    home: Home = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Print which of the services of `minlex up` run; exit code 1 when one does not."""
    from flows.commands.service_processes import tell_status

    if not tell_status(home, as_json=json):
        raise SystemExit(1)
