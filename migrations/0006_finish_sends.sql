-- finish: how attempts ended, and what follows.
set local role otp_owner;
set local search_path = otp, pg_catalog, pg_temp;

-- Is what a look-up found for an attempt in doubt perhaps the message of another one? A provider is asked by number, and numbers are shared
-- by purposes and tenants. It is, where another attempt of that provider for the number holds its id, or is open and began later: what it
-- made is listed too, under an id that nobody knows yet.
create function is_message_of_another(p_request uuid, p_attempt int, p_message_id text) returns boolean
language sql stable
begin atomic
  select exists (
    select 1
      from otp.delivery_attempt a
     cross join lateral (select d.number, d.created_at from otp.delivery d where d.request_id = a.request_id limit 1) d
     cross join lateral (select o.request_id from otp.delivery o
                          where o.number = d.number and o.created_at > d.created_at - interval '15 min') o     -- no job lives longer
     cross join lateral (select 1 from otp.delivery_attempt x
                          where x.request_id = o.request_id and x.provider = a.provider
                            and (x.request_id, x.attempt) <> (a.request_id, a.attempt)
                            and (x.provider_message_id = p_message_id
                                 or x.state in ('started', 'in_doubt') and x.started_at >= a.started_at) limit 1) x
     where a.request_id = p_request and a.attempt = p_attempt and a.state = 'in_doubt' and p_message_id is not null);
end;

-- An attempt only moves forward: a doubt may end in any way, an accepted one by receipt, 'undelivered' only by a late 'delivered'.
create function attempt_moves(p_from text, p_to text) returns boolean
language sql immutable parallel safe
return case p_from
         when 'started'     then p_to <> 'started'
         when 'in_doubt'    then p_to not in ('started', 'in_doubt')
         when 'accepted'    then p_to in ('delivered', 'undelivered')
         when 'undelivered' then p_to = 'delivered'
         else false end;

