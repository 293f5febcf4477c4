-- Roles, domains and tables. What every table here follows:
--   * text with a domain's CHECK, never an enum type: a value can be added without a lock on every table that uses it. A domain's
--     CHECK is compiled once in a session, a table's in every statement.
--   * no foreign keys: rows are written by the functions of the later files only, and a key would cost a lock and a look-up a row.
--   * a column that the normal path changes stands neither in an index nor in an index's predicate: both would end HOT updates.
--   * text keys compare byte by byte (collate "C"), the most telling column first.

-- Roles belong to the cluster. Two databases may be migrated at the same time, so losing the race for a name is no error.
do $$
declare
  role text;
begin
  foreach role in array array['otp_owner nologin', 'otp_reader nologin', 'otp_worker login', 'otp_verify login', 'otp_auditor login'] loop
    begin
      if to_regrole(split_part(role, ' ', 1)) is null then execute 'create role ' || role; end if;
    exception when duplicate_object or unique_violation then null;
    end;
  end loop;
end $$;

create schema if not exists otp;
alter schema otp owner to otp_owner;
create schema audit authorization otp_owner;
grant usage on schema otp to otp_worker, otp_verify, otp_reader;
grant usage on schema audit to otp_auditor;

set local role otp_owner;
set local search_path = otp, pg_catalog, pg_temp;

create domain verification_status as text
  check (value in ('pending', 'approved', 'expired', 'canceled', 'max_attempts_reached'));
create domain delivery_status as text
  check (value in ('queued', 'sending', 'sent', 'delivered', 'undelivered', 'failed', 'expired', 'rejected', 'canceled'));
create domain attempt_state as text
  check (value in ('started', 'accepted', 'refused', 'not_sent', 'in_doubt', 'delivered', 'undelivered'));

-- "Does this person hold this number?", asked once. Generation 0: accepted over HTTP, no code made yet (only workers hold code keys).
-- With five wrong checks it is closed to strangers, but stays 'pending' so that a known device can still use it.
create table verification (
  id                       uuid                primary key,
  tenant                   text collate "C"    not null,
  number                   text collate "C"    not null,
  purpose                  text collate "C"    not null,
  "user"                   text,
  status                   verification_status not null default 'pending',
  generation               smallint            not null default 0,
  sends                    smallint            not null default 0,  -- requests begun: the step on the ladder of pauses
  wrong_checks             smallint            not null default 0,
  device_wrong_checks      smallint            not null default 0,
  code_length              smallint,
  seed                     uuid,                                    -- the request that opened this generation
  code_key_id              text,
  hash_key_id              text,
  tag                      bytea,
  code_expires_at          timestamptz,
  previous_hash_key_id     text,
  previous_tag             bytea,
  previous_code_expires_at timestamptz,
  expires_at               timestamptz         not null,            -- the code's end, or later while an accepted request waits
  last_send_at             timestamptz,                             -- the last attempt begun, from which the pause counts
  next_check_at            timestamptz,
  device_next_check_at     timestamptz,
  created_at               timestamptz         not null,
  settled_at               timestamptz
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.05);
-- Finds the pending one in begin and check, and is the net under "at most one". Settled rows leave it, and the purge settles what nobody
-- came back for, so it holds a day's rows at most.
create unique index verification_pending on verification (number, tenant, purpose) where status = 'pending';

-- One request. A batch is inserted by one commit and updated whole by the next, before pruning can run: with fillfactor 50 each page has
-- room for the second copy of its rows, and every update is HOT.
create table delivery (
  request_id          uuid             primary key,                 -- the idempotency key
  verification_id     uuid,                                         -- none where it was refused before one was made
  tenant              text collate "C" not null,
  number              text collate "C" not null,
  purpose             text collate "C" not null,
  "user"              text,
  client_ip           text,
  country             text,                                         -- of the number, for the budgets of a country
  channel             text,                                         -- as asked for, then that of the last attempt
  template            text,
  locale              text,
  status              delivery_status  not null,
  reason              text,
  provider            text,
  generation          smallint         not null default 0,          -- of the code it carries; a later attempt never changes it
  attempts            smallint         not null default 0,
  receipt_retry       smallint         not null default 0,          -- 1: a failed receipt asks for another provider, 2: one took it
  requested_at        timestamptz      not null,
  deadline            timestamptz      not null,
  created_at          timestamptz      not null,
  finished_at         timestamptz,
  published_at        timestamptz,
  sweep_at            timestamptz,                                  -- when the sweep publishes it; null nearly always
  promised_expires_at timestamptz,                                  -- what the 202 said, for a repeat of the call
  promised_pause      int,                                          -- the same: seconds until the next send
  promised_channel    text,                                         -- the same: the channel; none where it named none
  retry_at            timestamptz,                                  -- what the 429 said
  job                 bytea,                                        -- the message, where a later send is built from it
  traceparent         text
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.05);
-- The status of a verification, and its requests that a newer one supersedes.
create index delivery_verification on delivery (verification_id) where verification_id is not null;
-- GET /v1/deliveries: newest first in a tenant. Without the id, the last column of that order, the rows of a batch are one entry.
create index delivery_list on delivery (tenant, created_at);
-- GET /v1/deliveries?to=
create index delivery_number on delivery (number, created_at);
-- The sweep's list of work.
create index delivery_sweep on delivery (sweep_at) where sweep_at is not null;

