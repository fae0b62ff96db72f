SELECT
  p.profile_id,
  CAST('' AS STRING) AS member_key,
  p.first_order_at AS first_order_at
FROM profiles.profiles AS p
WHERE
  (
    DATE(TIMESTAMP(p.first_order_at, 'UTC'), 'Europe/Warsaw') < CAST(CAST('2026-06-15' AS DATE) + INTERVAL 365 DAY AS DATE)
    AND (
      (
        EXTRACT(MONTH FROM DATE(TIMESTAMP(p.first_order_at, 'UTC'), 'Europe/Warsaw')) = EXTRACT(MONTH FROM CAST(CAST('2026-06-15' AS DATE) + INTERVAL 365 DAY AS DATE))
        AND EXTRACT(DAY FROM DATE(TIMESTAMP(p.first_order_at, 'UTC'), 'Europe/Warsaw')) = EXTRACT(DAY FROM CAST(CAST('2026-06-15' AS DATE) + INTERVAL 365 DAY AS DATE))
      )
      OR (
        EXTRACT(MONTH FROM DATE(TIMESTAMP(p.first_order_at, 'UTC'), 'Europe/Warsaw')) = 2
        AND EXTRACT(DAY FROM DATE(TIMESTAMP(p.first_order_at, 'UTC'), 'Europe/Warsaw')) = 29
        AND EXTRACT(MONTH FROM CAST(CAST('2026-06-15' AS DATE) + INTERVAL 365 DAY AS DATE)) = 2
        AND EXTRACT(DAY FROM CAST(CAST('2026-06-15' AS DATE) + INTERVAL 365 DAY AS DATE)) = 28
        AND EXTRACT(MONTH FROM CAST(CAST('2026-06-15' AS DATE) + INTERVAL 366 DAY AS DATE)) = 3
      )
    )
  )
  AND EXTRACT(MONTH FROM DATE(TIMESTAMP(p.first_order_at, 'UTC'), 'Europe/Warsaw')) = EXTRACT(MONTH FROM CAST('2026-06-15' AS DATE))
