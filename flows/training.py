"""The commands `minlex train KIND`."""

import typer

train = typer.Typer(
    no_args_is_help=True,
    help="Train a model on a corpus that is mined. What was cut off resumes with the same command.",
)
