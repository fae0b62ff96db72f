SELECT
  p.profile_id,
  CAST('' AS VARCHAR) AS member_key,
  p.first_order_at AS first_order_at
FROM profiles.profiles AS p
WHERE
  (
    CAST(CONVERT_TIMEZONE('UTC', 'Europe/Warsaw', p.first_order_at) AS DATE) < CAST(CAST('2026-06-15' AS DATE) + INTERVAL '365 DAY' AS DATE)
    AND (
      (
        DATE_PART(MONTH, CAST(CONVERT_TIMEZONE('UTC', 'Europe/Warsaw', p.first_order_at) AS DATE)) = DATE_PART(MONTH, CAST(CAST('2026-06-15' AS DATE) + INTERVAL '365 DAY' AS DATE))
        AND DATE_PART(DAY, CAST(CONVERT_TIMEZONE('UTC', 'Europe/Warsaw', p.first_order_at) AS DATE)) = DATE_PART(DAY, CAST(CAST('2026-06-15' AS DATE) + INTERVAL '365 DAY' AS DATE))
      )
      OR (
        DATE_PART(MONTH, CAST(CONVERT_TIMEZONE('UTC', 'Europe/Warsaw', p.first_order_at) AS DATE)) = 2
        AND DATE_PART(DAY, CAST(CONVERT_TIMEZONE('UTC', 'Europe/Warsaw', p.first_order_at) AS DATE)) = 29
        AND DATE_PART(MONTH, CAST(CAST('2026-06-15' AS DATE) + INTERVAL '365 DAY' AS DATE)) = 2
        AND DATE_PART(DAY, CAST(CAST('2026-06-15' AS DATE) + INTERVAL '365 DAY' AS DATE)) = 28
        AND DATE_PART(MONTH, CAST(CAST('2026-06-15' AS DATE) + INTERVAL '366 DAY' AS DATE)) = 3
      )
    )
  )
  AND DATE_PART(MONTH, CAST(CONVERT_TIMEZONE('UTC', 'Europe/Warsaw', p.first_order_at) AS DATE)) = DATE_PART(MONTH, CAST('2026-06-15' AS DATE))
