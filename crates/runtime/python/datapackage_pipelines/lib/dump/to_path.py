"""Writes the package into a folder."""
import os
import shutil
import sys

from datapackage_pipelines.lib.dump.dumper_base import FileDumper


class PathDumper(FileDumper):

    def initialize(self, params):
        super().initialize(params)
        self.out_path = params.get("out-path", ".")
        self.add_filehash_to_path = params.get("add-filehash-to-path", False)
        os.makedirs(self.out_path, exist_ok=True)

    def write_file_to_output(self, filename, path):
        path = os.path.join(self.out_path, path)
        if self.add_filehash_to_path and os.path.exists(path):
            return None
        os.makedirs(os.path.dirname(path), exist_ok=True)
        shutil.copyfile(filename, path)
        return path


if __name__ == "__main__":
    # Formatters are found beside the specification, as modules of a processor are.
    sys.path[0] = os.getcwd()
    PathDumper()()
