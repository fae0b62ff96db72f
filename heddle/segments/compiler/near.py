"""near: the great-circle distance of a profile's place, as the haversine formula gives it.

Compared before the root and the arcus are taken (both rise with the distance): only sines and cosines remain, which
every engine has, and no rounding can leave their domain at the antipodes.
"""

from math import cos, pi, radians, sin

from sqlglot import exp

from heddle.segments.compiler.scope import Scope
from heddle.segments.near import Near

EARTH_RADIUS_KM = 6371.0088  # the mean radius (IUGG)
LATITUDE, LONGITUDE = "latitude", "longitude"
_EVERYWHERE = 2.0


def is_near(near: Near, scope: Scope, alias: str) -> exp.Expr:
    """Null, so not true, for a profile whose place is not known."""
    latitude, longitude = point_of(near, scope)
    north = exp.column(scope.catalog.traits[LATITUDE].column, table=alias)
    east = exp.column(scope.catalog.traits[LONGITUDE].column, table=alias)
    across = exp.Mul(this=_cos(north), expression=exp.convert(cos(radians(latitude))))
    across = exp.Mul(this=across, expression=_half_sine_squared(east, longitude))
    haversine = exp.Add(this=_half_sine_squared(north, latitude), expression=across)
    return exp.LTE(this=haversine, expression=exp.convert(limit_of(float(near.within_km))))


def point_of(near: Near, scope: Scope) -> tuple[float, float]:
    """Degrees north and east: the city's, which a checked segment names without doubt, or the given ones."""
    if near.city is None:
        return float(near.lat or 0), float(near.lon or 0)
    (place,) = scope.catalog.places.named(near.city, near.country)
    return place.latitude, place.longitude


def limit_of(kilometres: float) -> float:
    """The haversine of a distance; from half way round the earth on, nothing is further away."""
    angle = kilometres / EARTH_RADIUS_KM
    return sin(angle / 2) ** 2 if angle < pi else _EVERYWHERE


def _half_sine_squared(degrees: exp.Expr, at: float) -> exp.Expr:
    difference = exp.paren(exp.Sub(this=degrees.copy(), expression=exp.convert(at)))
    half = exp.Mul(this=difference, expression=exp.convert(pi / 360))
    return exp.Pow(this=exp.Sin(this=half), expression=exp.convert(2))


def _cos(degrees: exp.Expr) -> exp.Expr:
    return exp.Cos(this=exp.Mul(this=degrees.copy(), expression=exp.convert(pi / 180)))
