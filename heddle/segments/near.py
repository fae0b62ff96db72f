"""`near`: people within a distance of a city or of a point."""

from typing import ClassVar

from pydantic import Field, model_validator

from heddle.segments.values import Number, Strict

HALF_THE_EARTH_KM = 20_016


class Near(Strict):
    """`{city: Kraków, within_km: 25}` or `{lat: 50.06, lon: 19.94, within_km: 25}`"""

    city: str | None = Field(None, min_length=1, max_length=100)
    country: str | None = Field(None, pattern="^[A-Za-z]{2}$")
    lat: Number | None = None
    lon: Number | None = None
    within_km: Number

    @model_validator(mode="after")
    def _one_place(self) -> "Near":
        point = (self.lat is not None, self.lon is not None)
        if (self.city is None) == (point == (False, False)) or point[0] != point[1]:
            raise ValueError("either `city`, or `lat` and `lon`, and `within_km`")
        if self.country is not None and self.city is None:
            raise ValueError("`country` goes with `city`")
        if self.lat is not None and self.lon is not None and not (abs(self.lat) <= 90 and abs(self.lon) <= 180):
            raise ValueError("`lat` is between -90 and 90, `lon` between -180 and 180 (degrees north and east)")
        if not 0 < self.within_km <= HALF_THE_EARTH_KM:
            raise ValueError(f"`within_km` is above 0 and at most {HALF_THE_EARTH_KM}, half way round the earth")
        return self


class NearRule(Strict):
    verb: ClassVar[str] = "near"
    near: Near
