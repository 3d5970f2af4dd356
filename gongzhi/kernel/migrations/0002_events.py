"""Events: monthly partitions, append-only for everybody, readable hashes; numbers from sequences made on demand."""

from django.db import migrations

FORWARD = r"""
CREATE SEQUENCE kernel_event_id_seq;
CREATE TABLE kernel_event (
    id bigint NOT NULL DEFAULT nextval('kernel_event_id_seq'),
    at timestamptz NOT NULL,
    happened_at timestamptz,
    kind varchar(40) NOT NULL,
    procedure varchar(40) NOT NULL,
    version smallint NOT NULL,
    record_id bigint NOT NULL,
    root_id bigint NOT NULL,
    seq integer NOT NULL CHECK (seq > 0),
    verb varchar(32) NOT NULL,
    before varchar(24) NOT NULL,
    after varchar(24) NOT NULL,
    actor_id bigint,
    duty_id bigint,
    on_behalf_of bigint,
    place_id bigint,
    place_path text COLLATE "C" NOT NULL,
    origin_id bigint,
    body_digest bytea,
    prev bytea NOT NULL,
    hash bytea NOT NULL CHECK (octet_length(hash) = 32),
    PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);
ALTER SEQUENCE kernel_event_id_seq OWNED BY kernel_event.id;
CREATE TABLE kernel_event_default PARTITION OF kernel_event DEFAULT;
CREATE INDEX kernel_event_root ON kernel_event (root_id, at);
CREATE INDEX kernel_event_record ON kernel_event (record_id, seq);
CREATE INDEX kernel_event_at ON kernel_event (at);

CREATE FUNCTION kernel_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'events are append-only' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER kernel_event_fixed BEFORE UPDATE OR DELETE ON kernel_event
    FOR EACH ROW EXECUTE FUNCTION kernel_refuse();
CREATE TRIGGER kernel_event_kept BEFORE TRUNCATE ON kernel_event FOR EACH STATEMENT EXECUTE FUNCTION kernel_refuse();
CREATE TRIGGER kernel_event_default_kept BEFORE TRUNCATE ON kernel_event_default
    FOR EACH STATEMENT EXECUTE FUNCTION kernel_refuse();

-- Runs with the rights of the tables' owner, so that the serving role may ask for months but never owns an event.
CREATE FUNCTION kernel_partitions(first date, last date) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    month date := date_trunc('month', first)::date;
    name text;
    made integer := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext(current_schema() || '.kernel_event'));
    WHILE month <= last LOOP
        name := 'kernel_event_' || to_char(month, 'YYYYMM');
        IF to_regclass(quote_ident(name)) IS NULL THEN
            EXECUTE format('CREATE TABLE %I PARTITION OF kernel_event FOR VALUES FROM (%L) TO (%L)', name,
                month::timestamp AT TIME ZONE 'Asia/Shanghai',
                (month + interval '1 month') AT TIME ZONE 'Asia/Shanghai');
            EXECUTE format('CREATE TRIGGER %I BEFORE TRUNCATE ON %I FOR EACH STATEMENT '
                'EXECUTE FUNCTION kernel_refuse()', name || '_kept', name);
            made := made + 1;
        END IF;
        month := (month + interval '1 month')::date;
    END LOOP;
    RETURN made;
END $$;
SELECT kernel_partitions((now() AT TIME ZONE 'Asia/Shanghai')::date,
    ((now() AT TIME ZONE 'Asia/Shanghai') + interval '24 months')::date);

CREATE FUNCTION kernel_number(kind text, year integer) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    name text := format('kernel_number_%s_%s', kind, year);
BEGIN
    IF kind !~ '^[a-z_]{1,30}$' THEN
        RAISE EXCEPTION 'no such kind of number: %', kind;
    END IF;
    IF to_regclass(quote_ident(name)) IS NULL THEN
        PERFORM pg_advisory_xact_lock(hashtext(current_schema() || '.' || name));
        EXECUTE format('CREATE SEQUENCE IF NOT EXISTS %I', name);
    END IF;
    RETURN nextval(quote_ident(name)::regclass);
END $$;
"""
BACKWARD = """
DROP FUNCTION kernel_number(text, integer);
DROP FUNCTION kernel_partitions(date, date);
DROP TABLE kernel_event;
DROP FUNCTION kernel_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [("kernel", "0001_kernel")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
