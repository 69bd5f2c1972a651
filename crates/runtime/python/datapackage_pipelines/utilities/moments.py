"""Dates, times and date-times as they travel between steps."""
import datetime
import re

_DATE = r"(\d{4})-(\d{1,2})-(\d{1,2})"
_TIME = r"(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d+))?"
_OFFSET = r"(Z|[+-]\d{2}:\d{2}(?::\d{2})?)?"
_DATE_RE = re.compile(_DATE, re.ASCII)
_TIME_RE = re.compile(_TIME, re.ASCII)
_DATETIME_RE = re.compile(_DATE + "[ T]" + _TIME + _OFFSET, re.ASCII)


class FineDateTime(datetime.datetime):
    """A moment whose fraction has more digits than Python counts; `text` keeps them."""

    text = None


class FineTime(datetime.time):
    """A time of day whose fraction has more digits than Python counts; `text` keeps them."""

    text = None


def parse_datetime(text):
    match = _full_match(_DATETIME_RE, text)
    numbers = [int(group) for group in match.group(1, 2, 3, 4, 5, 6)]
    fraction, offset = match.group(7) or "", match.group(8)
    kind = FineDateTime if len(fraction) > 6 else datetime.datetime
    moment = kind(*numbers, _microseconds(fraction), _zone(offset))
    if kind is FineDateTime:
        moment.text = text
    return moment


def parse_date(text):
    match = _full_match(_DATE_RE, text)
    return datetime.date(*(int(group) for group in match.groups()))


def parse_time(text):
    match = _full_match(_TIME_RE, text)
    fraction = match.group(4) or ""
    kind = FineTime if len(fraction) > 6 else datetime.time
    time = kind(*(int(group) for group in match.group(1, 2, 3)), _microseconds(fraction))
    if kind is FineTime:
        time.text = text
    return time


PARSERS = {
    "type{datetime}": parse_datetime,
    "type{date}": parse_date,
    "type{time}": parse_time,
}


def _full_match(pattern, text):
    match = pattern.fullmatch(text)
    if match is None:
        raise ValueError("`%s` has not the form of a moment" % text)
    return match


def _microseconds(fraction):
    return int(fraction[:6].ljust(6, "0")) if fraction else 0


def _zone(offset):
    if offset is None:
        return None
    if offset == "Z":
        return datetime.timezone.utc
    hours, minutes, *seconds = (int(part) for part in offset[1:].split(":"))
    shift = datetime.timedelta(hours=hours, minutes=minutes, seconds=sum(seconds))
    return datetime.timezone(-shift if offset[0] == "-" else shift)


def tagged(value):
    """The JSON object that stands for a date, a time or a date-time."""
    if isinstance(value, datetime.datetime):
        return {"type{datetime}": datetime_text(value)}
    if isinstance(value, datetime.date):
        return {"type{date}": "%04d-%02d-%02d" % (value.year, value.month, value.day)}
    return {"type{time}": time_text(value)}


def datetime_text(value):
    if isinstance(value, FineDateTime) and value.text is not None:
        return value.text
    return "%04d-%02d-%02d %s%s" % (
        value.year, value.month, value.day, _clock(value), _offset(value))


def time_text(value):
    if isinstance(value, FineTime) and value.text is not None:
        return value.text
    return _clock(value)


def is_plain(value):
    """Whether the moment has neither a fraction nor an offset other than UTC."""
    return not value.microsecond and not _offset(value)


def _clock(value):
    text = "%02d:%02d:%02d" % (value.hour, value.minute, value.second)
    if value.microsecond:
        text += (".%06d" % value.microsecond).rstrip("0")
    return text


def _offset(value):
    shift = value.utcoffset()
    if not shift:
        return ""  # no zone, or UTC, which is written bare
    seconds = round(shift.total_seconds())
    minutes, rest = divmod(abs(seconds), 60)
    text = "%s%02d:%02d" % ("-" if seconds < 0 else "+", minutes // 60, minutes % 60)
    return text + ":%02d" % rest if rest else text
