-- What people did (records) stands in the ledger too, in chain 2147483647. What was done before this is taken into the
-- chain as it stands now: the hashes are those of `domain/ledger.py`.
INSERT INTO chains VALUES (2147483647, 0, decode(repeat('00', 32), 'hex')) ON CONFLICT DO NOTHING;
DO $$
DECLARE
    nothing constant bytea := decode(repeat('00', 32), 'hex');
    nobody constant uuid := '00000000-0000-0000-0000-000000000000';
    done record;
    hashed bytea;
    last_number bigint := 0;
    last_link bytea := nothing;
BEGIN
    FOR done IN SELECT * FROM records ORDER BY at, record LOOP
        SELECT sha256(string_agg(int4send(octet_length(part)) || convert_to(part, 'UTF8'), '' ORDER BY place))
        INTO hashed
        FROM unnest(ARRAY[
            done.record::text, to_char(done.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') || '+00:00',
            coalesce(done.account::text, 'None'), done.login, done.role, coalesce(done.house, 'None'), done.what,
            coalesce(done.demand::text, 'None'), coalesce(done.detail, 'None')
        ]) WITH ORDINALITY AS parts (part, place);
        last_number := last_number + 1;
        last_link := sha256(last_link || int4send(2147483647) || int8send(last_number)
            || uuid_send(coalesce(done.demand, nobody)) || uuid_send(done.record) || nothing || hashed);
        INSERT INTO ledger (chain, number, household, event, record, line, link)
        VALUES (2147483647, last_number, coalesce(done.demand, nobody), done.record, nothing, hashed, last_link);
    END LOOP;
    UPDATE chains SET number = last_number, link = last_link WHERE chain = 2147483647;
END
$$;
