"""The command `minlex forget`."""

from typing import Annotated

import typer

from flows.commands.flow_run import flow_run
from flows.commands.options import Corpus, Engine, Home, Json, Memory, Quiet, Workers
from flows.commands.summary import output_run, say_mined

commands = typer.Typer()


@commands.command()
def forget(
    corpus: Corpus,
    batch: Annotated[str, typer.Option(help="Batch to withdraw, as in documents.batch_id.")],
    home: Home = None,
    workers: Workers = None,
    memory_mb: Memory = None,
    engine: Engine = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Withdraw a batch from a corpus, exactly: what is left is as if its files had never come.

    The work runs where the corpus was mined last, unless you say otherwise.

    Example: `minlex sql "select batch_id, min(source) from news.sources group by all"`, then
    `minlex forget --corpus news --batch 0123456789abcdef`
    """
    from minlex import open
    from minlex.mining import check_engine, chosen_batch
    from minlex.settings import engine_settings

    found = open(corpus, home)
    engine_chosen = engine_settings(
        found.settings.engine, master=engine, workers=workers, memory_mb=memory_mb
    )
    check_engine(engine_chosen)
    chosen_batch(found, batch)
    with flow_run(found.home):
        from flows.forget_batch import forget_batch

        page = forget_batch(batch, corpus, found.home, engine_chosen)
    (output_run if json else say_mined)(found.home, corpus, page)
