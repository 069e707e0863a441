"""An answer of ALB beside a declaration: what nobody declared is not compared.

ALB's `ForwardGroupConfig` is `forwardGroupConfig` in a declaration, here as in the alicloud provider.
"""

from collections.abc import Mapping, Sequence
from typing import Any

IRREGULAR = {"qps": "QPS", "allowOrigins": "AllowOrigin"}
"""Names of a declaration that ALB does not begin with a capital letter and go on with."""
REGULAR = {theirs: ours for ours, theirs in IRREGULAR.items()}


def from_answer(value: Any) -> Any:
    """An answer with the keys of a declaration, at every depth."""
    return _renamed(value, lambda key: REGULAR.get(key, key[:1].lower() + key[1:]))


def to_request(value: Any) -> Any:
    """A declaration with the keys of the API, at every depth."""
    return _renamed(value, lambda key: IRREGULAR.get(key, key[:1].upper() + key[1:]))


def _renamed(value: Any, rename: Any) -> Any:
    if isinstance(value, Mapping):
        return {rename(key): _renamed(item, rename) for key, item in value.items()}
    return [_renamed(item, rename) for item in value] if isinstance(value, list) else value


def seen_as(answered: Any, declared: Any) -> Any:
    """The answer in the form of the declaration: equal to it if everything declared is so.

    Keys that are not declared are left out. The order of a list does not count; a list with another number of members,
    or with a member that no declared one describes, is shown as answered.
    """
    if isinstance(answered, Mapping) and isinstance(declared, Mapping):
        return {key: seen_as(answered[key], item) for key, item in declared.items() if key in answered}
    if isinstance(answered, list) and isinstance(declared, list):
        return declared if _all_described(answered, declared) else answered
    return _plain_number(answered, declared)


def _all_described(answered: Sequence[Any], declared: Sequence[Any]) -> bool:
    left = list(answered)
    for item in declared:
        found = next((one for one in left if seen_as(one, item) == item), None)
        if found is None:
            return False
        left.remove(found)
    return not left


def _plain_number(answered: Any, declared: Any) -> Any:
    """State keeps every number as a float; 100 and 100.0 are one."""
    return declared if answered == declared else answered
