"""One `minlex train text-vae` from a terminal: the corpus looked at, the flow run, its figures told."""

from flows.commands.flow_run import flow_run
from flows.console import say
from flows.outcome import figures_of, output_run
from tasks.errors import need
from tasks.settings import TextVaeSettings
from tasks.store.publish import home_folder, mined_settings


def run_text_vae(corpus: str, home: str | None, settings: TextVaeSettings, *, as_json: bool = False) -> None:
    """Train the text VAE of a corpus and say what z is worth; InputError before anything is written."""
    folder = home_folder(home)
    mined_settings(corpus, folder)
    need("train", "torch", what="training")
    with flow_run(folder):
        from flows.train_text_vae import train_text_vae

        page = train_text_vae(corpus, folder, settings)
    if as_json:
        output_run(folder, corpus, page)
        return
    found = {metric: value for (_, metric), value in figures_of(folder, corpus, page).items()}
    say(
        f"bits a character of unseen documents: {found['text_vae_iwae_bits']:.3f} at most, "
        f"{found['text_vae_twin_bits']:.3f} the same decoder without z"
    )
    say(
        f"z tells {found['text_vae_kl']:.1f} nats of a sentence in {found['text_vae_active_units']:.0f} dimensions; "
        f"{found['text_vae_reconstruction_accuracy']:.0%} of it is written again in place"
    )
    say(f"report: {page}")
