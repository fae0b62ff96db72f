WITH rule_1 AS (
  SELECT DISTINCT
    e.profile_id
  FROM profiles.profile_event_spans AS e
  WHERE
    e.event = 'cart_updated'
    AND e.first_at <= CAST('2026-06-15 04:30:00' AS TIMESTAMP)
), rule_2 AS (
  SELECT
    t.profile_id
  FROM (
    SELECT
      q.profile_id,
      q.top_by,
      ROW_NUMBER() OVER (ORDER BY q.top_by DESC, q.profile_id ASC, q.member_key ASC) AS top_place,
      COUNT(*) OVER () AS top_size
    FROM (
      SELECT
        p.profile_id,
        CAST('' AS TEXT) AS member_key,
        p.lifetime_value AS top_by
      FROM profiles.profiles AS p
    ) AS q
  ) AS t
  WHERE
    (
      t.top_place - 1
    ) * 100 < t.top_size * 50.0 AND NOT t.top_by IS NULL
)
SELECT
  m.profile_id,
  CAST('' AS TEXT) AS member_key
FROM rule_1 AS m
INNER JOIN profiles.profiles AS p
  ON p.profile_id = m.profile_id
WHERE
  EXISTS(
    SELECT
      1
    FROM rule_2 AS r
    WHERE
      r.profile_id = m.profile_id
  )
