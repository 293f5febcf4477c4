-- Fills every large table as a month of traffic would, to measure what size costs:
--   psql -v rows=1000000 -f tests/bench/fill_tables.sql "$DATABASE_URL"
-- Once, in a database that otpctl migrate has prepared, before programs use it; as superuser. 10^6 rows take about half a minute.
--
-- rows verifications of 30 days with one request each and an attempt or two, 1.5 events a request, a number's budget each, and the rest in
-- proportion. Three in four had their code entered; of the others, those of the last day are still pending. Nothing is younger than
-- two hours: no sweep has anything to do with it.
--
-- Numbers lie between all others, as a random one would, and end in 7; those of a measurement should not. Request ids are random, as
-- uuid4() of an app makes them; ids of verifications are ordered by time, as ours are.
--
-- Primary keys and indexes are taken down and built again by sorting: row by row each of them would be written many times over, a page image
-- after every checkpoint.
\set ON_ERROR_STOP on
\if :{?rows}
\else
  \set rows 1000000
\endif
\timing on
set synchronous_commit = off;
set maintenance_work_mem = '1GB';
set max_parallel_maintenance_workers = 2;
set work_mem = '256MB';
set jit = off;
set client_min_messages = warning;
set search_path = otp, pg_catalog, pg_temp;

-- Row i of :rows, from the oldest on.
create function pg_temp.fill_number(i bigint) returns text language sql immutable parallel safe
return '+1' || (2000000000 + (i * 654435761 % 799999999) * 10 + 7);
create function pg_temp.fill_at(i bigint, many bigint) returns timestamptz language sql stable parallel safe
return now() - interval '2 h' - (many - i) * (interval '30 days' / many);
create function pg_temp.fill_request(i bigint) returns uuid language sql immutable parallel safe
return md5('request ' || i)::uuid;
create function pg_temp.fill_verification(i bigint, at timestamptz) returns uuid language sql immutable parallel safe
return (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '7' || substr(md5('verification ' || i), 1, 3) || 'a'
        || substr(md5('verification ' || i), 4, 15))::uuid;
create function pg_temp.fill_tenant(i bigint) returns text language sql immutable parallel safe
return case when i % 10 < 7 then 'acme' else 'tenant-' || i % 97 end;
create function pg_temp.fill_provider(i bigint) returns text language sql immutable parallel safe
return case when i % 4 = 1 then 'gupshup' else 'twilio' end;
create function pg_temp.fill_message(i bigint) returns text language sql immutable parallel safe
return case when i % 4 = 1 then '' else 'SM' end || md5('message ' || i);

-- Partitions of the days that ensure_partitions never looks at.
do $$
begin
  set local role otp_owner;
  for i in -31 .. -2 loop
    execute format('create table if not exists otp.%I partition of otp.delivery_event for values from (%L) to (%L)',
                   'delivery_event_' || to_char((now() at time zone 'UTC')::date + i, 'YYYYMMDD'),
                   (((now() at time zone 'UTC')::date + i)::timestamp at time zone 'UTC')::text,
                   (((now() at time zone 'UTC')::date + i + 1)::timestamp at time zone 'UTC')::text);
  end loop;
end $$;

begin;
create temp table fill_key on commit drop as
  select c.conrelid::regclass::text as relation, c.conname as name, pg_get_constraintdef(c.oid) as definition
    from pg_constraint c join pg_class r on r.oid = c.conrelid
   where c.contype = 'p' and r.relname in ('verification', 'delivery', 'delivery_attempt', 'send_budget', 'check_budget', 'provider_message')
     and r.relnamespace = 'otp'::regnamespace;
create temp table fill_index on commit drop as
  select i.indexrelid::regclass::text as name, pg_get_indexdef(i.indexrelid) as definition
    from pg_index i join pg_class r on r.oid = i.indrelid
   where r.relname in ('verification', 'delivery', 'delivery_attempt', 'send_budget', 'check_budget', 'provider_message')
     and r.relnamespace = 'otp'::regnamespace and not i.indisprimary;
select format('alter table %s drop constraint %I', relation, name) from fill_key
union all select 'drop index ' || name from fill_index \gexec

\echo verification
insert into verification (id, tenant, number, purpose, "user", status, generation, sends, wrong_checks, code_length, seed, code_key_id,
                          hash_key_id, tag, code_expires_at, expires_at, last_send_at, created_at, settled_at)
select pg_temp.fill_verification(i, at), pg_temp.fill_tenant(i), pg_temp.fill_number(i), 'login', 'u-' || i,
       case when i % 4 <> 2 then 'approved' when i % 200 = 2 then 'canceled' when at > now() - interval '1 day' then 'pending'
            when i % 40 = 6 then 'max_attempts_reached' else 'expired' end,
       1, 1, case when i % 40 = 6 then 5 when i % 10 = 0 then 1 else 0 end, 6, pg_temp.fill_request(i), 'k1', 'h1', sha256(i::text::bytea),
       at + interval '5 min', at + interval '5 min', at, at,
       case when i % 4 <> 2 or at <= now() - interval '1 day' or i % 200 = 2 then at + interval '40 s' end
  from (select i, pg_temp.fill_at(i, :rows) as at from generate_series(1, :rows::bigint) i) g;

