"""near -> how far away the person's place is; the place itself is not shown."""

from math import asin, cos, radians, sin, sqrt

from heddle.segments.compiler.near import EARTH_RADIUS_KM, LATITUDE, LONGITUDE, point_of
from heddle.segments.explain.person import Person
from heddle.segments.explain.trait_fact import raw_value
from heddle.segments.near import NearRule


def place_fact(rule: NearRule, person: Person) -> str:
    traits = person.scope.catalog.traits
    latitude, longitude = (raw_value(traits[name], person) for name in (LATITUDE, LONGITUDE))
    if latitude is None or longitude is None:
        return "the place is not known"
    return f"{_distance((latitude, longitude), point_of(rule.near, person.scope)):,.1f} km away"


def _distance(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Great-circle kilometres between two points in degrees (haversine)."""
    (north, east), (to_north, to_east) = ((radians(a), radians(b)) for a, b in (one, other))
    across = cos(north) * cos(to_north) * sin((to_east - east) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * asin(min(1.0, sqrt(sin((to_north - north) / 2) ** 2 + across)))
