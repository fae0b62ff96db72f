SELECT
  h.profile_id,
  h.member_key,
  h.plan
FROM (
  SELECT
    q.profile_id,
    q.member_key,
    q.plan,
    MD5('second:' || q.profile_id) AS split_hash
  FROM (
    SELECT
      h.profile_id,
      h.member_key,
      h.plan
    FROM (
      SELECT
        q.profile_id,
        q.member_key,
        q.plan,
        MD5('first:' || q.profile_id) AS split_hash
      FROM (
        SELECT
          p.profile_id,
          CAST('' AS TEXT) AS member_key,
          p.plan AS plan
        FROM profiles.profiles AS p
        WHERE
          NOT p.plan IS NULL
      ) AS q
    ) AS h
    WHERE
      (
        (
          STRPOS('0123456789abcdef', SUBSTRING(h.split_hash, 1, 1)) - 1
        ) * 16777216 + (
          STRPOS('0123456789abcdef', SUBSTRING(h.split_hash, 2, 1)) - 1
        ) * 1048576 + (
          STRPOS('0123456789abcdef', SUBSTRING(h.split_hash, 3, 1)) - 1
        ) * 65536 + (
          STRPOS('0123456789abcdef', SUBSTRING(h.split_hash, 4, 1)) - 1
        ) * 4096 + (
          STRPOS('0123456789abcdef', SUBSTRING(h.split_hash, 5, 1)) - 1
        ) * 256 + (
          STRPOS('0123456789abcdef', SUBSTRING(h.split_hash, 6, 1)) - 1
        ) * 16 + (
          STRPOS('0123456789abcdef', SUBSTRING(h.split_hash, 7, 1)) - 1
        ) * 1
      ) % 10000 < 5000
  ) AS q
) AS h
WHERE
  (
    (
      STRPOS('0123456789abcdef', SUBSTRING(h.split_hash, 1, 1)) - 1
    ) * 16777216 + (
      STRPOS('0123456789abcdef', SUBSTRING(h.split_hash, 2, 1)) - 1
    ) * 1048576 + (
      STRPOS('0123456789abcdef', SUBSTRING(h.split_hash, 3, 1)) - 1
    ) * 65536 + (
      STRPOS('0123456789abcdef', SUBSTRING(h.split_hash, 4, 1)) - 1
    ) * 4096 + (
      STRPOS('0123456789abcdef', SUBSTRING(h.split_hash, 5, 1)) - 1
    ) * 256 + (
      STRPOS('0123456789abcdef', SUBSTRING(h.split_hash, 6, 1)) - 1
    ) * 16 + (
      STRPOS('0123456789abcdef', SUBSTRING(h.split_hash, 7, 1)) - 1
    ) * 1
  ) % 10000 >= 2000
