"""JSON with the types of tables: decimals, dates, times, durations, sets.

A value that JSON lacks is an object with one key, `{"type{decimal}": "1.50"}`. Rows are parsed
when somebody looks into them; a row that nobody changed is written as it came, byte for byte.
Date-times keep their fraction and their offset: `2020-12-31 10:11:12.5+02:00`; UTC is bare.
"""
import json as _json
import sys

from .lazy_dict import LazyDict

DATE_P_FORMAT = "%Y-%m-%d"
DATETIME_P_FORMAT = "%Y-%m-%d %H:%M:%S"
TIME_P_FORMAT = TIME_F_FORMAT = TIME_FORMAT = "%H:%M:%S"
# Linux does not pad years below 1000 unless asked to, other systems cannot be asked.
_YEAR = "%04Y" if sys.platform == "linux" else "%Y"
DATE_F_FORMAT = DATE_FORMAT = _YEAR + "-%m-%d"
DATETIME_F_FORMAT = DATETIME_FORMAT = _YEAR + "-%m-%d %H:%M:%S"

_TAGS = frozenset("type{%s}" % tag for tag in
                  ("decimal", "time", "datetime", "date", "duration", "set"))
_MUTABLE = (list, dict, set)


def _decode(tag, text):
    if tag == "type{decimal}":
        from decimal import Decimal
        return Decimal(text)
    if tag == "type{set}":
        return set(text)
    if tag == "type{duration}":
        from .durations import parse_duration
        return parse_duration(text)
    from . import moments
    return moments.PARSERS[tag](text)


class CommonJSONDecoder(_json.JSONDecoder):
    """Reads tagged objects as the values they stand for."""

    @classmethod
    def object_hook(cls, obj):
        if _TAGS.isdisjoint(obj):
            return obj
        for tag in ("type{decimal}", "type{time}", "type{datetime}", "type{date}",
                    "type{duration}", "type{set}"):
            if tag in obj:
                try:
                    return _decode(tag, obj[tag])
                except (ValueError, TypeError, ArithmeticError):
                    pass  # not one of ours after all: it stays a dictionary
        return obj

    def __init__(self, **kwargs):
        kwargs["object_hook"] = self.object_hook
        super().__init__(**kwargs)


class CommonJSONEncoder(_json.JSONEncoder):
    """Writes the values of tables as tagged objects."""

    def default(self, obj):
        if isinstance(obj, LazyDict):
            return obj.inner
        if isinstance(obj, (set, frozenset)):
            return {"type{set}": _in_order(obj)}
        import datetime
        from decimal import Decimal
        if isinstance(obj, Decimal):
            return {"type{decimal}": str(obj)}
        if isinstance(obj, (datetime.datetime, datetime.date, datetime.time)):
            from . import moments
            return moments.tagged(obj)
        if isinstance(obj, datetime.timedelta) or hasattr(obj, "tdelta"):
            from .durations import duration_isoformat
            return {"type{duration}": duration_isoformat(obj)}
        return super().default(obj)


def _in_order(values):
    """The order of a set differs from run to run; outputs must not."""
    try:
        return sorted(values)
    except TypeError:
        return sorted(values, key=lambda value: (type(value).__name__, repr(value)))


_decoder = CommonJSONDecoder()
_wire = CommonJSONEncoder(sort_keys=True, ensure_ascii=True)


class LazyJsonLine(LazyDict):
    """A row that is still the line it came as."""

    def __init__(self, args, kwargs):
        super().__init__()
        self.line = args[0]
        self.args = args
        self.kwargs = kwargs
        self._lent = False

    def _evaluate(self):
        if self.kwargs:
            return _loads(*self.args, **self.kwargs)
        return _decoder.decode(self.line)

    @property
    def inner(self):
        self._lent = True
        return self._content()

    def changed(self):
        """Whether the line no longer says what the row holds."""
        content = self._inner
        if content is None:
            return False
        if self._dirty:
            return True
        # A list inside the row, or the dictionary itself when it was lent, can be changed
        # without a call to this object.
        for value in content.values():
            if isinstance(value, _MUTABLE):
                return content != self._evaluate()
        return self._lent and content != self._evaluate()

    def __str__(self):
        return self.line if self._inner is None else str(self._inner)

    def __repr__(self):
        return self.line if self._inner is None else repr(self._inner)


def encode_row(row):
    """The line of a row as the next step reads it."""
    if isinstance(row, LazyJsonLine):
        return _wire.encode(row._inner) if row.changed() else row.line
    return _wire.encode(row)


def _dumpl(obj, **kwargs):
    if isinstance(obj, LazyJsonLine):
        return _dumps(obj._inner, **kwargs) if obj.changed() else obj.line
    return _dumps(obj, **kwargs)


def _loadl(line, **kwargs):
    if line[:1] == "{":
        return LazyJsonLine((line,), kwargs)
    return _loads(line, **kwargs)


def _dumps(obj, **kwargs):
    kwargs["cls"] = CommonJSONEncoder
    return _json.dumps(obj, **kwargs)


def _loads(text, **kwargs):
    if not kwargs and isinstance(text, str):
        return _decoder.decode(text)
    kwargs["cls"] = CommonJSONDecoder
    return _json.loads(text, **kwargs)


def _dump(obj, file, **kwargs):
    kwargs["cls"] = CommonJSONEncoder
    return _json.dump(obj, file, **kwargs)


def _load(file, **kwargs):
    kwargs["cls"] = CommonJSONDecoder
    return _json.load(file, **kwargs)


class json:
    """The functions of the module `json`, for the values of tables."""

    dumps = staticmethod(_dumps)
    loads = staticmethod(_loads)
    dumpl = staticmethod(_dumpl)
    loadl = staticmethod(_loadl)
    dump = staticmethod(_dump)
    load = staticmethod(_load)
    JSONDecodeError = _json.JSONDecodeError