\echo delivery
insert into delivery (request_id, verification_id, tenant, number, purpose, "user", client_ip, country, channel, template, locale, status, reason,
                      provider, generation, attempts, requested_at, deadline, created_at, finished_at)
select pg_temp.fill_request(i), pg_temp.fill_verification(i, at), pg_temp.fill_tenant(i), pg_temp.fill_number(i), 'login', 'u-' || i,
       '203.0.' || i % 250 || '.' || i % 241, 'US', 'sms', 'otp', 'en',
       case when i % 4 <> 2 then 'delivered' when i % 8 = 2 then 'sent' when i % 80 = 6 then 'failed' else 'undelivered' end,
       case when i % 80 = 6 then 'no_provider_left' when i % 8 = 6 then '30003' end,
       pg_temp.fill_provider(i), 1, 1 + (i % 20 = 0)::int, at, at + interval '5 min', at, at + interval '1 s'
  from (select i, pg_temp.fill_at(i, :rows) as at from generate_series(1, :rows::bigint) i) g;

\echo delivery_attempt
insert into delivery_attempt (request_id, attempt, provider, channel, state, owner, lease_until, started_at, finished_at, provider_message_id,
                              http_status, segments, error_code)
select pg_temp.fill_request(i), n, pg_temp.fill_provider(i + (n = 1 and i % 20 = 0)::int), 'sms',
       case when n = 1 and i % 20 = 0 then 'refused' when i % 4 <> 2 then 'delivered' when i % 8 = 2 then 'accepted' when i % 80 = 6 then 'refused'
            else 'undelivered' end,
       'worker-' || i % 7, at + interval '1 s', at, at + interval '1 s',
       case when i % 80 <> 6 and (n = 2 or i % 20 <> 0) then pg_temp.fill_message(i) end,
       case when i % 80 = 6 or n = 1 and i % 20 = 0 then 400 else 201 end, 1, case when i % 8 = 6 then '30003' end
  from (select i, pg_temp.fill_at(i, :rows) as at from generate_series(1, :rows::bigint) i) g
 cross join lateral generate_series(1, 1 + (i % 20 = 0)::int) n;

\echo delivery_event
insert into delivery_event (at, request_id, attempt, kind, status)
select at + interval '1 s', pg_temp.fill_request(i), 1, case when i % 80 = 6 then 'refused' else 'accepted' end, '201'
  from (select i, pg_temp.fill_at(i, :rows) as at from generate_series(1, :rows::bigint) i) g;
insert into delivery_event (at, request_id, attempt, kind, status)
select at + interval '9 s', pg_temp.fill_request(i), 1, 'receipt', case when i % 4 = 2 then 'undelivered' else 'delivered' end
  from (select i, pg_temp.fill_at(i, :rows) as at from generate_series(2, :rows::bigint, 2) i) g;

\echo budgets
insert into send_budget (tenant, kind, subject, opened_by, times)
select pg_temp.fill_tenant(i), 'n', pg_temp.fill_number(i), pg_temp.fill_request(i), array[now() - interval '2 h' - (:rows - i) * (interval '44 h' / :rows)]
  from generate_series(1, :rows::bigint) i
union all
select 'acme', 'i', '198.51.' || i / 250 || '.' || i % 250, pg_temp.fill_request(i), array_fill(now() - interval '2 h', array[3])
  from generate_series(1, least(:rows / 10, 60000)::bigint) i;
insert into check_budget (tenant, number, purpose, device, times)
select pg_temp.fill_tenant(i), pg_temp.fill_number(i), 'login', false, array[now() - interval '2 h' - (:rows - i) * (interval '20 h' / :rows)]
  from generate_series(4, :rows::bigint, 4) i;

\echo provider_message
insert into provider_message (provider, provider_message_id, request_id, attempt, at)
select 'gupshup', pg_temp.fill_message(i), pg_temp.fill_request(i), 1, pg_temp.fill_at(i, :rows) from generate_series(1, :rows::bigint, 4) i;

-- Of an account that is shared with others, so nobody will ever ask for them.
insert into parked_receipt (provider, provider_message_id, status, at)
select 'twilio', 'SM' || md5('nobody ' || i), 'delivered', now() - interval '2 h' from generate_series(1, 500) i;
insert into abuse_bucket (tenant, kind, subject, whole_day, at, sent, verified)
select 'acme', 'i', '203.0.' || i % 250 || '.0/24', true, date_trunc('day', now()) - (i / 250 + 1) * interval '1 day', 40, 30
  from generate_series(0, 250 * 14 - 1) i;

\echo keys and indexes
select format('alter table %s add constraint %I %s', relation, name, definition) from fill_key
union all select definition from fill_index \gexec
commit;

\echo vacuum
vacuum (analyze);
\timing off
select relname, n_live_tup, pg_size_pretty(pg_table_size(relid)) as size, pg_size_pretty(pg_indexes_size(relid)) as indexes
  from pg_stat_user_tables where schemaname = 'otp' and n_live_tup > 0 and relname !~ '_[0-9]{8}$' order by n_live_tup desc;
