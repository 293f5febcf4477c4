-- Receipts: what a provider says about a message after it took it; what may follow a failed one, receipts that know our message by its number
-- only or by a second id, and events that are told.
set local role otp_owner;
set local search_path = otp, pg_catalog, pg_temp;

-- Outcomes that receipts brought, until the broker has confirmed their events. Insert-only but for the claim: written by the commit that
-- changes the status, published by who committed it, or by a sweep where that one died, and deleted then.
create table untold_event (
  id              bigint generated always as identity primary key,
  due_at          timestamptz not null,      -- when a sweep may take it
  at              timestamptz not null,
  request_id      uuid        not null,
  verification_id uuid,
  tenant          text        not null,
  "user"          text,
  purpose         text        not null,
  status          text        not null,
  provider        text,
  channel         text,
  reason          text,
  traceparent     text
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);    -- small, and a queue

-- The one attempt that a receipt with an unknown message id can mean: the only one in doubt by that provider and channel for that number,
-- without a message id, begun in the 60 s before the receipt came (p_at). None while another attempt of that provider for the number is
-- under way, because the receipt may be that one's.
create function doubt_of_number(p_provider text, p_channel text, p_number text, p_at timestamptz, out request_id uuid, out attempt int)
language sql stable
begin atomic
  select (array_agg(a.request_id) filter (where a.fits))[1], (array_agg(a.attempt) filter (where a.fits))[1]::int
    from otp.delivery d
   cross join lateral (
     select x.request_id, x.attempt, x.state,
            x.state = 'in_doubt' and x.channel = p_channel and x.provider_message_id is null
              and x.started_at between p_at - interval '60 s' and p_at as fits
       from otp.delivery_attempt x
      where x.request_id = d.request_id and x.provider = p_provider and x.state in ('started', 'in_doubt')) a
   where d.number = p_number and d.created_at > p_at - interval '15 min'     -- no job lives longer
  having count(*) filter (where a.fits) = 1 and count(*) filter (where a.state = 'started') = 0;
end;

-- Receipts to come may name the message by this id alone: Gupshup's WhatsApp messages have WhatsApp's own besides, which is all that a late
-- failure brings. Does nothing where the message is not known by its first, or has a second already, which the purge could not find.
create function know_by_second_id(p_provider text, p_message_id text, p_second_id text) returns void
language sql volatile
begin atomic
  with known as (
    update otp.provider_message m set second_id = p_second_id
     where m.provider_message_id = p_message_id and m.provider = p_provider and m.second_id is null and p_second_id <> p_message_id
    returning m.provider, m.request_id, m.attempt)
  insert into otp.provider_message (provider, provider_message_id, request_id, attempt, at)
  select k.provider, p_second_id, k.request_id, k.attempt, clock_timestamp() from known k
  on conflict do nothing;
end;

-- One receipt, under the locks of its attempt and delivery. Null: nobody knows the message yet, or it is too early to act on. Else the id of the event that is to be told,
-- or 0 where there is none.
create function apply_receipt(p_provider text, p_message_id text, p_status text, p_error text, p_request uuid, p_attempt int,
                              p_number text, p_channel text, p_fail_over boolean, p_switch boolean, p_at timestamptz) returns bigint
language plpgsql volatile security definer set search_path = otp, pg_catalog, pg_temp as $$
declare
  v_request  uuid := p_request;
  v_attempt  int := p_attempt;
  v_now      timestamptz := clock_timestamp();
  v_doubt    boolean := false;       -- known by its number only
  v_moves    boolean;
  v_retry    boolean;
  v_told     text;                   -- what the delivery became
  v_event    bigint := 0;
  a          delivery_attempt;
  d          delivery;
