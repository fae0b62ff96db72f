WITH rule_1 AS (
  SELECT DISTINCT
    s.profile_id
  FROM segments.segment_club AS s
  WHERE
    s.left_at IS NULL
)
SELECT
  p.profile_id,
  CAST('' AS STRING) AS member_key
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
