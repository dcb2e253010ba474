"""Search without readable words: keyed hashes of word stems.

A word of a query is stemmed and hashed in the same way. A person with the database but without the key can
neither read the words nor try a dictionary. Only whole words are found, in their various forms.
"""

import hashlib
import re
from functools import lru_cache

import snowballstemmer

_WORD = re.compile(r"[^\W_]{2,40}")
_MOST_TERMS = 400
_stemmer = snowballstemmer.stemmer("indonesian")


@lru_cache(maxsize=20_000)
def _stem(word: str) -> str:
    stem: str = _stemmer.stemWord(word)
    return stem


class SearchTerms:
    """Makes the terms of texts under one key."""

    def __init__(self, key: bytes) -> None:
        self._key = hashlib.blake2b(b"terms", key=key, digest_size=32).digest()
        self._hashed = lru_cache(maxsize=20_000)(self._hash)

    def of(self, *texts: str | None) -> list[int]:
        """Return the distinct terms of some texts, as signed 64-bit numbers: the first 400 at most."""
        stems: dict[str, None] = {}
        for text in texts:
            for word in _WORD.findall((text or "").casefold()):
                stems.setdefault(_stem(word))
        return [self._hashed(stem) for stem in list(stems)[:_MOST_TERMS]]

    def _hash(self, stem: str) -> int:
        digest = hashlib.blake2b(stem.encode(), key=self._key, digest_size=8).digest()
        return int.from_bytes(digest, signed=True)
