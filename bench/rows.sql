-- The visits of the practice, a row each, every stratum worked out, faulty rows left out.
CREATE TEMP TABLE visit AS
WITH typed AS (
    SELECT "Client No" AS client, "Location" AS site, "Mode" AS modality, "Status" AS status,
        "Slot Refilled" = 'Yes' AS refilled, "Reminder" IS NOT NULL AS reminded,
        try_cast("Start" AS TIMESTAMP)::DATE AS day, try_cast("Booked" AS TIMESTAMP)::DATE AS booked
    FROM read_csv('$appointments', all_varchar = true) WHERE "Status" <> 'see file'
), banded AS (
    SELECT typed.*, day - booked AS wait, year(day) - year("Date of Birth"::DATE) AS age, "Gender" AS sex,
        "Ethnicity" AS race_ethnicity, "Language" AS language, "Payer" AS payer
    FROM typed JOIN read_csv('$patients', all_varchar = true) ON "Client No" = client
    WHERE day IS NOT NULL AND booked <= day
)
SELECT substr(client, 2)::INTEGER AS patient, site, modality, sex, race_ethnicity, language, payer, day,
    CASE WHEN age >= 90 THEN '90+' WHEN age >= 75 THEN '75-89' WHEN age >= 65 THEN '65-74' WHEN age >= 55 THEN '55-64'
        WHEN age >= 45 THEN '45-54' WHEN age >= 35 THEN '35-44' WHEN age >= 25 THEN '25-34' WHEN age >= 18 THEN '18-24'
        ELSE '0-17' END AS age_band,
    CASE WHEN wait >= 30 THEN '30+' WHEN wait >= 14 THEN '14-29' WHEN wait >= 7 THEN '7-13' WHEN wait >= 3 THEN '3-6'
        WHEN wait >= 1 THEN '1-2' ELSE '0' END AS lead_time,
    CASE WHEN reminded THEN 'sms' ELSE 'none' END AS exposure,
    (status = 'Arrived')::INTEGER AS attended, (status = 'No show')::INTEGER AS no_show,
    (status = 'Late cancel')::INTEGER AS late_cancel,
    (status IN ('No show', 'Late cancel') AND NOT coalesce(refilled, false))::INTEGER AS slots_lost, wait::INTEGER AS wait
FROM banded;

-- Courses of care: a gap of more than 60 days between visits begins a new one; the last 60 days tell nothing of leaving.
CREATE TEMP TABLE episode AS
WITH come AS (
    SELECT *, coalesce(day - lag(day) OVER mine > 60, true)::INTEGER AS starts
    FROM visit WHERE attended = 1 WINDOW mine AS (PARTITION BY patient, site ORDER BY day)
), numbered AS (
    SELECT *, sum(starts) OVER (PARTITION BY patient, site ORDER BY day) AS number FROM come
), followed AS (
    SELECT max(day) - 60 AS until FROM visit
), course AS (
    SELECT patient, site, min(day) AS first_day, max(day) AS last_day, count(*) AS visits, any_value(until) AS until,
        arg_min(modality, day) AS modality, arg_min(age_band, day) AS age_band, any_value(sex) AS sex,
        any_value(race_ethnicity) AS race_ethnicity, any_value(language) AS language, any_value(payer) AS payer,
        arg_min(lead_time, day) AS lead_time, arg_min(exposure, day) AS exposure
    FROM numbered, followed GROUP BY patient, site, number
)
SELECT * EXCLUDE (first_day, last_day, visits, until),
    (greatest(least(last_day, until) - first_day, 0) // 7 + 1)::INTEGER AS weeks,
    (last_day < until)::INTEGER AS ended, (visits = 1 AND last_day < until)::INTEGER AS left_after_first
FROM course;
