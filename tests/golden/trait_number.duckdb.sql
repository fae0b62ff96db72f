SELECT
  p.profile_id,
  CAST('' AS TEXT) AS member_key,
  p.lifetime_value AS lifetime_value,
  p.is_employee AS is_employee
FROM profiles.profiles AS p
WHERE
  (
    p.lifetime_value = 300
    AND p.lifetime_value > 50
    AND p.lifetime_value >= 300
    AND p.lifetime_value < 1200
    AND p.lifetime_value <= 300
    AND p.lifetime_value BETWEEN 1 AND 300
  )
  AND p.is_employee = FALSE
