WITH rule_1 AS (
  SELECT DISTINCT
    e.profile_id
  FROM profiles.profile_event_spans AS e
  WHERE
    e.event = 'order_placed'
    AND e.first_at <= CAST('2026-06-15 04:30:00' AS TIMESTAMP)
)
SELECT
  m.profile_id,
  CAST('' AS TEXT) AS member_key
FROM rule_1 AS m
INNER JOIN profiles.profiles AS p
  ON p.profile_id = m.profile_id
WHERE
  POWER(SIN((
    p.latitude - 0.0
  ) * 0.008726646259971648), 2) + COS(p.latitude * 0.017453292519943295) * 1.0 * POWER(SIN((
    p.longitude - 90.0
  ) * 0.008726646259971648), 2) <= 0.49862210213905805
