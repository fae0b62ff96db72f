SELECT
  p.profile_id,
  CAST('' AS TEXT) AS member_key,
  p.renews_on AS renews_on
FROM profiles.profiles AS p
WHERE
  p.renews_on > CAST(CAST('2026-06-15' AS DATE) + INTERVAL '3 DAY' AS DATE)