begin
  if v_request is null then
    select m.request_id, m.attempt into v_request, v_attempt
      from provider_message m where m.provider_message_id = p_message_id and m.provider = p_provider;
    if not found and p_number is not null then
      select n.request_id, n.attempt into v_request, v_attempt from doubt_of_number(p_provider, p_channel, p_number, p_at) n;
      v_doubt := v_request is not null;
    end if;
    if v_request is null then return null; end if;
  end if;

  -- Without a lock at first: what does not move now never will, and half of all receipts say what is known.
  select * into a from delivery_attempt x where x.request_id = v_request and x.attempt = v_attempt;
  if not found or a.provider <> p_provider then return null; end if;
  v_moves := p_status <> 'ignored' and attempt_moves(a.state, p_status);
  if v_moves then
    select * into a from delivery_attempt x where x.request_id = v_request and x.attempt = v_attempt for no key update;
    if not found or v_doubt and (a.state <> 'in_doubt' or a.provider_message_id is not null) then return null; end if;
    select * into d from delivery x where x.request_id = v_request for no key update;
    v_now := clock_timestamp();
    v_moves := attempt_moves(a.state, p_status);
    -- Before the answer, the job is in the hands of a worker. finish keeps it and looks again; where that worker died, the sweep does.
    if v_moves and p_status = 'undelivered' and (p_fail_over or p_switch) and a.lease_until > v_now then return null; end if;
  end if;
  insert into delivery_event (at, request_id, attempt, kind, status, error_code)
  values (v_now, v_request, v_attempt, 'receipt', p_status, p_error);
  if not v_moves then return 0; end if;     -- late or repeated: an event and nothing else

  update delivery_attempt x set state = p_status, error_code = coalesce(p_error, x.error_code), finished_at = coalesce(x.finished_at, v_now),
         provider_message_id = coalesce(x.provider_message_id, p_message_id), bars_channel = p_status = 'undelivered' and not p_fail_over
   where x.request_id = v_request and x.attempt = v_attempt;
  if v_doubt then      -- its next receipts are known by their id
    insert into provider_message (provider, provider_message_id, request_id, attempt, at)
    values (p_provider, p_message_id, v_request, v_attempt, v_now) on conflict do nothing;
  end if;

  if p_status = 'accepted' and (d.status = 'sending' or d.status = 'sent' and d.receipt_retry = 1) then
    update delivery x set status = 'sent', reason = null, provider = a.provider, channel = a.channel, finished_at = v_now,
           receipt_retry = case when d.receipt_retry = 1 then 2 else d.receipt_retry end,
           sweep_at = case when d.status = 'sending' then x.sweep_at end
     where x.request_id = v_request;
  elsif p_status = 'delivered' and d.status in ('sending', 'sent', 'undelivered') then
    v_told := 'delivered';
    update delivery x set status = 'delivered', reason = null, provider = a.provider, channel = a.channel, finished_at = v_now,
           sweep_at = null
     where x.request_id = v_request;
  elsif p_status = 'undelivered' and (d.status in ('sending', 'sent') and d.attempts = v_attempt
        -- a later attempt failed while this one was believed sent, and nothing else is open
        or d.status = 'sent' and d.receipt_retry <> 1
           and not exists (select 1 from delivery_attempt o where o.request_id = v_request and o.attempt <> v_attempt
                              and o.state in ('started', 'in_doubt', 'accepted'))) then
    -- Once for each delivery, only where the failure allows it, and only for a code that is still wanted; begin takes another provider. The
    -- job of a 'sending' one is on the queue, and comes to begin from there; for a 'sent' one the sweep publishes it.
    v_retry := (p_fail_over or p_switch) and d.receipt_retry = 0 and (d.status = 'sending' or d.job is not null)
           and d.deadline > v_now + interval '30 s'
           and exists (select 1 from verification v where v.id = d.verification_id and v.status = 'pending'
                          and v.generation = d.generation and v.code_expires_at > v_now + interval '30 s');
    v_told := case when not v_retry then 'undelivered' end;
    update delivery x set status = coalesce(v_told, x.status), reason = case when v_retry then x.reason else coalesce(p_error, x.reason) end,
           receipt_retry = case when v_retry then 1 else x.receipt_retry end,
           sweep_at = case when v_retry and d.status = 'sent' then v_now end,
           finished_at = case when v_retry then x.finished_at else v_now end
     where x.request_id = v_request;
  end if;

  if v_told is not null then
    insert into untold_event (due_at, at, request_id, verification_id, tenant, "user", purpose, status, provider, channel, reason, traceparent)
    values (v_now + interval '10 s', v_now, v_request, d.verification_id, d.tenant, d."user", d.purpose, v_told, a.provider, a.channel,
            case when v_told = 'undelivered' then coalesce(p_error, d.reason) end, d.traceparent)
    returning id into v_event;
  end if;
  return v_event;
