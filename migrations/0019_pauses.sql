-- What operators have stopped, for all workers: a provider, a channel, one provider on one channel (a breaker opened by hand), or a
-- queue. Workers ask every second. A pause that is over stays, so that whoever asks why no text came at 10:14 can see it. One that ends by
-- itself has the time of its end from the begin.
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
create index pause_end on pause (ended_at);                     -- what is paused now, beside a month of what was

-- What is paused now.
create function pauses() returns table (kind text, name text, reason text, by_whom text, since timestamptz)
language sql stable security definer set search_path = otp, pg_catalog, pg_temp as $$
  select p.kind, p.name, p.reason, p.by_whom, p.since from otp.pause p
   where p.ended_at is null or p.ended_at > clock_timestamp() order by p.since, p.kind, p.name
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
    update otp.pause p set ended_at = clock_timestamp()
     where p.kind = p_kind and p.name = p_name and (p.ended_at is null or p.ended_at > clock_timestamp()) returning 1)
  select exists (select 1 from over)
$$;

-- A failed receipt, stored already, whose error concerns the whole account: its provider rests on its channel for 60 s at all workers, as
-- after an answer that says so. Then calls go there again, and the next such receipt tells that nothing has changed. Looked up as
-- record_receipts does. False: the lane is paused, or was within the last 60 s; or the receipt moved no attempt of ours, because nobody
-- knows its message, another outcome stands, or it is a repeated one.
create function open_breaker(p_provider text, p_message_id text, p_error text, p_request uuid, p_attempt int) returns boolean
language plpgsql volatile security definer set search_path = otp, pg_catalog, pg_temp as $$
declare
  v_request uuid := p_request;
  v_attempt int := p_attempt;
  v_now     timestamptz := clock_timestamp();
  v_lane    text;
begin
  if v_request is null then
    select m.request_id, m.attempt into v_request, v_attempt
      from provider_message m where m.provider_message_id = p_message_id and m.provider = p_provider;
  end if;
  select a.provider || '/' || a.channel into v_lane from delivery_attempt a
   where a.request_id = v_request and a.attempt = v_attempt and a.provider = p_provider and a.state = 'undelivered' and a.error_code = p_error
     and not exists (select from delivery_event e
                      where e.request_id = a.request_id and e.attempt = a.attempt and e.kind = 'receipt' and e.status = 'undelivered'
                        and e.at < v_now - interval '10 s');
  if v_lane is null then return false; end if;
  perform pg_advisory_xact_lock(hashtextextended('otp.open_breaker ' || v_lane, 0));     -- one of all processes
  insert into pause (kind, name, reason, by_whom, since, ended_at)
  select 'lane', v_lane, 'receipts say ' || p_error || ', which concerns the whole account; for 60 s', 'otp-verify', v_now, v_now + interval '60 s'
   where not exists (select from pause p
                      where p.kind = 'lane' and p.name = v_lane and (p.ended_at is null or p.since > v_now - interval '60 s'));
  return found;
end $$;

-- Retention: forgets pauses that ended so long ago.
create function purge_pauses(p_keep_days int default 30) returns int
language sql volatile security definer set search_path = otp, pg_catalog, pg_temp as $$
  with gone as (delete from otp.pause p where p.ended_at < now() - make_interval(days => p_keep_days) returning 1)
  select count(*)::int from gone
$$;

-- One that is going to end by itself has not ended.
create view audit.pause as
select kind, name, reason, by_whom, since, case when ended_at <= clock_timestamp() then ended_at end as ended_at from otp.pause;

revoke execute on function pauses, begin_pause, end_pause, open_breaker, purge_pauses from public;
grant execute on function pauses to otp_worker;
grant execute on function open_breaker to otp_verify;
grant select on audit.pause to otp_auditor;
reset role;
