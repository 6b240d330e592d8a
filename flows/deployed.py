"""The flows as Prefect deploys them; prefect.yaml names them here."""

from flows.announce_failure import announce_failure as _announce_failure
from flows.build_lexicon import build_lexicon as _build_lexicon
from flows.collect_garbage import collect_garbage as _collect_garbage
from flows.forget_batch import forget_batch as _forget_batch
from flows.generate_text import generate_text as _generate_text
from flows.ingest_corpus import ingest_corpus as _ingest_corpus
from flows.mine_corpus import mine_corpus as _mine_corpus
from flows.publish_report import publish_report as _publish_report
from flows.train_crf import train_crf as _train_crf
from flows.train_language_model import train_language_model as _train_language_model
from flows.train_text_vae import train_text_vae as _train_text_vae
from flows.train_topics import train_topics as _train_topics
from flows.watch_inbox import watch_inbox as _watch_inbox

announce_failure = _announce_failure.recorded
build_lexicon = _build_lexicon.recorded
collect_garbage = _collect_garbage.recorded
forget_batch = _forget_batch.recorded
generate_text = _generate_text.recorded
ingest_corpus = _ingest_corpus.recorded
mine_corpus = _mine_corpus.recorded
publish_report = _publish_report.recorded
train_crf = _train_crf.recorded
train_language_model = _train_language_model.recorded
train_text_vae = _train_text_vae.recorded
train_topics = _train_topics.recorded
watch_inbox = _watch_inbox.recorded
