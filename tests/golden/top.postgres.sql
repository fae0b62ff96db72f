WITH rule_1 AS (
  SELECT DISTINCT
    e.profile_id
  FROM profiles.profile_event_spans AS e
  WHERE
    e.event = 'order_placed'
    AND e.first_at <= CAST('2026-06-15 04:30:00' AS TIMESTAMP)
)
SELECT
  t.profile_id,
  t.member_key
FROM (
  SELECT
    q.profile_id,
    q.member_key,
    q.top_by,
    ROW_NUMBER() OVER (ORDER BY q.top_by DESC NULLS LAST, q.profile_id ASC, q.member_key ASC) AS top_place,
    COUNT(*) OVER () AS top_size
  FROM (
    SELECT
      m.profile_id,
      CAST('' AS TEXT) AS member_key,
      p.lifetime_value AS top_by
    FROM rule_1 AS m
    INNER JOIN profiles.profiles AS p
      ON p.profile_id = m.profile_id
  ) AS q
) AS t
WHERE
  t.top_place <= 2 AND NOT t.top_by IS NULL
