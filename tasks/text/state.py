"""The token rules and the user dictionary of a corpus, as its runs remember them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tasks.text.token_rules import TokenRules
from tasks.text.user_dictionary import UserDictionary

if TYPE_CHECKING:
    from tasks.store.runs import Run


def dictionary_of(state: Mapping[str, Any]) -> UserDictionary:
    """Return the user dictionary among the published facts about a corpus."""
    return UserDictionary(**{name: _frozen(value) for name, value in state.get("dictionary", {}).items()})


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def token_rules_in(run: "Run") -> TokenRules:
    """Return the token rules of the run's corpus."""
    return TokenRules(**run.state()["convention"])


def dictionary_in(run: "Run") -> UserDictionary:
    """Return what the user decided about words of the run's corpus."""
    return dictionary_of(run.state())
