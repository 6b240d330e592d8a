"""Names that nothing in flows/ or tasks/ calls, and who uses them; `make check` reads this through vulture."""

# Typer, Rich, DuckDB's dialect, io, pydantic, tokenizers and the import system call or read these.
model_config
__getattr__
rich_markup_mode
rich_help_panel
list_commands
on_broken_pipe
Flow
State
FlowRun
cursor_fetch_strategy
BufferedDuckDB
supports_statement_cache
get_columns
progress_bars
__signature__
__annotations__
closed
seekable
writable
normalizer
pre_tokenizer

# Fields that are read by name: by templates, by dataclasses.asdict, by the rows of a table, by compiled kernels.
right_words
sentence_no
kl
verdicts
peak_mb
top_in
top_out

# Four tags, all of which a person reads; the special tokens, named in the order of their numbers.
B
E
M
S
PAD

# The tables' contract: tests compare it with what readers give.
REASONS

# The mathematics of the VAE for data other than text, held by closed forms in tests/unit/vae and shown on digits by
# bench.digits and bench.vae; the CRF layer's n best paths, held by enumeration, which no command offers yet.
effective_samples
mean_bound
kl_by_sample
Bernoulli
FixedGaussian
LearnedGaussian
Categorical
ClassPrior
n_best

# The library: called by who imports minlex.
__dir__
sql
export
_repr_html_
Expressions
add_word
del_word
load_userdict
Segment
transform
create

# Imported by the path that a kind of model gives.
ngram_model
gpt2_model
text_vae_model
