"""Casts values to the types of a Table Schema and checks their constraints."""
import base64
import datetime
import json
import re
import uuid
from decimal import Decimal, InvalidOperation

from . import moments
from .durations import parse_duration


class CastError(ValueError):
    """A value or a row that does not fit; `errors` says why, one entry per value."""

    def __init__(self, message, errors=()):
        super().__init__(message)
        self.errors = list(errors)


class RowCaster:
    """Casts rows, given as lists of values in the order of the fields."""

    def __init__(self, schema):
        missing = schema.get("missingValues", [""])
        self.missing = {entry["value"] if isinstance(entry, dict) else entry for entry in missing}
        self.fields = schema.get("fields", [])

    def cast_row(self, values):
        if len(values) != len(self.fields):
            raise CastError("row length %d doesn't match fields count %d"
                            % (len(values), len(self.fields)))
        row, errors = [], []
        for field, value in zip(self.fields, values):
            try:
                row.append(self.cast_value(field, value))
            except CastError as error:
                errors.append(error)
        if errors:
            raise CastError("There are %d cast errors (see exception.errors)" % len(errors),
                            errors)
        return row

    def cast_value(self, field, value):
        if isinstance(value, str) and value in self.missing:
            value = None
        if value is not None:
            value = cast(field, value)
        check_constraints(field, value)
        return value


def cast(field, value):
    """The value as the type of the field has it; a value that has the type already stays."""
    kind = field.get("type", "string")
    function = _CASTS.get(kind)
    if function is None:
        raise CastError("field `%s` has the unknown type `%s`" % (field.get("name"), kind))
    try:
        return function(field, value)
    except (ValueError, TypeError, ArithmeticError, KeyError) as error:
        raise CastError('Field "%s" can\'t cast value "%s" for type "%s" with format "%s"' % (
            field.get("name"), value, kind, field.get("format", "default"))) from error


def _refuse():
    raise ValueError("the value is not of the type")


def _string(field, value):
    if not isinstance(value, str):
        _refuse()
    form = field.get("format", "default")
    if form == "email" and not re.match(r"[^@]+@[^@]+\.[^@]+", value):
        _refuse()
    if form == "uri" and not re.match(r"[A-Za-z][A-Za-z0-9+.-]*:\S*$", value):
        _refuse()
    if form == "uuid":
        uuid.UUID(value)
    if form == "binary":
        base64.b64decode(value, validate=True)
    return value


def _is_whole(value):
    return isinstance(value, int) and not isinstance(value, bool)


def _number(field, value):
    if isinstance(value, Decimal):
        return value
    if _is_whole(value):
        return Decimal(value)
    if isinstance(value, float):
        return Decimal(repr(value))
    text = re.sub(r"\s", "", value)
    if field.get("groupChar"):
        text = text.replace(field["groupChar"], "")
    if field.get("decimalChar", ".") != ".":
        text = text.replace(field["decimalChar"], ".")
    if not field.get("bareNumber", True):
        text = re.sub(r"^[^\d+-]*|\D*$", "", text)
    try:
        return Decimal(text)
    except InvalidOperation:
        _refuse()


def _integer(field, value):
    if _is_whole(value):
        return value
    if isinstance(value, (float, Decimal)):
        whole = int(value)
        return whole if whole == value else _refuse()
    if field.get("groupChar"):
        value = value.replace(field["groupChar"], "")
    if not field.get("bareNumber", True):
        value = re.sub(r"^[^\d+-]*|\D*$", "", value)
    return int(value) if isinstance(value, str) else _refuse()


def _boolean(field, value):
    if isinstance(value, bool):
        return value
    token = value.strip() if isinstance(value, str) else value
    if token in field.get("trueValues", ["true", "True", "TRUE", "1"]):
        return True
    if token in field.get("falseValues", ["false", "False", "FALSE", "0"]):
        return False
    return _refuse()


