"""A dictionary that is made when somebody looks into it."""
from collections.abc import MutableMapping


class LazyDict(MutableMapping):
    """Subclasses give the content in `_evaluate`; `dirty` tells whether an entry was changed."""

    def __init__(self):
        self._inner = None
        self._dirty = False

    def _evaluate(self):
        raise NotImplementedError()

    def _content(self):
        if self._inner is None:
            self._inner = self._evaluate()
        return self._inner

    @property
    def dirty(self):
        return self._dirty

    @property
    def inner(self):
        return self._content()

    def __len__(self):
        return len(self._content())

    def __iter__(self):
        return iter(self._content())

    def __contains__(self, key):
        return key in self._content()

    def __getitem__(self, key):
        return self._content()[key]

    def __setitem__(self, key, value):
        self._content()[key] = value
        self._dirty = True

    def __delitem__(self, key):
        del self._content()[key]
        self._dirty = True

    def get(self, key, default=None):
        return self._content().get(key, default)

    def keys(self):
        return self._content().keys()

    def values(self):
        return self._content().values()

    def items(self):
        return self._content().items()

    def copy(self):
        return dict(self._content())