-- Ends attempts, each by its p_owner (compare-and-set: who lost its lease to another changes nothing). The same call repeated, after a lost
-- connection, gives the same answers. Per attempt:
--   p_state     accepted | refused | not_sent | in_doubt
--   p_next      a route: where the rules allow, attempt n+1 by another provider is stored as started in the same commit, with a new lease
--   p_put_back  the caller will put the job back to the queue: the delivery stays 'sending' without a next attempt
--   p_reason    reason of a delivery that fails; else p_error. 'expired', or p_next asked for with under 30 s of life left: it has expired
--   p_counts    false: the provider said "slow down", and the attempt uses up no budget (null: all count)
--   p_job       the message, kept where a failed receipt may have to be answered by another provider, or where a resend over HTTP
--               needs its variables; null otherwise
--   p_index     true: receipts of this provider carry no request id, so its message id is indexed (null: none)
--   p_bars      true: refused, and no other provider may send it on this channel (null: none)
--   p_found     true: the attempt was in doubt, and its provider was asked what became of it (null: none)
-- answer: ok | settled (a receipt was first, or this is a repeat) | lost (another owner) | not_ours (what p_found tells of is another
-- attempt's message: the doubt stays as it was, and the owner may end it anew). status is what the delivery became; 'sending' without
-- next_attempt means that the job goes back to the queue: something about it is still in doubt, or p_put_back said so.
-- Callers sort a batch by request id.
create function finish_sends(
  p_owner text[], p_lease interval,
  p_request uuid[], p_attempt int[], p_state text[], p_message_id text[], p_http int[], p_error text[], p_segments int[],
  p_next text[], p_put_back boolean[], p_reason text[],
  p_counts boolean[] default null, p_job bytea[] default null, p_index boolean[] default null,
  p_bars boolean[] default null, p_found boolean[] default null)
returns table (request_id uuid, answer text, status text, next_attempt int, provider text, channel text, remaining_ms bigint,
               lease_ms bigint, reason text)
language plpgsql volatile security definer set search_path = otp, pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  v_now   timestamptz := clock_timestamp();
  v_route text[];
  v_left  bigint[];
  v_other boolean[];      -- places whose message is another attempt's
  v_done  int;
begin
  if true = any (p_found) then
    for place in 1 .. cardinality(p_request) loop
      if p_found[place] and is_message_of_another(p_request[place], p_attempt[place], p_message_id[place]) then
        v_other[place]      := true;
        p_state[place]      := 'in_doubt';
        p_message_id[place] := null;
        p_http[place]       := null;
        p_error[place]      := null;
        p_segments[place]   := null;
        p_next[place]       := null;
        p_counts[place]     := null;
        p_bars[place]       := null;
      end if;
    end loop;
  end if;

  -- Only where another attempt may follow: locks, then the rules, then the attempt. The plain end needs none: all it depends on is in the
  -- two rows it updates, attempt then delivery, and an UPDATE that had to wait looks at the newest version.
  if cardinality(array_remove(p_next, null)) > 0 then
    perform 1 from verification v where v.id = any (array(select d.verification_id from delivery d where d.request_id = any (p_request)))
      order by v.id for no key update;
    perform 1 from delivery_attempt a where a.request_id = any (p_request) and a.state in ('started', 'in_doubt')
      order by a.request_id, a.attempt for no key update;
    perform 1 from delivery d where d.request_id = any (p_request) order by d.request_id for no key update;
    v_now := clock_timestamp();

    select array_agg(r.route order by r.place), array_agg(r.remains order by r.place) into v_route, v_left from (
      select u.place, case when u.next is not null then (extract(epoch from least(d.deadline, v.code_expires_at) - v_now) * 1000)::bigint end as remains, case
          when u.next is null or a.request_id is null               then null    -- not asked for, or lost
          when not attempt_moves(a.state, u.state)
           and not (a.state = 'in_doubt' and u.state = 'in_doubt')  then null    -- a receipt was first
          when d.attempts <> u.attempt                              then null
          when d.status <> 'sending' and (d.status <> 'sent' or d.receipt_retry <> 1) then null
          when v.status <> 'pending' or v.expires_at <= v_now       then null
          when v.generation <> d.generation                         then null    -- another code took its place
          when least(d.deadline, v.code_expires_at) < v_now + interval '30 s' then null
          when not attempt_allowed(u.request, v_now, d.status <> 'sent', u.ended, u.counts) then null
          when exists (select 1 from delivery n where n.verification_id = d.verification_id and n.request_id <> d.request_id
                          and n.status in ('queued', 'sending', 'sent', 'delivered', 'undelivered')
                          and (asked_by(n.requested_at, n.created_at, n.status), n.request_id) > (d.requested_at, d.request_id)) then null
          else next_route(u.request, u.next, u.ended, u.counts) end as route
        from (select x.*, case when x.state in ('refused', 'not_sent') then x.attempt end as ended
                from (select p.owner, p.request, p.attempt, p.state, p.next, coalesce(p.counts, true) as counts, p.place
                        from unnest(p_owner, p_request, p_attempt, p_state, p_next, p_counts) with ordinality
                             as p(owner, request, attempt, state, next, counts, place)) x) u
        left join lateral (select d.* from delivery d where d.request_id = u.request limit 1) d on true
        left join lateral (select a.request_id, a.state from delivery_attempt a
                            where a.request_id = u.request and a.attempt = u.attempt and a.owner = u.owner limit 1) a on true
        left join lateral (select v.* from verification v where v.id = d.verification_id limit 1) v on true) r;

    insert into delivery_attempt (request_id, attempt, provider, channel, state, owner, lease_until, started_at)
    select u.request, u.attempt + 1, split_part(u.route, '/', 1), split_part(u.route, '/', 2), 'started', u.owner, v_now + p_lease, v_now
      from unnest(p_owner, p_request, p_attempt, v_route) as u(owner, request, attempt, route) where u.route is not null;
    -- the pause of the ladder counts from the last attempt begun
    update verification v set last_send_at = v_now
     where v.id = any (array(select d.verification_id from unnest(p_request, v_route) as u(request, route)
                               cross join lateral (select d.verification_id from delivery d where d.request_id = u.request limit 1) d
                              where u.route is not null));
  end if;

  if true = any (p_index) then
    insert into provider_message (provider, provider_message_id, request_id, attempt, at)
    select a.provider, p_message_id[u.place], u.request, p_attempt[u.place], v_now
      from unnest(p_request) with ordinality as u(request, place)
     cross join lateral (select a.provider from delivery_attempt a
                          where a.request_id = u.request and a.attempt = p_attempt[u.place] and a.owner = p_owner[u.place] limit 1) a
     where p_index[u.place] and p_message_id[u.place] is not null
    on conflict do nothing;
  end if;

  return query
  with ended as (
    update delivery_attempt a set
           state               = case when attempt_moves(a.state, p_state[u.place]) then p_state[u.place] else a.state end,
           counted             = a.counted and coalesce(p_counts[u.place], true),
           lease_until         = v_now,
           finished_at         = coalesce(a.finished_at, v_now),
           provider_message_id = coalesce(p_message_id[u.place], a.provider_message_id),
           http_status         = coalesce(p_http[u.place], a.http_status),
           error_code          = coalesce(p_error[u.place], a.error_code),
           bars_channel        = a.bars_channel or coalesce(p_bars[u.place], false),
           segments            = coalesce(p_segments[u.place], a.segments)
      from unnest(p_request) with ordinality as u(request, place)
     where a.request_id = u.request and a.attempt = p_attempt[u.place] and a.owner = p_owner[u.place] and u.request = p_request[u.place]
    returning u.place::int as place, u.request, a.state = p_state[u.place] as same, a.provider, a.channel
  ), open as (
    -- what is still to be decided: it is 'sending', or 'sent' with a failed receipt to answer
    select o.*, case when o.state <> 'accepted' and not o.goes_on then exists (
             select 1 from delivery_attempt a where a.request_id = o.request and a.attempt <> p_attempt[o.place]
                and a.state in ('started', 'in_doubt')) else false end as doubted
      from (select e.*, p_state[e.place] as state, p_attempt[e.place] as attempt, v_route[e.place] as route,
                   coalesce(v_route[e.place] is not null or p_put_back[e.place] or p_state[e.place] = 'in_doubt', false) as goes_on,
                   coalesce(p_reason[e.place], case when v_route[e.place] is null and v_left[e.place] < 30000 then 'expired' end,
                            p_error[e.place]) as why,
                   case when p_state[e.place] = 'in_doubt' then
                     (select a.state from delivery_attempt a where a.request_id = e.request and a.attempt = p_attempt[e.place]) end as was
              from ended e offset 0) o
    offset 0
  ), moved as (
    update delivery d set
           status        = case when not e.same or d.status <> 'sending' and (d.status <> 'sent' or d.receipt_retry <> 1) then d.status
                                when e.state = 'accepted'                               then 'sent'
                                when e.goes_on or e.doubted or d.attempts <> e.attempt  then d.status
                                when d.status = 'sent'                                  then 'undelivered'
                                when e.why = 'expired'                                  then 'expired'
                                else 'failed' end,
           reason        = case when not e.same or d.status <> 'sending' and (d.status <> 'sent' or d.receipt_retry <> 1) then d.reason
                                when e.state = 'accepted'                               then null
                                when e.goes_on                                          then d.reason
                                else e.why end,
           finished_at   = case when not e.same or d.status <> 'sending' and (d.status <> 'sent' or d.receipt_retry <> 1) then d.finished_at
                                when e.state = 'accepted'                               then v_now
                                when e.goes_on or e.doubted or d.attempts <> e.attempt  then null
                                else v_now end,
           -- an earlier attempt whose doubt is settled may be the one that sent it
           provider      = case when e.same and e.state = 'accepted' and (d.status = 'sending' or d.status = 'sent' and d.receipt_retry = 1)
                                then e.provider else coalesce(split_part(e.route, '/', 1), d.provider) end,
           channel       = case when e.same and e.state = 'accepted' and (d.status = 'sending' or d.status = 'sent' and d.receipt_retry = 1)
                                then e.channel else coalesce(split_part(e.route, '/', 2), d.channel) end,
           attempts      = case when e.route is not null then e.attempt + 1 else d.attempts end,
           receipt_retry = case when d.receipt_retry = 1 and e.state = 'accepted' then 2 else d.receipt_retry end,
           job           = coalesce(d.job, p_job[e.place])
      from open e where d.request_id = e.request
    returning e.place, e.request, e.same, e.attempt, e.state, e.was, d.status, d.reason as ended_for,
           -- one that answers a failed receipt is open until that is settled
           not e.goes_on and e.same and e.state <> 'accepted' and d.status = 'sent' and d.receipt_retry = 1 as answers
  ), events as (
    insert into delivery_event (at, request_id, attempt, kind, status, error_code)
    select v_now, m.request, m.attempt, m.state, p_http[m.place]::text, p_error[m.place] from moved m where m.was is distinct from 'in_doubt'
  )
  select m.request, case when not m.same then 'settled' when v_other[m.place] then 'not_ours' else 'ok' end,
         case when m.answers then 'sending' else m.status::text end, n.attempt::int, n.provider::text, n.channel,
         case when n.attempt is not null then v_left[m.place] end, (extract(epoch from n.lease_until - v_now) * 1000)::bigint, m.ended_for
    from moved m
    left join lateral (select a.attempt, a.provider, a.channel, a.lease_until from delivery_attempt a
                        where p_next[m.place] is not null and a.request_id = m.request and a.attempt = m.attempt + 1
                          and a.owner = p_owner[m.place] and a.state = 'started' limit 1) n on true;

  get diagnostics v_done = row_count;
  if v_done < cardinality(p_request) then
    return query
    select u.request, 'lost'::text, null::text, null::int, null::text, null::text, null::bigint, null::bigint, null::text
      from unnest(p_owner, p_request, p_attempt) as u(owner, request, attempt)
     where not exists (select 1 from delivery_attempt a where a.request_id = u.request and a.attempt = u.attempt and a.owner = u.owner);
  end if;

  -- Receipts that came before their message was known: nearly always none, one look at an empty table.
  if exists (select 1 from parked_receipt) then perform match_parked(p_message_id); end if;
end $$;

revoke execute on function is_message_of_another, attempt_moves, finish_sends from public;
grant execute on function finish_sends to otp_worker;
reset role;
