WITH rule_1 AS (
  SELECT DISTINCT
    s.profile_id
  FROM segments.segment_club AS s
  WHERE
    s.entered_at <= CAST('2026-06-15 04:30:00' AS TIMESTAMP)
    AND (
      s.left_at IS NULL OR s.left_at > CAST('2026-06-15 04:30:00' AS TIMESTAMP)
    )
), rule_2 AS (
  SELECT DISTINCT
    s.profile_id
  FROM segments.segment_club AS s
  WHERE
    s.entered_at > CAST('2026-06-15 04:30:00' AS TIMESTAMP) - INTERVAL '7' DAY
    AND s.entered_at <= CAST('2026-06-15 04:30:00' AS TIMESTAMP)
), rule_3 AS (
  SELECT DISTINCT
    s.profile_id
  FROM segments.segment_club AS s
  WHERE
    s.left_at > CAST('2026-06-15 04:30:00' AS TIMESTAMP) - INTERVAL '30' DAY
    AND s.left_at <= CAST('2026-06-15 04:30:00' AS TIMESTAMP)
)
SELECT
  m.profile_id,
  CAST('' AS STRING) AS member_key
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
  AND NOT COALESCE(
    (
      EXISTS(
        SELECT
          1
        FROM rule_3 AS r
        WHERE
          r.profile_id = m.profile_id
      )
    ),
    FALSE
  )
