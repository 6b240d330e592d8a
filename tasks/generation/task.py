"""Texts drawn from a model of the corpus, kept in the table `generations`."""

import json

from tasks.generation.models import load_model
from tasks.lm.sampling import generate_all
from tasks.recording import task
from tasks.settings import GenerationSettings
from tasks.store.datasets import Dataset
from tasks.store.models import load_trained, published_model
from tasks.store.parts import TableWriter
from tasks.store.runs import Run, Stage, make

GENERATE = Stage(name="generate_text", version=1, tables=("generations",), replaces=False)


@task()
def keep_generations(run: Run, kind: str, prompt: str, settings: GenerationSettings) -> Dataset:
    """Draw texts from a model of the corpus and keep them in `generations`."""
    model = published_model(run.data, kind)
    chosen = settings.model_dump(mode="json")

    def build(write: TableWriter) -> None:
        arrays, config = load_trained(run.store, model)
        model_id = run.store.read(model, ["model_id"])["model_id"][0].as_py()
        rows = [
            {
                "model_id": model_id,
                "settings": json.dumps(chosen, sort_keys=True, ensure_ascii=False),
                "prompt": prompt,
                "number": number,
                "text": drawn.text,
                "chars": len(drawn.text),
                "nats": drawn.nats,
                "ended": drawn.ended,
            }
            for number, drawn in enumerate(generate_all(load_model(kind, arrays, config), prompt, settings))
        ]
        write("generations", rows)

    made = make(run, GENERATE, [model], chosen | {"prompt": prompt}, build)["generations"]
    kept = [dataset for dataset in run.current().get("generations", []) if dataset.key != made.key]
    run.set_current("generations", [*kept, made])
    return made
