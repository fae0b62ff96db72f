WITH rule_1 AS (
  SELECT DISTINCT
    s.profile_id
  FROM segments.segment_club AS s
  WHERE
    s.entered_at <= CAST('2026-06-15 04:30:00' AS TIMESTAMP)
    AND (
      s.left_at IS NULL OR s.left_at > CAST('2026-06-15 04:30:00' AS TIMESTAMP)
    )
)
SELECT
  p.profile_id,
  CAST('' AS TEXT) AS member_key
FROM profiles.profiles AS p
WHERE
  (
    p.plan = 'trial'
    OR (
      EXISTS(
        SELECT
          1
        FROM rule_1 AS r
        WHERE
          r.profile_id = p.profile_id
      )
      AND NOT COALESCE((
        p.is_employee = TRUE
      ), FALSE)
    )
  )
