SELECT
  p.profile_id,
  CAST('' AS STRING) AS member_key
FROM profiles.profiles AS p
WHERE
  POWER(SIN((
    p.latitude - 50.06
  ) * 0.008726646259971648), 2) + COS(p.latitude * 0.017453292519943295) * 0.6419850575205024 * POWER(SIN((
    p.longitude - 19.94
  ) * 0.008726646259971648), 2) <= 6.790353230227496e-05
