"""The text VAE: documents in pieces and back, its cost by enumeration, what it writes, and its arrays."""

import itertools
import math
import random

import numpy as np
import pyarrow as pa
import pytest
import torch

from tasks.lm.alphabet import SCALAR_VALUES, Alphabet
from tasks.lm.sampling import generate_all
from tasks.lm.vocabulary import Vocabulary
from tasks.settings import GenerationSettings, TextVaeSettings, TrainingSettings
from tasks.text_vae.describe import LINES, STEPS, describe, sentences_of, written
from tasks.text_vae.generation import PROPOSED, next_token_model
from tasks.text_vae.model import TextVae, train_text_vae
from tasks.text_vae.sequence_vae import END, HIDDEN, padded
from tasks.text_vae.sequences import GOES_ON, cut_documents, decode, encode, symbols_of
from tasks.training.checkpoint import Checkpoints
from tasks.training.loop import reproducible

TRAINING = TrainingSettings(
    epochs=12, batch=16, learning_rate=0.03, patience=12, threads=1, checkpoint_steps=1
)
SMALL = TextVaeSettings(dimensions=2, embedding=8, width=16, longest=6, normalised=0.0, training=TRAINING)
WORDS = ["中国", "人民", "科学", "名著", "的", "在"]


def sentences(count: int, seed: int) -> list[str]:
    draw = random.Random(seed)
    return ["".join(draw.choices(WORDS, k=draw.randint(1, 3))) + "。" for _ in range(count)]


def documents(count: int, seed: int) -> pa.StringArray:
    draw = random.Random(seed)
    return pa.array(["".join(sentences(draw.randint(1, 3), seed * 1000 + n)) for n in range(count)])


def characters(texts: pa.StringArray) -> Vocabulary:
    return Vocabulary.of_characters(Alphabet.of(texts))


def of_words(texts: pa.StringArray) -> Vocabulary:
    return Vocabulary.of_words(Alphabet.of(texts), WORDS, np.ones(len(WORDS), np.int64), 100)


@pytest.fixture(scope="module")
def trained() -> TextVae:
    model = TextVae.untrained(characters(documents(60, 1)), SMALL)
    train_text_vae(
        model, cut_documents(documents(60, 1), 6), cut_documents(documents(9, 2), 6), SMALL, Checkpoints()
    )
    return model


@pytest.mark.parametrize("longest", [1, 3, 50])
def test_the_pieces_of_a_document_spell_it(longest: int) -> None:
    texts = pa.array(["他说：“走！”\n 她走了。 ", "　", "一", "第一。第二！\n\n第三"])
    pieces = cut_documents(texts, longest)
    for number, text in enumerate(texts.to_pylist()):
        own = pieces.document == number
        assert "".join(pieces.text.filter(pa.array(own)).to_pylist()) == text
        assert pieces.goes_on[own].tolist() == [True] * (int(own.sum()) - 1) + [False]
    assert all(1 <= len(piece) <= longest for piece in pieces.text.to_pylist())


@pytest.mark.parametrize("of", [characters, of_words])
def test_symbols_are_read_back_and_unknown_characters_are_hidden(of) -> None:
    vocabulary = of(documents(60, 1))
    pieces = cut_documents(documents(20, 3), 50)
    symbols = encode(pieces, vocabulary)
    assert decode(symbols, vocabulary) == pieces.text.to_pylist()
    assert int(symbols.max()) < symbols_of(vocabulary)
    last = [row[row.index(END) - 1] for row in symbols.tolist()]
    assert [symbol == GOES_ON for symbol in last] == pieces.goes_on.tolist()
    [odd] = encode(cut_documents(pa.array(["的龘在"]), 50), vocabulary).tolist()
    assert odd[1] == HIDDEN
    assert odd[0] != HIDDEN and odd[3] == END


def test_the_cost_is_that_of_the_pieces_and_of_escapes() -> None:
    vocabulary = characters(pa.array(["甲乙", "乙"]))
    twin = TextVae.untrained(vocabulary, SMALL.model_copy(update={"longest": 2}), with_z=False)
    rows = encode(cut_documents(pa.array(["甲", "乙"]), 2), vocabulary)[:, 0].tolist()
    by_hand = 0.0
    for row in ([*rows, GOES_ON], [rows[0], HIDDEN]):
        with torch.no_grad():
            by_hand -= float(twin.vae.decoder(torch.zeros(1, 1, 0), padded([row])))
    # Known are the three characters, what says that the document goes on, and two ends.
    by_hand += 6 * vocabulary.alphabet.known_nats + vocabulary.alphabet.unseen_nats
    assert twin.nats(pa.array(["甲乙甲龘"]), 1) == pytest.approx(by_hand, rel=1e-5)


def test_probabilities_of_all_documents_sum_to_less_than_one() -> None:
    """Documents of up to four characters, of pieces of two; all code points that are unknown count alike."""
    vocabulary = characters(pa.array(["甲乙", "乙"]))
    twin = TextVae.untrained(vocabulary, SMALL.model_copy(update={"longest": 2}), with_z=False)
    whole = []
    for length in range(1, 5):
        for string in map("".join, itertools.product("甲乙龘", repeat=length)):
            alike = string.count("龘") * math.log(SCALAR_VALUES - 2)
            whole.append(math.exp(alike - twin.nats(pa.array([string]), 1)))
    assert 0.2 < sum(whole) < 1


def test_more_draws_cost_less_and_seeds_decide(trained: TextVae) -> None:
    texts = documents(20, 5)
    few, again, many = (trained.nats(texts, draws, seed=1) for draws in (1, 1, 200))
    assert few == again
    assert many < few


