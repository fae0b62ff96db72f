WITH rule_1 AS (
  SELECT
    r.profile_id
  FROM profiles.profile_reachability AS r
  WHERE
    r.channel = 'email' AND r.purpose = 'service' AND r.is_reachable
)
SELECT
  p.profile_id,
  CAST('' AS STRING) AS member_key
FROM profiles.profiles AS p
WHERE
  EXISTS(
    SELECT
      1
    FROM rule_1 AS r
    WHERE
      r.profile_id = p.profile_id
  )
