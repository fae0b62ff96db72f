SELECT
  p.profile_id,
  CAST('' AS TEXT) AS member_key,
  p.first_order_at AS first_order_at
FROM profiles.profiles AS p
WHERE
  (
    p.first_order_at > CAST('2026-06-15 04:30:00' AS TIMESTAMP) - INTERVAL '7' DAY
    AND p.first_order_at <= CAST('2026-06-15 04:30:00' AS TIMESTAMP)
  )
  AND p.first_order_at <= CAST('2026-06-15 04:30:00' AS TIMESTAMP) - INTERVAL '6' HOUR
  AND (
    p.first_order_at >= CAST('2026-06-13 22:00:00' AS TIMESTAMP)
    AND p.first_order_at < CAST('2026-06-14 22:00:00' AS TIMESTAMP)
  )
  AND p.first_order_at < CAST('2026-06-14 22:00:00' AS TIMESTAMP)
  AND p.first_order_at >= CAST('2026-06-13 22:00:00' AS TIMESTAMP)
