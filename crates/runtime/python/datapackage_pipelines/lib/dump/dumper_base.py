"""Steps that write the package somewhere and pass it on."""
import copy
import hashlib
import importlib
import logging
import os
import shutil
import tempfile

from ...utilities.extended_json import json
from ...utilities.resources import (
    PROP_STREAMED_FROM, PROP_STREAMING, get_path, is_a_url, streaming,
)
from ...utilities.stat_utils import STATS_DPP_KEY, STATS_OUT_DP_URL_KEY
from ...wrapper import ingest, spew
from .file_formats import CSVFormat, JSONFormat


def _holder(obj, prop):
    """The object that has the last part of a dotted name, and that part."""
    *outer, last = prop.split(".")
    for part in outer:
        obj = obj.setdefault(part, {})
    return obj, last


class DumperBase:
    """Counts rows, checks them, and computes the hash of the descriptor."""

    def __init__(self, debug=False):
        context = ingest(debug)
        self.__parameters, self.__datapackage, self.__resources = context
        self.stats = {}
        counters = self.__parameters.get("counters", {})
        self.datapackage_rowcount = counters.get("datapackage-rowcount", "count_of_rows")
        self.datapackage_bytes = counters.get("datapackage-bytes", "bytes")
        self.datapackage_hash = counters.get("datapackage-hash", "hash")
        self.resource_rowcount = counters.get("resource-rowcount", "count_of_rows")
        self.resource_bytes = counters.get("resource-bytes", "bytes")
        self.resource_hash = counters.get("resource-hash", "hash")
        self.add_filehash_to_path = self.__parameters.get("add-filehash-to-path", False)
        self.file_format_handlers = {"csv": CSVFormat, "json": JSONFormat}
        self.file_format_handlers.update(self.__parameters.get("file-formatters", {}))

    def __call__(self):
        parameters = self.__parameters
        self.initialize(parameters)
        datapackage = self.prepare_datapackage(self.__datapackage, parameters)
        rows = self.handle_resources(datapackage, self.__resources, parameters, self.stats)
        spew(datapackage, rows, self.stats, finalizer=self.finalize)

    def initialize(self, params):
        pass

    def prepare_datapackage(self, datapackage, _):
        return datapackage

    def handle_resources(self, datapackage, resource_iterator, parameters, stats):
        for resource in resource_iterator:
            spec = resource.spec
            rows = self.handle_resource(
                self.schema_validator(resource), spec, parameters, datapackage)
            yield self.row_counter(datapackage, spec, rows)
        if self.datapackage_hash:
            indent = 2 if parameters.get("pretty-descriptor") else None
            text = json.dumps(datapackage, indent=indent, sort_keys=True, ensure_ascii=True)
            digest = hashlib.md5(text.encode("ascii")).hexdigest()
            self.set_attr(datapackage, self.datapackage_hash, digest)
        self.handle_datapackage(datapackage, parameters, stats)

    def handle_resource(self, resource, spec, parameters, datapackage):
        raise NotImplementedError()

    def handle_datapackage(self, datapackage, parameters, stats):
        stats["count_of_rows"] = self.get_attr(datapackage, self.datapackage_rowcount)
        stats["bytes"] = self.get_attr(datapackage, self.datapackage_bytes)
        stats["hash"] = self.get_attr(datapackage, self.datapackage_hash)
        stats["dataset_name"] = datapackage["name"]

    def finalize(self):
        pass

    def row_counter(self, datapackage, resource_spec, resource):
        count = 0
        for row in resource:
            count += 1
            yield row
        self.inc_attr(datapackage, self.datapackage_rowcount, count)
        self.inc_attr(resource_spec, self.resource_rowcount, count)

    @staticmethod
    def schema_validator(resource):
        from ...utilities.table_schema import CastError, RowCaster
        schema = resource.spec["schema"]
        caster = RowCaster(schema)
        names = [field["name"] for field in schema["fields"]]
        known = set(names)
        for row in resource:
            try:
                caster.cast_row([row.get(name) for name in names])
            except CastError as error:
                logging.error("Failed to cast row %r", row)
                for number, detail in enumerate(error.errors, 1):
                    logging.error("%d) %s", number, detail)
                raise ValueError(row) from error
            for name in row.keys() - known:
                known.add(name)
                logging.warning("Encountered field %r, not in schema", name)
            yield row

    @staticmethod
    def get_attr(obj, prop, default=None):
        if prop is None:
            return None
        *outer, last = prop.split(".")
        for part in outer:
            obj = obj.get(part, {})
        return obj.get(last, default)

    @staticmethod
    def set_attr(obj, prop, value):
        if prop is not None:
            holder, last = _holder(obj, prop)
            holder[last] = value

    @staticmethod
    def inc_attr(obj, prop, value):
        if prop is not None:
            holder, last = _holder(obj, prop)
            holder[last] = holder.get(last, 0) + value

    @staticmethod
    def insert_hash_in_path(descriptor, hash):
        path = descriptor.get("path")
        if isinstance(path, list) and path:
            path = path[0]
        assert isinstance(path, str), "%r" % path
        folder, name = os.path.split(path)
        descriptor["path"] = os.path.join(folder, hash, name)


