-- What operators have stopped, for all workers: a provider, a channel, one provider on one channel (a breaker opened by hand), or a
-- queue. Workers ask every second. A pause that is over stays, so that whoever asks why no text came at 10:14 can see it.
set local role otp_owner;
set local search_path = otp, pg_catalog, pg_temp;

create table pause (
  kind     text collate "C" not null check (kind in ('provider', 'channel', 'lane', 'queue')),
  name     text collate "C" not null,        -- 'twilio', 'sms', 'twilio/sms', 'otp.send'
  reason   text             not null,
  by_whom  text             not null,
  since    timestamptz      not null,
  ended_at timestamptz
);
create unique index pause_living on pause (kind, name) where ended_at is null;

-- What is paused now.
create function pauses() returns table (kind text, name text, reason text, by_whom text, since timestamptz)
language sql stable security definer set search_path = otp, pg_catalog, pg_temp as $$
  select p.kind, p.name, p.reason, p.by_whom, p.since from otp.pause p where p.ended_at is null order by p.since, p.kind, p.name
$$;

-- False: it is paused already, and stays so with the reason that it has.
create function begin_pause(p_kind text, p_name text, p_reason text, p_by_whom text) returns boolean
language sql volatile security definer set search_path = otp, pg_catalog, pg_temp as $$
  with made as (
    insert into otp.pause (kind, name, reason, by_whom, since) values (p_kind, p_name, p_reason, p_by_whom, clock_timestamp())
    on conflict (kind, name) where ended_at is null do nothing returning 1)
  select exists (select 1 from made)
$$;

-- False: it was not paused.
create function end_pause(p_kind text, p_name text) returns boolean
language sql volatile security definer set search_path = otp, pg_catalog, pg_temp as $$
  with over as (
    update otp.pause p set ended_at = clock_timestamp() where p.kind = p_kind and p.name = p_name and p.ended_at is null returning 1)
  select exists (select 1 from over)
$$;

-- Retention: forgets pauses that ended so long ago.
create function purge_pauses(p_keep_days int default 30) returns int
language sql volatile security definer set search_path = otp, pg_catalog, pg_temp as $$
  with gone as (delete from otp.pause p where p.ended_at < now() - make_interval(days => p_keep_days) returning 1)
  select count(*)::int from gone
$$;

create view audit.pause as select kind, name, reason, by_whom, since, ended_at from otp.pause;

revoke execute on function pauses, begin_pause, end_pause, purge_pauses from public;
grant execute on function pauses to otp_worker;
grant select on audit.pause to otp_auditor;
reset role;
