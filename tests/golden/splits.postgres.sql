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
          POSITION(SUBSTRING(h.split_hash FROM 1 FOR 1) IN '0123456789abcdef') - 1
        ) * 16777216 + (
          POSITION(SUBSTRING(h.split_hash FROM 2 FOR 1) IN '0123456789abcdef') - 1
        ) * 1048576 + (
          POSITION(SUBSTRING(h.split_hash FROM 3 FOR 1) IN '0123456789abcdef') - 1
        ) * 65536 + (
          POSITION(SUBSTRING(h.split_hash FROM 4 FOR 1) IN '0123456789abcdef') - 1
        ) * 4096 + (
          POSITION(SUBSTRING(h.split_hash FROM 5 FOR 1) IN '0123456789abcdef') - 1
        ) * 256 + (
          POSITION(SUBSTRING(h.split_hash FROM 6 FOR 1) IN '0123456789abcdef') - 1
        ) * 16 + (
          POSITION(SUBSTRING(h.split_hash FROM 7 FOR 1) IN '0123456789abcdef') - 1
        ) * 1
      ) % 10000 < 5000
  ) AS q
) AS h
WHERE
  (
    (
      POSITION(SUBSTRING(h.split_hash FROM 1 FOR 1) IN '0123456789abcdef') - 1
    ) * 16777216 + (
      POSITION(SUBSTRING(h.split_hash FROM 2 FOR 1) IN '0123456789abcdef') - 1
    ) * 1048576 + (
      POSITION(SUBSTRING(h.split_hash FROM 3 FOR 1) IN '0123456789abcdef') - 1
    ) * 65536 + (
      POSITION(SUBSTRING(h.split_hash FROM 4 FOR 1) IN '0123456789abcdef') - 1
    ) * 4096 + (
      POSITION(SUBSTRING(h.split_hash FROM 5 FOR 1) IN '0123456789abcdef') - 1
    ) * 256 + (
      POSITION(SUBSTRING(h.split_hash FROM 6 FOR 1) IN '0123456789abcdef') - 1
    ) * 16 + (
      POSITION(SUBSTRING(h.split_hash FROM 7 FOR 1) IN '0123456789abcdef') - 1
    ) * 1
  ) % 10000 >= 2000