-- Fillfactor 40: the second copy of a row is larger than the first.
create table delivery_attempt (
  request_id          uuid             not null,
  attempt             smallint         not null,
  provider            text collate "C" not null,
  channel             text             not null,
  state               attempt_state    not null,
  counted             boolean          not null default true,       -- false: the provider said "slow down", no budget is used
  owner               text             not null,
  lease_until         timestamptz      not null,
  started_at          timestamptz      not null,
  finished_at         timestamptz,
  provider_message_id text,
  http_status         smallint,
  segments            smallint,
  error_code          text,
  bars_channel        boolean          not null default false,      -- it failed so that its channel is closed for the request ("opted out of SMS")
  primary key (request_id, attempt)
) with (fillfactor = 40, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.05);

-- Message id to attempt, only for providers whose receipts name no request. Insert-only: as an index on delivery_attempt it would cost
-- every finish its HOT update, because the id is unknown at begin.
create table provider_message (
  provider            text collate "C" not null,
  provider_message_id text collate "C" not null,
  request_id          uuid             not null,
  attempt             smallint         not null,
  at                  timestamptz      not null,
  second_id           text collate "C",                             -- on the row of a message's first id, where it has two
  primary key (provider_message_id, provider)
);

-- What the rows do not say: the end of each attempt, each refusal, each receipt.
create table delivery_event (
  at         timestamptz not null,
  request_id uuid        not null,
  attempt    smallint,
  kind       text        not null,
  status     text,
  error_code text,
  detail     text
) partition by range (at);
create index delivery_event_request on delivery_event (request_id);
create table delivery_event_default partition of delivery_event default;

-- Receipts whose message nobody knows yet. A repeated receipt parks once.
create table parked_receipt (
  provider            text collate "C" not null,
  provider_message_id text collate "C" not null,
  status              text             not null,
  error_code          text,
  request_id          uuid,
  attempt             smallint,
  at                  timestamptz      not null,
  -- What it says besides, to be matched later as it would have been at once.
  number              text collate "C",
  channel             text,
  second_id           text collate "C",
  fail_over           boolean          not null default false,
  switch_channel      boolean          not null default false,
  primary key (provider, provider_message_id, status)
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);   -- a queue: looked at from its begin, where the dead rows are
-- Receipts that nobody will ever claim (an account shared with another installation has many) must not slow finish down, nor take the
-- places of those that the sweep can match.
create index parked_receipt_message on parked_receipt (provider_message_id);      -- finish
create index parked_receipt_at on parked_receipt (at);                            -- the sweep, and the purge

-- Sliding windows: the last times, oldest first. kind: n number, i client address, u user. opened_by tells a row made by the call at hand, which
-- is charged already, from one that was there.
create table send_budget (
  tenant    text collate "C" not null,
  kind      "char"           not null,
  subject   text collate "C" not null,
  opened_by uuid,
  times     timestamptz[]    not null,
  primary key (subject, tenant, kind)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);

-- Wrong checks of the last day, strangers and known devices apart. Written only under the lock of the pending verification of its key.
create table check_budget (
  tenant  text collate "C" not null,
  number  text collate "C" not null,
  purpose text collate "C" not null,
  device  boolean          not null,
  times   timestamptz[]    not null,
  primary key (number, tenant, purpose, device)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);

create table api_key (
  hash         bytea            primary key,
  tenant       text collate "C" not null,
  scopes       text[]           not null default '{}',
  created_at   timestamptz      not null default now(),
  revoked_at   timestamptz,                                         -- from then on it is dead; a rotated key's lies ahead
  last_used_at timestamptz                                          -- to the minute
);

-- A sample of 3,000 rows for the statistics in place of 30,000: a table that grows fast is analyzed every quarter of a minute, on a core that
-- whoever sends or checks waits for, and plans that only probe keys need no more.
do $$
declare
  t text;
  c text;
begin
  for t, c in select a.attrelid::regclass, a.attname from pg_attribute a
               where a.attrelid in ('verification'::regclass, 'delivery'::regclass, 'delivery_attempt'::regclass, 'send_budget'::regclass,
                                    'check_budget'::regclass)
                 and a.attnum > 0 and not a.attisdropped
  loop
    execute format('alter table %s alter column %I set statistics 10', t, c);
  end loop;
end $$;

reset role;
