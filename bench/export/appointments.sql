-- The appointments as practice software writes them: 20 columns, 6 rows in 10,000 faulty, one of them early on.
WITH drawn AS (
    SELECT rowid AS row, p, h, starts, h // 1000 % 10000 AS luck, h // 10000000 % 10000 AS other,
        one_of([0, 0, 1, 2, 3, 4, 5, 6, 7, 7, 7, 10, 13, 14, 14, 21, 28, 30, 42, 60], h // 100000000000) AS lead
    FROM visit
), told AS (
    SELECT *, lead >= 3 AND other < 6500 AS reminded FROM drawn
), judged AS (
    SELECT *, CASE WHEN luck < 700 + 30 * least(lead, 30) - 300 * reminded::INTEGER THEN 'No show'
        WHEN luck < 2400 THEN 'Late cancel' WHEN luck < 3200 THEN 'Cancelled by client'
        WHEN luck < 3400 THEN 'Cancelled by practice' WHEN luck < 3700 THEN 'Rescheduled'
        WHEN luck >= 9998 THEN 'see file' ELSE 'Arrived' END AS status
    FROM told
)
SELECT
    100000000 + row AS "Appointment No",
    client(p) AS "Client No",
    given(p) AS "First Name",
    family(p) AS "Last Name",
    email(p) AS "Email",
    phone(p) AS "Phone",
    'Dr. ' || family(p % 211) AS "Practitioner",
    'P' || (100 + p % 211) AS "Practitioner No",
    one_of(['North', 'North', 'North', 'North', 'Harbour', 'Harbour', 'Harbour', 'Oak Street', 'Oak Street', 'Riverside'], p)
        AS "Location",
    stamp(starts - to_days(CASE WHEN other >= 9998 THEN -2 ELSE lead END) - to_minutes((other % 90)::INTEGER)) AS "Booked",
    CASE WHEN other BETWEEN 9996 AND 9997 OR row = 4999 THEN '2025-02-30 10:00' ELSE stamp(starts) END AS "Start",
    one_of([30, 45, 50, 50, 60, 90], other) AS "Minutes",
    one_of(['In person', 'In person', 'In person', 'Video', 'Video', 'Phone'], draw(p + 23)) AS "Mode",
    status AS "Status",
    stamp(CASE status WHEN 'Arrived' THEN starts + INTERVAL 1 HOUR WHEN 'No show' THEN starts + INTERVAL 20 MINUTE
        WHEN 'Late cancel' THEN starts - to_hours((other % 20)::INTEGER)
        ELSE starts - to_hours((30 + other % 90)::INTEGER) END) AS "Status Changed",
    format('{:.2f}', 80.0 + 5 * (other % 25)) AS "Fee",
    CASE WHEN status IN ('No show', 'Late cancel') THEN one_of(['Yes', 'No', 'No', 'No', 'No'], other) END AS "Slot Refilled",
    one_of(['Desk', 'Desk', 'Online', 'Assistant'], other) AS "Booked Via",
    CASE WHEN reminded THEN 'SMS' END AS "Reminder",
    CASE WHEN h % 5 < 3 THEN one_of([
        'Asked to be seen earlier, if a slot opens',
        'Prefers to be called "Sam"; has moved, new address on file',
        'Called back at noon, left a message with reception',
        E'Partner joins, needs a larger room\nand step-free access',
        'Card declined - will pay at next visit',
        'Interpreter booked (Portuguese)'], h // 31) END AS "Notes"
FROM judged
