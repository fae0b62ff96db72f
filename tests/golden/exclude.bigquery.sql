WITH rule_1 AS (
  SELECT DISTINCT
    e.profile_id
  FROM profiles.profile_event_spans AS e
  WHERE
    e.event = 'order_placed'
    AND e.first_at <= CAST('2026-06-15 04:30:00' AS DATETIME)
), rule_2 AS (
  SELECT DISTINCT
    s.profile_id
  FROM segments.segment_club AS s
  WHERE
    s.entered_at <= CAST('2026-06-15 04:30:00' AS DATETIME)
    AND (
      s.left_at IS NULL OR s.left_at > CAST('2026-06-15 04:30:00' AS DATETIME)
    )
)
SELECT
  m.profile_id,
  CAST('' AS STRING) AS member_key
FROM rule_1 AS m
WHERE
  NOT EXISTS(
    SELECT
      1
    FROM rule_2 AS r
    WHERE
      r.profile_id = m.profile_id
  )
