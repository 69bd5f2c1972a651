from datapackage_pipelines import installed_too

__path__ = installed_too(__path__, "lib", "dump")