class FileDumper(DumperBase):
    """Writes a file per resource; subclasses say where, in `write_file_to_output`."""

    def write_file_to_output(self, filename, path):
        raise NotImplementedError()

    def prepare_datapackage(self, datapackage, params):
        datapackage = super().prepare_datapackage(datapackage, params)
        self.file_formatters = {}
        for resource in datapackage["resources"]:
            if streaming(resource):
                formatter = self.__formatter(resource, params)
                formatter.prepare_resource(resource)
                self.file_formatters[resource["name"]] = formatter
        return datapackage

    def __formatter(self, resource, params):
        name = params.get("format", "csv")
        if not params.get("force-format", True):
            name = os.path.splitext(get_path(resource))[1][1:]
        handler = self.file_format_handlers.get(name)
        if handler is None:
            raise ValueError("resource `%s` has format `%s`; known are %s" % (
                resource["name"], name, ", ".join(sorted(self.file_format_handlers))))
        if isinstance(handler, str):
            module, _, class_name = handler.rpartition(".")
            handler = getattr(importlib.import_module(module), class_name)
        return handler()

    def handle_resource(self, resource, spec, _, datapackage):
        formatter = self.file_formatters.get(spec["name"])
        if formatter is None:
            return resource
        fields = {field["name"]: field for field in spec["schema"]["fields"]}
        # Read back for the hash, the file has `\n` where a format wrote `\r\n`: that is part of
        # how this hash is defined.
        temp_file = tempfile.NamedTemporaryFile(mode="w+", delete=False, encoding="utf-8")
        writer = formatter.initialize_file(temp_file, list(fields))
        return self.rows_processor(resource, spec, temp_file, writer, fields, datapackage)

    def rows_processor(self, resource, spec, temp_file, writer, fields, datapackage):
        formatter = self.file_formatters[spec["name"]]
        try:
            for row in resource:
                formatter.write_row(writer, row, fields)
                yield row
            formatter.finalize_file(writer)
            temp_file.flush()
            size = os.path.getsize(temp_file.name)
            self.inc_attr(datapackage, self.datapackage_bytes, size)
            self.inc_attr(spec, self.resource_bytes, size)
            if self.resource_hash:
                digest = self.hash_handler(temp_file).hexdigest()
                if self.add_filehash_to_path:
                    self.insert_hash_in_path(spec, digest)
                self.set_attr(spec, self.resource_hash, digest)
            temp_file.close()
            self.write_file_to_output(temp_file.name, get_path(spec))
        finally:
            temp_file.close()
            os.unlink(temp_file.name)

    def handle_datapackage(self, datapackage, parameters, stats):
        if parameters.get("handle-non-tabular", False):
            self.copy_non_tabular_resources(datapackage)
        written = copy.deepcopy(datapackage)
        for resource in written["resources"]:
            resource.pop(PROP_STREAMING, None)
        indent = 2 if parameters.get("pretty-descriptor") else None
        with tempfile.NamedTemporaryFile(mode="w+", encoding="utf-8") as file:
            json.dump(written, file, indent=indent, sort_keys=True, ensure_ascii=False)
            file.flush()
            self.inc_attr(datapackage, self.datapackage_bytes, os.path.getsize(file.name))
            location = self.write_file_to_output(file.name, "datapackage.json")
        if location is not None:
            stats.setdefault(STATS_DPP_KEY, {})[STATS_OUT_DP_URL_KEY] = location
        super().handle_datapackage(datapackage, parameters, stats)

    def copy_non_tabular_resources(self, datapackage):
        from ...utilities.tables import open_source
        for resource in datapackage["resources"]:
            if streaming(resource):
                continue
            source = resource[PROP_STREAMED_FROM]
            with tempfile.NamedTemporaryFile() as copied:
                with open_source(source) as file:
                    shutil.copyfileobj(file, copied)
                copied.flush()
                if self.add_filehash_to_path:
                    self.insert_hash_in_path(resource, self.hash_handler(copied).hexdigest())
                size = os.path.getsize(copied.name)
                self.set_attr(resource, self.resource_bytes, size)
                self.inc_attr(datapackage, self.datapackage_bytes, size)
                local = copied.name if is_a_url(source) else source
                self.write_file_to_output(local, get_path(resource))

    @staticmethod
    def hash_handler(tfile):
        tfile.seek(0)
        hasher = hashlib.md5()
        for data in iter(lambda: tfile.read(65536), type(tfile.read(0))()):
            hasher.update(data.encode("utf-8") if isinstance(data, str) else data)
        return hasher
