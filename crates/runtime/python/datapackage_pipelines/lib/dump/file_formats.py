"""How the rows of a resource become the bytes of a file."""
import csv
import json
import logging
import os

from datapackage_pipelines.utilities.durations import duration_isoformat
from datapackage_pipelines.utilities.extended_json import (
    DATE_F_FORMAT, DATE_P_FORMAT, DATETIME_F_FORMAT, DATETIME_P_FORMAT, TIME_F_FORMAT,
    TIME_P_FORMAT,
)
from datapackage_pipelines.utilities.moments import is_plain
from datapackage_pipelines.utilities.resources import get_path


def identity(x):
    return x


def json_dumps(x):
    return json.dumps(x, ensure_ascii=False)


_warned = set()


def _moment(form):
    def serialize(value):
        if not is_plain(value) and form not in _warned:
            _warned.add(form)
            logging.warning("%s is written without its fraction and offset, since the format "
                            "of the file is %s", value, form)
        return value.strftime(form)
    return serialize


_MOMENTS = {
    "datetime": _moment(DATETIME_F_FORMAT),
    "date": lambda value: value.strftime(DATE_F_FORMAT),
    "time": _moment(TIME_F_FORMAT),
    "duration": duration_isoformat,
    "yearmonth": lambda value: "{:04d}-{:02d}".format(*value),
}

_MOMENT_FORMATS = {
    "date": {"format": DATE_P_FORMAT},
    "time": {"format": TIME_P_FORMAT},
    "datetime": {"format": DATETIME_P_FORMAT},
}


class FileFormat:
    """Subclasses give the tables below, `initialize_file`, `write_transformed_row` and
    `finalize_file`."""

    SERIALIZERS = {}
    DEFAULT_SERIALIZER = str
    NULL_VALUE = None
    PYTHON_DIALECT = {}

    def prepare_resource(self, resource):
        for field in resource.get("schema", {}).get("fields", []):
            field.update(self.PYTHON_DIALECT.get(field["type"], {}))

    def write_row(self, writer, row, fields):
        try:
            transformed = {name: self._serialized(value, fields[name]["type"])
                           for name, value in row.items()}
        except Exception:
            logging.exception("Failed to transform row %r", row)
            raise
        self.write_transformed_row(writer, transformed, fields)

    @classmethod
    def _serialized(cls, value, field_type):
        if value is None:
            return cls.NULL_VALUE
        return cls.SERIALIZERS.get(field_type, cls.DEFAULT_SERIALIZER)(value)


def _rename(resource, extension):
    base, _ = os.path.splitext(get_path(resource))
    resource["encoding"] = "utf-8"
    resource["path"] = base + "." + extension
    resource["format"] = extension


class CSVFormat(FileFormat):

    SERIALIZERS = dict(
        _MOMENTS,
        array=json_dumps,
        object=json_dumps,
        geojson=json.dumps,
        geopoint=lambda value: "{}, {}".format(*value),
        year="{:04d}".format,
    )
    DEFAULT_SERIALIZER = str
    NULL_VALUE = ""
    PYTHON_DIALECT = dict(_MOMENT_FORMATS, number={"decimalChar": ".", "groupChar": ""})

    def prepare_resource(self, resource):
        _rename(resource, "csv")
        resource["dialect"] = {
            "lineTerminator": "\r\n",
            "delimiter": ",",
            "doubleQuote": True,
            "quoteChar": '"',
            "skipInitialSpace": False,
        }
        super().prepare_resource(resource)

    def initialize_file(self, file, headers):
        writer = csv.DictWriter(file, headers)
        writer.writeheader()
        return writer

    def write_transformed_row(self, writer, transformed_row, fields):
        writer.writerow(transformed_row)

    def finalize_file(self, writer):
        pass


class JSONFormat(FileFormat):

    SERIALIZERS = dict(
        _MOMENTS,
        number=float,
        geopoint=lambda value: [float(part) for part in value],
    )
    DEFAULT_SERIALIZER = identity
    NULL_VALUE = None
    PYTHON_DIALECT = _MOMENT_FORMATS

    def __init__(self):
        self.separator = ""

    def prepare_resource(self, resource):
        _rename(resource, "json")
        super().prepare_resource(resource)

    def initialize_file(self, file, headers):
        file.write("[")
        self.separator = ""
        return file

    def write_transformed_row(self, writer, transformed_row, fields):
        writer.write(self.separator)
        writer.write(json.dumps(transformed_row, sort_keys=True, ensure_ascii=True))
        self.separator = ","

    def finalize_file(self, writer):
        writer.write("]")