end $$;

-- Receipts, one at each place of the arrays, in one commit: each as if it had come by itself, those of one attempt in the order of their
-- places. A row for each, in that order. answer: matched | parked (kept until its message is known and its attempt has ended). p_status:
-- accepted | delivered | undelivered | ignored (kept as an event of a known message, else not at all). A receipt that names our request is
-- looked up by it, else by message id, else by p_number (doubt_of_number). p_second_id: another id of the message, by which later receipts
-- may name it. p_fail_over, p_switch: whether this failure allows another provider on this channel, and another channel. Where an event is
-- to be told, the row says it: to be published, and then forgotten. after_ms: from the provider's answer to its receipt that the text was
-- delivered.
create function record_receipts(p_provider text[], p_message_id text[], p_status text[], p_error text[], p_request uuid[], p_attempt int[],
                                p_number text[], p_channel text[], p_fail_over boolean[], p_switch boolean[], p_second_id text[])
returns table (answer text, event_id bigint, at timestamptz, request_id uuid, verification_id uuid, tenant text, "user" text, purpose text,
               status text, provider text, channel text, reason text, traceparent text, after_ms bigint)
language plpgsql volatile security definer set search_path = otp, pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  v_now     timestamptz := clock_timestamp();
  v_request uuid[] := p_request;      -- whose attempt it is, as far as is known yet
  v_attempt int[] := p_attempt;
  v_moving  uuid[];
  v_many    boolean := cardinality(p_status) > 1;
  v_held    boolean;
  v_events  bigint[] := '{}';         -- what apply_receipt answered
  r         record;
