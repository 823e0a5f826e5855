-- The practice's rows as the vault's tables hold them, faulty rows left out: what a data scientist would be given.
COPY (
    WITH typed AS (
        SELECT substr("Client No", 2)::INTEGER AS patient, "Location" AS site, lower(replace("Mode", ' ', '_')) AS modality, "Status" AS status,
            "Slot Refilled" = 'Yes' AS refilled, "Reminder" IS NOT NULL AS reminded,
            try_cast("Start" AS TIMESTAMP)::DATE AS starts_on, try_cast("Booked" AS TIMESTAMP)::DATE AS booked_on
        FROM read_csv('$appointments', all_varchar = true) WHERE "Status" <> 'see file'
    )
    SELECT * FROM typed WHERE starts_on IS NOT NULL AND booked_on <= starts_on
) TO '$folder/appointments.parquet';

COPY (
    SELECT substr("Client No", 2)::INTEGER AS patient, year("Date of Birth"::DATE)::INTEGER AS birth_year,
        lower("Gender") AS sex, lower("Ethnicity") AS race_ethnicity, lower("Language") AS language,
        lower("Payer") AS payer
    FROM read_csv('$patients', all_varchar = true)
) TO '$folder/patients.parquet';