def _by_pattern(field, value):
    form = field.get("format", "default")
    if form == "any":
        from dateutil.parser import parse
        return parse(value)
    return datetime.datetime.strptime(value, form[4:] if form.startswith("fmt:") else form)


def _is_default(field):
    return field.get("format", "default") == "default"


def _date(field, value):
    if isinstance(value, datetime.datetime):
        return value.date() if value.time() == datetime.time() else _refuse()
    if isinstance(value, datetime.date):
        return value
    return moments.parse_date(value) if _is_default(field) else _by_pattern(field, value).date()


def _time(field, value):
    if isinstance(value, datetime.time):
        return value
    return moments.parse_time(value) if _is_default(field) else _by_pattern(field, value).time()


def _datetime(field, value):
    if isinstance(value, datetime.datetime):
        return value
    if not _is_default(field):
        return _by_pattern(field, value)
    moment = moments.parse_datetime(value)
    return moment.replace(tzinfo=None) if moment.utcoffset() == datetime.timedelta(0) else moment


def _year(field, value):
    if isinstance(value, str) and len(value) != 4:
        _refuse()
    year = int(value) if isinstance(value, str) else value
    return year if _is_whole(year) and 0 <= year <= 9999 else _refuse()


def _yearmonth(field, value):
    parts = value.split("-") if isinstance(value, str) else value
    year, month = (int(part) for part in parts)
    return (year, month) if 1 <= month <= 12 else _refuse()


def _duration(field, value):
    if isinstance(value, str):
        return parse_duration(value)
    is_duration = isinstance(value, datetime.timedelta) or hasattr(value, "tdelta")
    return value if is_duration else _refuse()


def _array(field, value):
    if isinstance(value, str):
        value = json.loads(value)
    return list(value) if isinstance(value, (list, tuple)) else _refuse()


def _object(field, value):
    if isinstance(value, str):
        value = json.loads(value)
    return value if isinstance(value, dict) else _refuse()


def _geopoint(field, value):
    form = field.get("format", "default")
    if isinstance(value, str):
        value = value.split(",") if form == "default" else json.loads(value)
    if isinstance(value, dict) != (form == "object"):
        _refuse()
    if form == "object":
        value = [value["lon"], value["lat"]]
    longitude, latitude = (Decimal(str(part).strip()) for part in value)
    if not (-180 <= longitude <= 180 and -90 <= latitude <= 90):
        _refuse()
    return longitude, latitude


def _any(field, value):
    return value


_CASTS = {
    "any": _any,
    "array": _array,
    "boolean": _boolean,
    "date": _date,
    "datetime": _datetime,
    "duration": _duration,
    "geojson": _object,
    "geopoint": _geopoint,
    "integer": _integer,
    "number": _number,
    "object": _object,
    "string": _string,
    "time": _time,
    "year": _year,
    "yearmonth": _yearmonth,
}

_COMPARISONS = {
    "minimum": lambda value, bound: value >= bound,
    "maximum": lambda value, bound: value <= bound,
    "exclusiveMinimum": lambda value, bound: value > bound,
    "exclusiveMaximum": lambda value, bound: value < bound,
}


def check_constraints(field, value):
    """Raises `CastError` when a cast value breaks a constraint of its field."""
    constraints = field.get("constraints") or {}
    for name, bound in constraints.items():
        if value is None:
            fits = name != "required" or not bound
        else:
            fits = _fits(field, name, bound, value)
        if not fits:
            raise CastError('Field "%s" has constraint "%s" which is not satisfied for value "%s"'
                            % (field.get("name"), name, value))


def _fits(field, name, bound, value):
    if name in _COMPARISONS:
        return _COMPARISONS[name](value, cast(field, bound))
    if name == "enum":
        return value in [cast(field, item) for item in bound]
    if name == "minLength":
        return len(value) >= bound
    if name == "maxLength":
        return len(value) <= bound
    if name == "pattern":
        return re.match("^(?:%s)$" % bound, value) is not None
    if name == "jsonSchema":
        from .json_schema import problems
        return not problems(bound, value)
    return True