begin
  -- 1 Whose they are, and the locks of what will move, in one order with all other calls: attempts, then deliveries. A receipt alone takes
  -- them as it goes.
  if v_many then
    if array_position(p_request, null) is not null then
      select array_agg(coalesce(u.request, m.request_id) order by u.place),
             array_agg(case when u.request is not null then u.attempt else m.attempt end order by u.place)
        into v_request, v_attempt
        from unnest(p_provider, p_message_id, p_request, p_attempt) with ordinality as u(provider, message, request, attempt, place)
        left join lateral (select m.request_id, m.attempt from provider_message m
                            where u.request is null and m.provider_message_id = u.message and m.provider = u.provider limit 1) m on true;
    end if;
    if exists (select from unnest(v_request, p_number) as u(request, number) where u.request is null and u.number is not null) then
      select array_agg(coalesce(u.request, n.request_id) order by u.place), array_agg(coalesce(u.attempt, n.attempt) order by u.place)
        into v_request, v_attempt
        from unnest(p_provider, p_channel, p_number, v_request, v_attempt) with ordinality as u(provider, channel, number, request, attempt, place)
        left join lateral doubt_of_number(u.provider, u.channel, case when u.request is null then u.number end, v_now) n on true;
    end if;
    select array_agg(a.request_id) into v_moving
      from (select x.* from unnest(v_request, v_attempt, p_provider, p_status) as x(request, attempt, provider, status)
             order by x.request, x.attempt) u
     cross join lateral (select a.request_id from delivery_attempt a
                          where a.request_id = u.request and a.attempt = u.attempt and a.provider = u.provider
                            and u.status <> 'ignored' and attempt_moves(a.state, u.status) for no key update) a;
    perform 1 from (select distinct x.request from unnest(v_moving) as x(request) order by x.request) u
             cross join lateral (select d.request_id from delivery d where d.request_id = u.request for no key update) d;
  end if;

  -- 2 One after the other. Those whose message is not known come last, because one before may have taught a second id.
  for r in select u.*
             from unnest(p_provider, p_message_id, p_status, p_error, p_request, p_attempt, p_number, p_channel, p_fail_over, p_switch, p_second_id,
                         v_request, v_attempt) with ordinality
                  as u(provider, message, status, error, request, attempt, number, channel, fail_over, switch, second_id, of_request, of_attempt, place)
            order by u.of_request, u.of_attempt, case when u.of_request is null then u.provider end,
                     case when u.of_request is null then u.message end, u.place loop
    if r.status not in ('accepted', 'delivered', 'undelivered', 'ignored') then
      raise exception 'receipt status is %, not accepted, delivered, undelivered or ignored', r.status using errcode = '22023';
    end if;
    v_now := clock_timestamp();
    -- One whose message was not known, and by now is: its locks are out of the order, so it does not wait for them. The sweep matches it then.
    v_held := false;
    if v_many and r.of_request is null and r.status <> 'ignored'
       and exists (select from provider_message m where m.provider_message_id = r.message and m.provider = r.provider) then
      perform 1 from provider_message m
                join delivery_attempt a on a.request_id = m.request_id and a.attempt = m.attempt
                join delivery d on d.request_id = m.request_id
               where m.provider_message_id = r.message and m.provider = r.provider for no key update of a, d skip locked;
      v_held := not found;
    end if;
    v_events[r.place] := case when not v_held then
      apply_receipt(r.provider, r.message, r.status, r.error, r.request, case when r.request is not null then r.attempt end, r.number, r.channel,
                    r.fail_over, r.switch, v_now) end;
    if v_events[r.place] is null and r.status <> 'ignored' then
      insert into parked_receipt (provider, provider_message_id, status, error_code, request_id, attempt, at, number, channel, second_id,
                                  fail_over, switch_channel)
      values (r.provider, r.message, r.status, r.error, r.request, case when r.request is not null then r.attempt end, v_now, r.number, r.channel,
              r.second_id, r.fail_over, r.switch)
      on conflict do nothing;
    elsif r.second_id is not null then
      perform know_by_second_id(r.provider, r.message, r.second_id);
    end if;
  end loop;

  return query
  select case when u.event is null then 'parked' else 'matched' end, e.id, e.at, e.request_id, e.verification_id, e.tenant, e."user", e.purpose,
         e.status, e.provider, e.channel, e.reason, e.traceparent, a.after_ms
    from unnest(v_events) with ordinality as u(event, place)
    left join lateral (select x.* from untold_event x where u.event > 0 and x.id = u.event limit 1) e on true
    left join lateral (select (extract(epoch from e.at - x.finished_at) * 1000)::bigint as after_ms from delivery_attempt x
                        where x.request_id = e.request_id and x.state = 'delivered' and e.status = 'delivered'
                        order by x.attempt desc limit 1) a on true
   order by u.place;
end $$;

-- Applies the parked receipts of these messages (finish), or those that finish may have missed (null: the sweep): parked in the last ten
-- minutes while a finish was under way; by number alone for two, by when an attempt under way has ended. Returns how many.
create function match_parked(p_message_id text[] default null) returns int
language plpgsql volatile security definer set search_path = otp, pg_catalog, pg_temp as $$
declare
  r         record;
  v_now     timestamptz := clock_timestamp();
  v_due     text[] := p_message_id;                                 -- the messages at hand
  v_matched int := 0;
