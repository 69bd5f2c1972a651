"""Reads data packages: descriptors by path or URL, and the rows of CSV, JSON and inline tables."""
import codecs
import csv
import io
import json
import os
import re
from urllib.parse import urljoin

from .resources import is_a_url
from .table_schema import CastError, RowCaster

# The module `csv` refuses longer cells unless told otherwise.
CELL_CHARACTERS_MAX = 256 * 1024 * 1024


def open_source(source):
    """The bytes of a file or of an answer of HTTP."""
    if is_a_url(source):
        from urllib.request import urlopen
        return urlopen(source, timeout=60)
    return open(source, "rb")


class Package:
    """A data package; `descriptor` may be changed, `commit` rebuilds the resources from it."""

    def __init__(self, descriptor=None, base_path=None):
        if isinstance(descriptor, str):
            if base_path is None:
                base_path = (urljoin(descriptor, ".") if is_a_url(descriptor)
                             else os.path.dirname(os.path.abspath(descriptor)))
            with open_source(descriptor) as file:
                descriptor = json.loads(file.read().decode("utf-8-sig"))
        self.descriptor = descriptor if descriptor is not None else {"resources": []}
        self.base_path = base_path
        self.commit()

    def commit(self):
        self.resources = [Resource(resource, self.base_path)
                          for resource in self.descriptor.get("resources", [])]
        return True

    @property
    def resource_names(self):
        return [resource.name for resource in self.resources]

    def get_resource(self, name):
        return next((resource for resource in self.resources if resource.name == name), None)


class Resource:
    """One resource of a package."""

    def __init__(self, descriptor, base_path=None):
        self.descriptor = descriptor
        self.base_path = base_path

    def commit(self):
        return True

    @property
    def name(self):
        return self.descriptor.get("name")

    @property
    def inline(self):
        return "data" in self.descriptor

    @property
    def source(self):
        """Where the rows are: the data itself, a path or URL, or a list of those."""
        if self.inline:
            return self.descriptor["data"]
        path = self.descriptor.get("path")
        if isinstance(path, list):
            located = [self._located(part) for part in path]
            return located[0] if len(located) == 1 else located
        return self._located(path)

    def _located(self, path):
        if path is None or is_a_url(path) or self.base_path is None:
            return path
        if os.path.isabs(path) or ".." in path.split("/"):
            raise ValueError("path `%s` of resource `%s` leads out of the package"
                             % (path, self.name))
        if is_a_url(self.base_path):
            return urljoin(self.base_path.rstrip("/") + "/", path)
        return os.path.join(self.base_path, path)

    def iter(self, keyed=True, cast=True):
        """The rows, cast by the schema; dictionaries when `keyed`, else lists."""
        schema = self.descriptor.get("schema") or {}
        caster = RowCaster(schema)
        names = [field["name"] for field in caster.fields]
        for number, row in enumerate(self._raw_rows(), 1):
            if caster.fields:
                row = {name: row.get(name) for name in names}
                if cast:
                    row = dict(zip(names, self._cast(caster, row, number)))
            yield row if keyed else list(row.values())

    def read(self, keyed=True, cast=True):
        return list(self.iter(keyed=keyed, cast=cast))

    def _cast(self, caster, row, number):
        try:
            return caster.cast_row(list(row.values()))
        except CastError as error:
            raise CastError("row %d of resource `%s`: %s" % (
                number, self.name, "; ".join(map(str, error.errors)) or error),
                error.errors) from error

    def _raw_rows(self):
        if self.inline:
            return _keyed(self.descriptor["data"])
        if self._format() == "json":
            return _keyed(self._json())
        if self._format() not in ("csv", "tsv", "txt", ""):
            raise ValueError("resource `%s` has format `%s`, which is not read here; "
                             "load it with the step `load`" % (self.name, self._format()))
        return _keyed(self._csv_rows())

    def _paths(self):
        source = self.source
        return source if isinstance(source, list) else [source]

    def _format(self):
        extension = os.path.splitext(re.split("[?#]", self._paths()[0] or "")[0])[1]
        return self.descriptor.get("format") or extension[1:].lower()

    def _json(self):
        with open_source(self._paths()[0]) as file:
            return json.loads(file.read().decode(self._encoding()))

    def _encoding(self):
        name = codecs.lookup(self.descriptor.get("encoding") or "utf-8").name
        return "utf-8-sig" if name == "utf-8" else name

    def _lines(self):
        for path in self._paths():
            with open_source(path) as file:
                yield from io.TextIOWrapper(
                    io.BufferedReader(_Raw(file)), encoding=self._encoding(), newline="")

    def _csv_rows(self):
        dialect = self.descriptor.get("dialect") or {}
        csv.field_size_limit(CELL_CHARACTERS_MAX)
        default = "\t" if self._format() == "tsv" else ","
        rows = csv.reader(
            self._lines(),
            delimiter=dialect.get("delimiter", default),
            quotechar=dialect.get("quoteChar", '"'),
            doublequote=dialect.get("doubleQuote", True),
            escapechar=dialect.get("escapeChar"),
            skipinitialspace=dialect.get("skipInitialSpace", False),
        )
        if not dialect.get("header", True):
            fields = (self.descriptor.get("schema") or {}).get("fields", [])
            yield [field["name"] for field in fields]
        for row in rows:
            if row:
                yield row


class _Raw(io.RawIOBase):
    """Lets a text reader read from anything with `read`."""

    def __init__(self, file):
        self.file = file

    def readable(self):
        return True

    def readinto(self, buffer):
        data = self.file.read(len(buffer))
        buffer[:len(data)] = data
        return len(data)


def _keyed(rows):
    """Rows as dictionaries; of rows that are lists the first has the names."""
    names = None
    for row in rows:
        if isinstance(row, dict):
            yield row
        elif names is None:
            names = row
        else:
            yield dict(zip(names, list(row) + [None] * (len(names) - len(row))))


class ResourceMatcher:
    """Which resources are meant: all, those of a pattern, of a list of names, of an index."""

    def __init__(self, resources, package):
        descriptor = package if isinstance(package, dict) else package.descriptor
        if isinstance(resources, int):
            names = [resource.get("name") for resource in descriptor.get("resources", [])]
            resources = [names[resources]]
        self.resources = resources

    def match(self, name):
        if self.resources is None:
            return True
        if isinstance(self.resources, str):
            return re.fullmatch(self.resources, name) is not None
        return name in self.resources
