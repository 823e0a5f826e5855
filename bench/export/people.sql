-- Who is number p? The same words on every export that names them. draw() gives every number its own luck.
CREATE TEMP MACRO draw(x) AS (hash(x::BIGINT) >> 2)::BIGINT;
CREATE TEMP MACRO one_of(words, luck) AS list_extract(words, (luck % len(words) + 1)::BIGINT);
CREATE TEMP MACRO given(p) AS one_of([
    'Ana', 'José', 'Zoë', 'Ming', 'Priya', 'Olu', 'Siobhán', 'Łukasz', 'Marie-Ève', 'Noah', 'Emma', 'Liam', 'Fatima',
    'Ahmed', 'Chloé', 'Sven', 'Ines', 'Tom', 'Ruth', 'Yuki'], draw(p + 11));
CREATE TEMP MACRO family(p) AS one_of([
    'Silva', 'O''Brien', 'Tremblay', 'Nguyễn', 'Singh', 'Okafor', 'Müller', 'Kowalski', 'D''Angelo', 'Smith', 'Roy',
    'Chen', 'Haddad', 'Lévesque', 'Jones', 'Ito'], draw(p + 13));
CREATE TEMP MACRO email(p) AS
    lower(strip_accents(replace(given(p) || '.' || family(p), '''', ''))) || p || '@example.org';
CREATE TEMP MACRO phone(p) AS
    '(' || (200 + draw(p + 17) % 700) || ') 555-' || lpad((draw(p + 19) % 10000)::VARCHAR, 4, '0');
CREATE TEMP MACRO client(p) AS 'C' || lpad((p + 1)::VARCHAR, 8, '0');
CREATE TEMP MACRO stamp(moment) AS strftime(moment, '%Y-%m-%d %H:%M');