begin
  if v_due is null then
    v_due := array(select p.provider_message_id from parked_receipt p
                     left join lateral (select m.request_id, m.attempt from provider_message m
                                         where m.provider_message_id = p.provider_message_id and m.provider = p.provider limit 1) m
                       on p.request_id is null
                     left join lateral (select n.request_id, n.attempt from doubt_of_number(p.provider, p.channel, p.number, p.at) n
                                         where p.request_id is null and m.request_id is null and p.number is not null
                                           and p.at > v_now - interval '2 min') n on true
                    cross join lateral (select 1 from delivery_attempt a
                                         where a.request_id = coalesce(p.request_id, m.request_id, n.request_id) and a.provider = p.provider
                                           and a.attempt = coalesce(p.attempt, m.attempt, n.attempt) limit 1) a
                    where p.at > v_now - interval '10 min' order by p.at limit 1000);
  end if;
  -- In the order of the attempts that they lock. skip locked: another call is at it.
  for r in select p.* from parked_receipt p
             left join lateral (select m.request_id from provider_message m
                                 where m.provider_message_id = p.provider_message_id and m.provider = p.provider limit 1) m on true
            where p.provider_message_id = any (v_due) and (p_message_id is null or p.request_id is not null or m.request_id is not null)
            order by coalesce(p.request_id, m.request_id), p.at for update of p skip locked loop
    if apply_receipt(r.provider, r.provider_message_id, r.status, r.error_code, r.request_id, r.attempt, r.number, r.channel, r.fail_over,
                     r.switch_channel, r.at) is not null then
      delete from parked_receipt p where p.provider = r.provider and p.provider_message_id = r.provider_message_id and p.status = r.status;
      if r.second_id is not null then perform know_by_second_id(r.provider, r.provider_message_id, r.second_id); end if;
      v_matched := v_matched + 1;
    end if;
  end loop;
  return v_matched;
end $$;

-- Events that nobody has told within 10 s, the oldest first. Each is claimed for as long again as it is old, 30 s to 5 min: while one queue of
-- listeners refuses, those that take them get each a few times, not every 30 s.
create function untold_events(p_limit int default 500)
returns table (event_id bigint, at timestamptz, request_id uuid, verification_id uuid, tenant text, "user" text, purpose text, status text,
               provider text, channel text, reason text, traceparent text)
language sql volatile security definer set search_path = otp, pg_catalog, pg_temp as $$
  update untold_event e set due_at = clock_timestamp() + greatest(interval '30 s', least(interval '5 min', clock_timestamp() - e.at))
   where e.id = any (array(select u.id from untold_event u where u.due_at <= clock_timestamp() order by u.id limit p_limit
                              for no key update skip locked))
  returning e.id, e.at, e.request_id, e.verification_id, e.tenant, e."user", e.purpose, e.status, e.provider, e.channel, e.reason, e.traceparent
$$;

-- The broker has them.
create function forget_events(p_ids bigint[]) returns void
language sql volatile security definer set search_path = otp, pg_catalog, pg_temp as $$
  delete from untold_event e where e.id = any (p_ids)
$$;

-- Outcomes whose events the broker refused: the sweep tells them. By request, tenant and the status to be told; a row for each that is kept,
-- which a request is not that nobody knows, or that is another tenant's.
create function keep_outcomes(p_request uuid[], p_tenant text[], p_status text[]) returns table (request_id uuid)
language sql volatile security definer set search_path = otp, pg_catalog, pg_temp as $$
  insert into untold_event as e (due_at, at, request_id, verification_id, tenant, "user", purpose, status, provider, channel, reason, traceparent)
  select clock_timestamp() + interval '30 s', coalesce(d.finished_at, clock_timestamp()), d.request_id, d.verification_id, d.tenant, d."user",
         d.purpose, p_status[u.place], d.provider, d.channel, case when d.status::text = p_status[u.place] then d.reason end, d.traceparent
    from unnest(p_request) with ordinality as u(request, place)
   cross join lateral (select d.* from delivery d where d.request_id = u.request and d.tenant = p_tenant[u.place] limit 1) d
  returning e.request_id
$$;

revoke execute on function doubt_of_number, know_by_second_id, apply_receipt, record_receipts, match_parked, untold_events, forget_events,
  keep_outcomes from public;
grant execute on function record_receipts to otp_verify;
grant execute on function forget_events to otp_verify, otp_worker;
grant execute on function match_parked, untold_events, keep_outcomes to otp_worker;
reset role;
