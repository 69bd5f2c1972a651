from .wrapper import (
    ProcessorContext, get_dependency_datapackage_url, ingest, process, spew,
)

__all__ = ["ProcessorContext", "get_dependency_datapackage_url", "ingest", "process", "spew"]