def test_training_lowers_what_unseen_documents_cost(trained: TextVae) -> None:
    texts = documents(20, 5)
    assert trained.nats(texts, 10) < TextVae.untrained(trained.vocabulary, SMALL).nats(texts, 10) * 0.7


def test_arrays_make_the_model_again(trained: TextVae) -> None:
    again = TextVae.from_arrays(trained.to_arrays(), SMALL)
    assert again.nats(documents(5, 7), 3) == trained.nats(documents(5, 7), 3)


def test_what_it_writes_is_told_by_kind_and_seed(trained: TextVae) -> None:
    held_out = sentences_of(documents(20, 5), 6, 12, seed=0)
    assert len(held_out.text) == 12
    first, second = (list(written(trained, held_out, 9, seed=seed)) for seed in (1, 1))
    assert first == second
    assert [text.text for text in first[:9]] != [t.text for t in written(trained, held_out, 9, seed=2)][:9]
    kinds = [text.kind for text in first]
    assert kinds == ["sample"] * 9 + ["interpolation"] * LINES * STEPS + ["reconstruction"] * 9
    again = {text.source: text.text for text in first if text.kind == "reconstruction"}
    for text in first:
        if text.kind == "interpolation" and text.source in again:
            assert text.text == again[text.source], "the ends of a line are the sentences written again"
    assert {text.source for text in first if text.kind == "reconstruction"} <= set(held_out.text.to_pylist())


def test_figures_of_z_are_told(trained: TextVae) -> None:
    told = describe(trained, sentences_of(documents(40, 5), 6, 50, seed=0)).figures
    assert told["kl"] >= 0
    assert 0 <= told["active_units"] <= 2
    assert 0 < told["reconstruction_accuracy"] <= 1


def test_a_twin_has_no_z_and_the_same_decoder() -> None:
    vocabulary = characters(documents(60, 1))
    twin, model = (TextVae.untrained(vocabulary, SMALL, with_z=with_z) for with_z in (False, True))
    assert (twin.dimensions, model.dimensions) == (0, 2)
    shapes = [{name: tuple(p.shape) for name, p in m.vae.decoder.named_parameters()} for m in (twin, model)]
    differ = {name for name, shape in shapes[1].items() if shapes[0].get(name) != shape}
    assert differ == {"start.weight", "start.bias", "recurrent.weight_ih_l0", "output.weight"}
    for name in ("recurrent.weight_ih_l0", "output.weight"):
        assert shapes[1][name][1] - shapes[0][name][1] == 2, "what is read besides is z alone"


def test_speaking_draws_a_point_for_each_text_and_none_but_known_symbols(trained: TextVae) -> None:
    speaker = next_token_model(trained)
    settings = GenerationSettings(number=30, max_length=12, seed=3)
    drawn = list(generate_all(speaker, "", settings))
    assert drawn == list(generate_all(speaker, "", settings))
    assert len({text.text for text in drawn}) > 5
    known = set("".join(WORDS) + "。")
    assert all(set(text.text) <= known for text in drawn)
    assert "end" in {text.ended for text in drawn}
    p = [
        speaker.condition(np.random.default_rng(n), speaker.read("中")).distribution(speaker.read("中"))
        for n in (1, 1, 2)
    ]
    assert p[0].sum() == pytest.approx(1)
    assert np.array_equal(p[0], p[1])
    assert not np.array_equal(p[0], p[2])
    assert p[0][trained.vocabulary.alphabet.unknown] == 0


def test_a_prompt_chooses_points_that_would_have_written_it() -> None:
    """The mean of ln q(prompt | z) over chosen points is above that over points of the prior."""
    with reproducible(1, 1):
        model = TextVae.untrained(characters(documents(60, 1)), SMALL)
        with torch.no_grad():
            for parameter in model.vae.decoder.parameters():
                parameter.mul_(4)
    speaker = next_token_model(model)
    context = speaker.read("中国")

    def of_prompt(told: np.ndarray) -> float:
        said = speaker.condition(np.random.default_rng(int(told[0])), told[1:])
        empty, first = (said.distribution(context[:n]) for n in (1, 2))
        return math.log(empty[context[1]]) + math.log(first[context[2]])

    chosen = [of_prompt(np.array([n, *context])) for n in range(40)]
    any_ = [of_prompt(np.array([n, *context[:1]])) for n in range(40)]
    assert np.mean(chosen) > np.mean(any_) + 0.5
    assert PROPOSED > 40


def test_training_is_resumed_to_the_same_weights(tmp_path) -> None:
    vocabulary = characters(documents(60, 1))
    learnt, validation = cut_documents(documents(60, 1), 6), cut_documents(documents(9, 2), 6)

    class CutOffError(Exception):
        pass

    def weights(checkpoints: Checkpoints, *, cut: bool) -> dict[str, np.ndarray]:
        model = TextVae.untrained(vocabulary, SMALL.model_copy(update={"word_dropout": 0.3}))
        done = 0

        def advance(steps: int) -> None:
            nonlocal done
            done += steps
            if cut and done == 11:
                raise CutOffError

        train_text_vae(model, learnt, validation, SMALL, checkpoints, advance)
        return model.to_arrays()

    whole = weights(Checkpoints(), cut=False)
    kept = Checkpoints(tmp_path / "kept.safetensors")
    with pytest.raises(CutOffError):
        weights(kept, cut=True)
    resumed = weights(kept, cut=False)
    assert all(np.array_equal(whole[name], resumed[name]) for name in whole)
