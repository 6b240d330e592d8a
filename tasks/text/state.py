"""The token rules and the user dictionary of a corpus, as its runs remember them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tasks.errors import InputError
from tasks.store.state import CorpusState
from tasks.text.token_rules import TokenRules
from tasks.text.user_dictionary import UserDictionary

if TYPE_CHECKING:
    from tasks.store.runs import Run


def dictionary_of(state: CorpusState) -> UserDictionary:
    """Return the user dictionary in the state of a corpus."""
    return restored_dictionary(state.dictionary)


def restored_dictionary(fields: Mapping[str, Any]) -> UserDictionary:
    """Return the user dictionary whose `as_state` went through JSON."""
    return UserDictionary(**{name: _frozen(value) for name, value in fields.items()})


def rules_of(state: CorpusState) -> TokenRules:
    """Return the token rules in the state of a corpus; InputError when none were chosen yet."""
    if state.convention is None:
        raise InputError("the corpus has no token rules yet; mine it to the end first")
    return TokenRules(**state.convention)


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def token_rules_in(run: "Run") -> TokenRules:
    """Return the token rules of the run's corpus."""
    return rules_of(run.state())


def dictionary_in(run: "Run") -> UserDictionary:
    """Return what the user decided about words of the run's corpus."""
    return dictionary_of(run.state())
