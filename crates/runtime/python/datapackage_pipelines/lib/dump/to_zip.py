"""Writes the package into an archive."""
import os
import sys
import zipfile

from datapackage_pipelines.lib.dump.dumper_base import FileDumper


class ZipDumper(FileDumper):

    def initialize(self, params):
        super().initialize(params)
        self.zip_file = zipfile.ZipFile(params["out-file"], "w")

    def write_file_to_output(self, filename, path):
        self.zip_file.write(filename, arcname=path, compress_type=zipfile.ZIP_DEFLATED)

    def finalize(self):
        self.zip_file.close()
        super().finalize()


if __name__ == "__main__":
    # Formatters are found beside the specification, as modules of a processor are.
    sys.path[0] = os.getcwd()
    ZipDumper()()
