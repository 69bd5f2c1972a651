"""Log lines on stderr, without loading the module `logging` unless user code does.

Loading it takes as long as everything else here. When somebody imports it, it is configured on
the way, so that what user code logs has the form that the runner reads.
"""
import sys

_stderr = sys.stderr


def _configure(logging):
    # Not today's `sys.stderr`: inside a step that one turns what is printed into log lines.
    logging.basicConfig(level=logging.DEBUG, format="%(levelname)-8s:%(message)s",
                        stream=_stderr)


class _WhenImported:
    """Stands first among the finders of modules until `logging` is asked for."""

    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name != "logging":
            return None
        sys.meta_path.remove(cls)
        for finder in sys.meta_path:
            spec = finder.find_spec(name, path, target)
            if spec is not None:
                load = spec.loader.exec_module

                def load_and_configure(module):
                    load(module)
                    _configure(module)

                spec.loader.exec_module = load_and_configure
                return spec
        return None


if "logging" in sys.modules:
    _configure(sys.modules["logging"])
else:
    sys.meta_path.insert(0, _WhenImported)


def _log(level, message, values):
    if "logging" in sys.modules:
        import logging
        logging.log(getattr(logging, level), message, *values)
    else:
        _stderr.write("%-8s:%s\n" % (level, message % values if values else message))
        _stderr.flush()


def info(message, *values):
    _log("INFO", message, values)


def error(message, *values):
    _log("ERROR", message, values)
