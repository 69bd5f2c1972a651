"""ISO 8601 durations. Those with years or months are of isodate's class when it is installed."""
import re
from datetime import timedelta
from decimal import Decimal

_NUMBER = r"(\d+(?:[.,]\d+)?)"
_DURATION_RE = re.compile(
    r"([+-])?P(?=.)"
    "(?:{0}Y)?(?:{0}M)?(?:{0}W)?(?:{0}D)?"
    "(?:T(?:{0}H)?(?:{0}M)?(?:{0}S)?)?".format(_NUMBER), re.ASCII)


class Duration:
    """Years and months, whose length in days is not known, beside a span of days and seconds."""

    def __init__(self, days=0, seconds=0, microseconds=0, milliseconds=0, minutes=0, hours=0,
                 weeks=0, months=0, years=0):
        self.years = Decimal(str(years))
        self.months = Decimal(str(months))
        self.tdelta = timedelta(
            days, seconds, microseconds, milliseconds, minutes, hours, weeks)

    def __getattr__(self, name):
        if name.startswith("__") or name == "tdelta":
            raise AttributeError(name)
        return getattr(self.tdelta, name)

    def _key(self):
        return self.years * 12 + self.months, self.tdelta

    def __eq__(self, other):
        return isinstance(other, Duration) and self._key() == other._key()

    def __hash__(self):
        return hash(self._key())

    def __neg__(self):
        negative = Duration(years=-self.years, months=-self.months)
        negative.tdelta = -self.tdelta
        return negative

    def __repr__(self):
        return "Duration(%r)" % duration_isoformat(self)

    __str__ = __repr__


def _duration_class():
    try:
        from isodate import Duration as installed
        return installed
    except ImportError:
        return Duration


def parse_duration(text):
    """A `timedelta`, or a `Duration` when there are years or months."""
    match = _DURATION_RE.fullmatch(text)
    if match is None:
        raise ValueError("`%s` is not an ISO 8601 duration" % text)
    sign, *parts = match.groups()
    numbers = [Decimal(part.replace(",", ".")) if part else Decimal(0) for part in parts]
    if sign == "-":
        numbers = [-number for number in numbers]
    years, months, weeks, days, hours, minutes, seconds = numbers
    microseconds = (
        (((weeks * 7 + days) * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000000
    span = timedelta(microseconds=int(microseconds.to_integral_value()))
    if not years and not months:
        return span
    return _duration_class()(
        days=span.days, seconds=span.seconds, microseconds=span.microseconds,
        years=years, months=months)


def duration_isoformat(value):
    """The text of a duration: `P1Y2M3DT4H5M6S`; days are made of 24 hours, weeks of days."""
    span = getattr(value, "tdelta", value)
    years, months = abs(getattr(value, "years", 0)), abs(getattr(value, "months", 0))
    negative = (span < timedelta(0) or getattr(value, "years", 0) < 0
                or getattr(value, "months", 0) < 0)
    whole = abs(span)
    minutes, seconds = divmod(whole.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    date = "".join("%s%s" % (number, unit)
                   for number, unit in ((years, "Y"), (months, "M"), (whole.days, "D")) if number)
    time = "".join("%d%s" % (number, unit)
                   for number, unit in ((hours, "H"), (minutes, "M")) if number)
    if whole.microseconds:
        time += ("%d.%06d" % (seconds, whole.microseconds)).rstrip("0") + "S"
    elif seconds:
        time += "%dS" % seconds
    body = date + ("T" + time if time else "")
    return ("-" if negative else "") + "P" + (body or "0D")
