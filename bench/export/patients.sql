-- The patients as practice software writes them.
SELECT
    client(p) AS "Client No",
    given(p) AS "First Name",
    family(p) AS "Last Name",
    email(p) AS "Email",
    phone(p) AS "Phone",
    (1 + draw(p + 29) % 900) || ' ' || one_of(
        ['King Street West', 'Rue Saint-Denis', 'Queen Street', 'Elm Avenue', 'Harbour Road', 'Côte-des-Neiges'],
        draw(p + 31)) AS "Street",
    'M' || draw(p + 37) % 10 || 'K ' || draw(p + 41) % 10 || 'A' || draw(p + 43) % 10 AS "Postal Code",
    strftime(DATE '1932-01-01' + (draw(p + 47) % 27000)::INTEGER, '%Y-%m-%d') AS "Date of Birth",
    one_of(['F', 'F', 'F', 'M', 'M', 'X'], draw(p + 53)) AS "Gender",
    one_of(['English', 'English', 'English', 'French', 'Portuguese', 'Mandarin'], draw(p + 59)) AS "Language",
    one_of(['Public', 'Public', 'Private', 'Private', 'Self'], draw(p + 61)) AS "Payer",
    one_of(['White', 'White', 'Black', 'Asian', 'Indigenous', 'Declined'], draw(p + 67)) AS "Ethnicity"
FROM range($people) AS people(p)
