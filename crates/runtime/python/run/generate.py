"""Turns the description of a source into pipelines by the plug-in that understands it.

Reads `{"module": ..., "source": ..., "base": ...}` on stdin and writes a list of
`{"id": ..., "details": ..., "source": ..., "errors": [{"title": ..., "text": ...}]}` on stdout.
"""
import importlib
import json
import os
import sys
from contextlib import redirect_stdout

sys.path[0] = os.getcwd()

# A plug-in may hand a description on to another one, as `:module:`.
DEPTH_MAX = 8
PIPELINES_MAX = 100_000


def failure(pipeline_id, title, text):
    return {"id": pipeline_id, "details": {"pipeline": []},
            "errors": [{"title": title, "text": text}]}


def generate(module, source, base, depth=0):
    pipeline_id = "/".join(part for part in (base, module) if part)
    try:
        generator = importlib.import_module("datapackage_pipelines_" + module).Generator()
    except (ImportError, AttributeError) as error:
        yield failure(pipeline_id, "Unknown source kind",
                      "`datapackage_pipelines_%s` has no generator that can be used: %s; "
                      "install the plug-in for %s" % (module, error, sys.executable))
        return
    try:
        if not generator.internal_validate(source):
            yield failure(pipeline_id, "Invalid Source",
                          "Invalid source description for `%s`" % module)
            return
        for pipeline_id, details in generator.internal_generate(source, base):
            if pipeline_id[:1] == ":" == pipeline_id[-1:] and depth < DEPTH_MAX:
                yield from generate(pipeline_id[1:-1], details, base, depth + 1)
            else:
                yield {"id": pipeline_id, "details": details, "source": source, "errors": []}
    except Exception as error:
        yield failure(pipeline_id, "Error converting source",
                      "%s: %s" % (type(error).__name__, error))


def main():
    request = json.load(sys.stdin)
    found = []
    with redirect_stdout(sys.stderr):
        for pipeline in generate(request["module"], request["source"], request["base"]):
            found.append(pipeline)
            if len(found) > PIPELINES_MAX:
                sys.exit("the generator makes more than %d pipelines" % PIPELINES_MAX)
    json.dump(found, sys.stdout, default=str)


if __name__ == "__main__":
    main()
