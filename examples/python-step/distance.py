"""Adds the great-circle distance between the two ends of each route, in whole kilometres."""

from math import asin, cos, radians, sin, sqrt

from datapackage_pipelines.wrapper import process

EARTH_RADIUS_KM = 6371.0


def modify_datapackage(datapackage, parameters, stats):
    for resource in datapackage["resources"]:
        resource["schema"]["fields"].append({"name": parameters["target"], "type": "integer"})
    stats["longest"] = 0
    return datapackage


def process_row(row, row_index, spec, resource_index, parameters, stats):
    kilometres = round(
        distance(
            float(row["from_latitude"]),
            float(row["from_longitude"]),
            float(row["to_latitude"]),
            float(row["to_longitude"]),
        )
    )
    row[parameters["target"]] = kilometres
    stats["longest"] = max(stats["longest"], kilometres)
    return row


def distance(latitude, longitude, other_latitude, other_longitude):
    """The haversine formula, on a sphere."""
    height = sin(radians(other_latitude - latitude) / 2) ** 2
    width = sin(radians(other_longitude - longitude) / 2) ** 2
    width *= cos(radians(latitude)) * cos(radians(other_latitude))
    return 2 * EARTH_RADIUS_KM * asin(sqrt(height + width))


process(modify_datapackage=modify_datapackage, process_row=process_row)
