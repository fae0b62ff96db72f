SELECT
  p.profile_id,
  CAST('' AS TEXT) AS member_key
FROM profiles.profiles AS p
WHERE
  (
    CASE
      WHEN 'toys' IS NULL
      THEN NULL
      ELSE COALESCE('toys' = ANY(
        p.interests
      ), FALSE)
    END
  )
  AND (
    CASE
      WHEN 'toys' IS NULL
      THEN NULL
      ELSE COALESCE('toys' = ANY(
        p.interests
      ), FALSE)
    END
    AND CASE
      WHEN 'books' IS NULL
      THEN NULL
      ELSE COALESCE('books' = ANY(
        p.interests
      ), FALSE)
    END
  )
  AND ARRAY_LENGTH(p.interests, 1) >= 2
