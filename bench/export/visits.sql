-- When does each patient come? Weekly for `length` weeks, then not for 14, then again; in the order of time.
CREATE TEMP TABLE visit AS
WITH numbered AS (
    SELECT n // 25 AS p, n % 25 AS j, draw(n // 25) AS person, draw(n + 7) AS h FROM range($rows) AS rows(n)
), course AS (
    SELECT *, CASE WHEN person % 20 < 3 THEN 1 WHEN person % 20 < 8 THEN 5 WHEN person % 20 < 13 THEN 8
        WHEN person % 20 < 17 THEN 12 ELSE 25 END AS length
    FROM numbered
), dated AS (
    SELECT p, h, person // 3000 % 5 AS weekday,
        (person // 20 % 104 + CASE WHEN length > 1 THEN j // length * (length + 14) + j % length
            WHEN j = 0 THEN 0 ELSE 14 + j END) % 104 AS week
    FROM course
)
SELECT p::INTEGER AS p, h,
    (DATE '2024-01-01' + (week * 7 + weekday)::INTEGER)::TIMESTAMP + to_minutes((480 + 15 * (h // 7 % 38))::INTEGER) AS starts
FROM dated ORDER BY starts, p
