-- begin: which of these requests may be texted now, by whom, and by which provider.
set local role otp_owner;
set local search_path = otp, pg_catalog, pg_temp;

-- One call and one commit for a batch of jobs. For each, verdict is one of
--   send      attempt `attempt` is stored as started by p_owner, who may write to `provider` for lease_ms; so too where this very
--             call was made before and its answer lost: p_owner names one batch of one process
--   finished  ended before: status and reason as stored
--   leased    another owner's attempt is under way: put the job back for retry_after_ms
--   in_doubt  attempt `attempt` may have been sent since started_at; p_owner holds its lease and settles it with finish_sends
--   refused   not texted, for `reason`; status is what the delivery became (null for request_id_conflict)
-- With p_accept (through accept_send) nothing is attempted: queued (stored now) and repeated (stored before) take the place of send
-- and finished; with p_resend_of, only for that verification. seed, code_key_id and code_length tell which code to write; remaining_ms is
-- its life or the job's, the lesser, by this clock.
--
-- Limits: p_short and p_day bound a number's texts of 10 minutes and a day, p_hour_ip an address's of an hour, p_hour_user and p_day_user a
-- user's; null is no limit. p_watch holds bounds that only observe, in that order, and, not null, the ladder as sixth; null, the usual:
-- none. p_bar is why the caller's own rules refuse a job, p_watched which of them only observe; they bind requests that nobody knows, as
-- all limits do. observed: the rules that would have refused a request that was let pass. charged: this call stored it and let it pass.
--
-- Jobs of one number never share a batch (22023), nor jobs of one request id. Two calls with one new request id at once: one ends with
-- 23505, and is run again like one with 40P01.
--
-- The shape: lock in the one order, then read in new statements, which see what others committed before the locks were got. Jobs whose
-- request and key nobody knows, the most, take statement 5 with only deadline and limits; all others the whole ladder, statement 4.
--
-- What makes it cheap, here and in the other functions for batches: one array is unnested and the others are subscripted, because each
-- that is unnested is kept in a store of its own. `offset 0` keeps the planner from copying an expression to each place that names it.
-- `request = p_request[place]` is always true: the planner believes that one row is left, and probes the key of each table even where it was
-- empty when the plan was made; and where a budget is charged, its row is found by a probe and updated by its place (ctid), which stays while
-- it is locked. (docs/sql.md has the figures.)
create function begin_sends(
  p_owner text, p_lease interval,
  p_request uuid[], p_tenant text[], p_number text[], p_purpose text[], p_user text[], p_ip text[],
  p_channel text[], p_template text[], p_locale text[], p_route text[], p_requested timestamptz[], p_ttl int[],
  p_job bytea[], p_trace text[],
  p_verification uuid[], p_code_key text[], p_hash_key text[], p_tag bytea[], p_code_length int[],
  p_accept boolean default false, p_resend_of uuid default null,
  p_ladder int[] default '{30,60,120,300}', p_short int default 5, p_day int default 10, p_hour_ip int default 60,
  p_hour_user int default null, p_day_user int default null, p_watch int[] default null, p_bar text[] default null,
  p_watched text[] default null, p_country text[] default null)
returns table (request_id uuid, verdict text, status text, reason text, verification_id uuid, attempt int, provider text, channel text,
               seed uuid, code_key_id text, code_length int, remaining_ms bigint, lease_ms bigint, retry_after_ms bigint,
               expires_at timestamptz, next_send_seconds int, observed text, charged boolean, started_at timestamptz)
language plpgsql volatile security definer set search_path = otp, pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  v_now    timestamptz;
  v_open   timestamptz := clock_timestamp();
  v_once   timestamptz[] := array[v_open];
  v_jobs   int := cardinality(p_request);
  v_wanted int;                -- budget rows wanted
  v_made   int := 0;           -- of them made by this call, so charged already
  v_ips    boolean := p_hour_ip is not null or p_watch[3] is not null;
  v_users  boolean := p_hour_user is not null or p_day_user is not null or p_watch[4] is not null or p_watch[5] is not null;
  v_seen   int := 0;           -- users among the jobs
  v_rank   int[];              -- place among the jobs of this batch with the same address; null: all differ
  v_place  int[];              -- the same for the user
  v_keep   int := greatest(p_short, p_day, p_watch[1], p_watch[2], 1);              -- times that are kept of a number
  v_keep_i int := greatest(p_hour_ip, p_watch[3], 1);                              -- of an address
  v_keep_u int := greatest(p_hour_user, p_day_user, p_watch[4], p_watch[5], 1);    -- of a user
  v_known  bigint[];           -- places of the jobs with a delivery or a pending verification
  v_ids    uuid[];             -- their verifications
  v_fresh  uuid[];             -- those met by a request that nobody knew
  v_closed uuid[];             -- of them settled here because they are closed to strangers
begin
  if v_jobs > 1 and v_jobs <> (select count(*) from (
       select from unnest(p_number) with ordinality as u(n, place) group by u.n collate "C", p_tenant[u.place]) k) then
    raise exception 'two jobs of one number in a batch' using errcode = '22023';
  end if;
  v_ips := v_ips and cardinality(array_remove(p_ip, null)) > 0;
  v_users := v_users and cardinality(array_remove(p_user, null)) > 0;
  if v_ips then
    v_made := case when v_jobs = 1 then 1 else (select count(*) from (
      select from unnest(p_ip) with ordinality as u(i, place) where u.i is not null group by u.i collate "C", p_tenant[u.place]) k) end;
    if v_made < cardinality(array_remove(p_ip, null)) then
      select array_agg(r.rank order by r.place) into v_rank
        from (select u.place, row_number() over (partition by p_tenant[u.place], u.i order by u.place)::int as rank
                from unnest(p_ip) with ordinality as u(i, place)) r;
    end if;
  end if;
  if v_users then
    v_seen := case when v_jobs = 1 then 1 else (select count(*) from (
      select from unnest(p_user) with ordinality as u(u, place) where u.u is not null group by u.u collate "C", p_tenant[u.place]) k) end;
    if v_seen < cardinality(array_remove(p_user, null)) then
      select array_agg(r.rank order by r.place) into v_place
        from (select u.place, row_number() over (partition by p_tenant[u.place], u.u order by u.place)::int as rank
                from unnest(p_user) with ordinality as u(u, place)) r;
    end if;
  end if;
  v_wanted := v_jobs + v_made + v_seen;

  -- 1 Budgets: a missing row is made, already charged; one that is there is locked and left as it is. The number's row is also the mutex
  --   of everything that begin does for the number.
  insert into send_budget as b (tenant, kind, subject, opened_by, times)
  select k.* from (
    select p_tenant[u.place], 'n'::"char", u.n, p_request[u.place], v_once from unnest(p_number) with ordinality as u(n, place)
    union all
    select p_tenant[u.place], 'i'::"char", u.i, p_request[min(u.place)], array_fill(v_open, array[count(*)::int])
      from unnest(p_ip) with ordinality as u(i, place) where v_ips and u.i is not null group by p_tenant[u.place], u.i
    union all
    select p_tenant[u.place], 'u'::"char", u.u, p_request[min(u.place)], array_fill(v_open, array[count(*)::int])
      from unnest(p_user) with ordinality as u(u, place) where v_users and u.u is not null group by p_tenant[u.place], u.u
  ) as k(tenant, kind, subject, opened_by, times)
   order by k.subject collate "C", k.tenant collate "C", k.kind
  on conflict on constraint send_budget_pkey do update set times = b.times where false;
  get diagnostics v_made = row_count;

  -- 2 Who is known? With the numbers locked nobody else can make a pending verification for them. (lateral … limit 1, here and below:
  --   a probe of the key for each job, whatever the statistics say.)
  select array_agg(u.place), array_agg(coalesce(d.verification_id, v.id)), array_agg(v.id) filter (where d.request_id is null)
    into v_known, v_ids, v_fresh
    from unnest(p_request) with ordinality as u(r, place)
    left join lateral (select d.request_id, d.verification_id from delivery d where d.request_id = u.r limit 1) d on true
    left join lateral (select v.id from verification v where v.number = p_number[u.place] and v.tenant = p_tenant[u.place]
                          and v.purpose = p_purpose[u.place] and v.status = 'pending' limit 1) v on true
   where d.request_id is not null or v.id is not null;

  -- 3 Locks for the known ones: verification, attempt, delivery. (A batch of nothing comes by too: see plan_sends.)
  if v_known is not null or v_jobs = 0 then
    -- A request that could not be understood when it first came is new when it comes mended under its id: to its tenant, or to any where
    -- the tenant could not be read either. (length: the key is probed, not the index of numbers, where all that were not understood lie together.)
    delete from delivery d where d.request_id = any (p_request) and d.status = 'rejected' and length(d.number) = 0
                             and d.tenant in ('', p_tenant[array_position(p_request, d.request_id)]);
    perform 1 from verification v where v.id = any (v_ids) order by v.id for no key update;
    perform 1 from delivery_attempt a where a.request_id = any (p_request) and a.state in ('started', 'in_doubt')
      order by a.request_id, a.attempt for no key update;
    perform 1 from delivery d where d.request_id = any (p_request) or d.verification_id = any (v_ids) and d.status in ('queued', 'sending')
      order by d.request_id for no key update;
    -- An accepted one that could not be written is queued again, as the mended job says it; to HTTP its answer stays.
    if not p_accept then
      update delivery d set status = 'queued', reason = null, finished_at = null, template = p_template[u.place], job = null
        from unnest(p_request) with ordinality as u(request, place)
       where d.request_id = u.request and u.request = p_request[u.place] and is_unwritten(d.status, d.reason) and d.verification_id is not null
         and (d.tenant, d.number, d.purpose) = (p_tenant[u.place], p_number[u.place], p_purpose[u.place]);
    end if;
    -- A new request settles the pending one whose life is over, or that is closed to strangers, and opens the next.
    with settled as (
      update verification v set status = case when v.wrong_checks >= 5 then 'max_attempts_reached' else 'expired' end,
                                settled_at = clock_timestamp()
       where v.id = any (v_fresh) and v.status = 'pending' and (v.expires_at <= clock_timestamp() or v.wrong_checks >= 5)
      returning v.id, v.expires_at > v.settled_at as alive
    ) select array_agg(s.id) into v_closed from settled s where s.alive;
  end if;
  v_now := clock_timestamp();

  -- 4 The known ones.
  if v_known is not null or v_jobs = 0 then
  return query
  with j as (
    select u.*, d.request_id is null as fresh, d.tenant as d_tenant, d.number as d_number, d.purpose as d_purpose, d.status as d_status,
           d.reason as d_reason, d.provider as d_provider, d.channel as d_channel, coalesce(d.attempts, 0) as attempts,
           d.generation as d_generation, d.receipt_retry, d.promised_expires_at, d.promised_pause, d.promised_channel,
           d.retry_at as d_retry_at,
           coalesce(d.requested_at, u.requested) as asked, coalesce(d.deadline, u.requested + make_interval(secs => u.ttl)) as due,
           v.id as v_id, v.status as v_status, v.generation as v_generation, v.seed as v_seed, v.code_key_id as v_code_key,
           v.code_length as v_code_length, v.code_expires_at, v.expires_at as v_expires, coalesce(v.sends, 0) as sends, v.last_send_at,
           -- the attempt, if any, of which nobody knows yet whether it reached the person
           o.attempt as o_attempt, o.state as o_state, o.owner as o_owner, o.provider as o_provider, o.channel as o_channel,
           o.started_at as o_started, o.lease_until,
           nb.times as n_times, nb.opened_by = u.request and nb.times = array[v_open] as n_charged,
           ib.times as i_times, coalesce(ib.times[cardinality(ib.times)] = v_open, false) as i_charged,
           ub.times as u_times, coalesce(ub.times[cardinality(ub.times)] = v_open, false) as u_charged,
           -- a new code: none yet, or at most 60 s left of it and this request was never attempted
           v.id is null or v.generation = 0 or v.code_expires_at <= v_now + interval '60 s' and coalesce(d.attempts, 0) = 0 as rolls
      from (select x.place, x.request, p_tenant[x.place] as tenant, p_number[x.place] as number, p_purpose[x.place] as purpose,
                   p_user[x.place] as usr, p_ip[x.place] as ip, p_channel[x.place] as channel, p_template[x.place] as template,
                   p_locale[x.place] as locale, p_route[x.place] as route, p_requested[x.place] as requested, p_ttl[x.place] as ttl,
                   p_job[x.place] as job, p_trace[x.place] as trace, p_verification[x.place] as verification,
                   p_code_key[x.place] as code_key, p_hash_key[x.place] as hash_key, p_tag[x.place] as tag,
                   p_code_length[x.place] as code_length, v_rank[x.place] as ip_rank, v_place[x.place] as user_rank,
                   p_bar[x.place] as bar, p_watched[x.place] as watched, p_country[x.place] as country
              from unnest(p_request) with ordinality as x(request, place)
             where x.place = any (v_known) and x.request = p_request[x.place] offset 0) u
      left join lateral (select d.* from delivery d where d.request_id = u.request limit 1) d on true
      left join lateral (select p.id from verification p
                          where p.number = u.number and p.tenant = u.tenant and p.purpose = u.purpose and p.status = 'pending' limit 1) p on true
      left join lateral (select v.* from verification v
                          where v.id = case when d.request_id is null then p.id else d.verification_id end limit 1) v on true
      left join lateral (select a.attempt, a.state, a.owner, a.provider, a.channel, a.lease_until, a.started_at from delivery_attempt a
                          where a.request_id = d.request_id and a.state in ('started', 'in_doubt') order by a.attempt desc limit 1) o on true
      left join lateral (select b.opened_by, b.times from send_budget b
                          where b.subject = u.number and b.tenant = u.tenant and b.kind = 'n' limit 1) nb on true
      left join lateral (select b.times from send_budget b
                          where v_ips and b.subject = u.ip and b.tenant = u.tenant and b.kind = 'i' limit 1) ib on true
      left join lateral (select b.times from send_budget b
                          where v_users and b.subject = u.usr and b.tenant = u.tenant and b.kind = 'u' limit 1) ub on true
    offset 0
  ), ladder as (
    select j.*, case
      when not j.fresh and (j.d_tenant, j.d_number, j.d_purpose) <> (j.tenant, j.number, j.purpose) then 'request_id_conflict'
      when p_accept and not j.fresh                                          then 'repeated'
      when j.d_status not in ('queued', 'sending', 'sent')                   then 'finished'
      when j.d_status = 'sent' and j.receipt_retry <> 1                      then 'finished'
      when j.o_attempt = j.attempts and j.o_state = 'started' and j.o_owner = p_owner and j.lease_until > v_now
                                                                             then 'mine'
      when j.o_attempt = j.attempts and j.lease_until > v_now
           and not (j.o_state = 'in_doubt' and j.o_owner = p_owner)          then 'leased'
      when j.due <= v_now                                                    then 'expired'
      when j.o_attempt = j.attempts                                          then 'in_doubt'
      when not p_accept and j.attempts = 0 and j.due < v_now + interval '30 s' then 'expired'
      when j.v_status <> 'pending' or j.v_expires <= v_now                   then 'verification_settled'
      when j.fresh and j.v_id is distinct from coalesce(p_resend_of, j.v_id) then 'verification_settled'
      when j.attempts > 0 and j.d_generation <> j.v_generation               then 'superseded'
      when not p_accept and exists (
             select 1 from delivery n where n.verification_id = j.v_id and n.request_id <> j.request
                and n.status in ('queued', 'sending', 'sent', 'delivered', 'undelivered')
                and (asked_by(n.requested_at, n.created_at, n.status), n.request_id) > (j.asked, j.request)) then 'superseded'
      when j.attempts > 0 and not attempt_allowed(j.request, v_now, j.d_status <> 'sent')
                                                                             then 'attempts_spent'
      when j.attempts > 0 and least(j.due, j.code_expires_at) < v_now + interval '30 s'
                                                                             then 'time_spent'
      when j.fresh and j.bar is not null                                     then j.bar
      when j.fresh and j.sends > 0 and p_watch[6] is null and j.last_send_at + make_interval(secs => ladder_pause(p_ladder, j.sends)) > v_now
                                                                             then 'resend_too_soon'
      when j.fresh and not j.n_charged and (window_full(j.n_times, p_short, interval '10 min', v_now)
                                         or window_full(j.n_times, p_day, interval '24 h', v_now))
                                                                             then 'limit_number'
      when j.fresh and j.usr is not null and (coalesce(j.user_rank, 1) > least(p_hour_user, p_day_user) or not j.u_charged
             and (window_full(j.u_times, p_hour_user, interval '1 h', v_now, coalesce(j.user_rank, 1) - 1)
               or window_full(j.u_times, p_day_user, interval '24 h', v_now, coalesce(j.user_rank, 1) - 1)))
                                                                             then 'limit_user'
      when j.fresh and j.ip is not null and (coalesce(j.ip_rank, 1) > p_hour_ip or not j.i_charged
             and window_full(j.i_times, p_hour_ip, interval '1 h', v_now, coalesce(j.ip_rank, 1) - 1))
                                                                             then 'limit_ip'
      else 'go' end as rule
    from j offset 0
  ), routed as (
    select l.*, r.route as chosen,
           case when l.rule = 'go' and not p_accept and r.route is null then 'no_provider_left' else l.rule end as rule2
      from ladder l
      left join lateral (select case when l.attempts = 0 then split_part(l.route, ',', 1) else next_route(l.request, l.route) end as route
                          where l.rule = 'go' and not p_accept) r on true
    offset 0
  ), k as materialized (
    -- While an earlier attempt is in doubt, nothing but the deadline ends a delivery.
    select r.*, v.verdict, coalesce(r.v_id, r.verification) as owner_id, r.attempts + 1 as n,
           case when r.rolls then v_now + make_interval(secs => r.ttl) else r.code_expires_at end as code_end,
           case when r.rolls then r.due else r.code_expires_at end as promise,
           case when r.d_status = 'sent' and v.verdict in ('expired', 'superseded', 'verification_settled', 'attempts_spent', 'no_provider_left')
                                                                                         then 'undelivered'
                when v.verdict = 'expired'                                               then 'expired'
                when v.verdict = 'verification_settled' and r.fresh                      then 'rejected'
                when v.verdict in ('superseded', 'verification_settled')                 then 'canceled'
                when v.verdict in ('attempts_spent', 'no_provider_left')                 then 'failed'
                when v.verdict in ('resend_too_soon', 'limit_number', 'limit_user', 'limit_ip') or v.verdict = r.bar
                                                                                         then 'rejected' end as ends_as,
           case v.verdict when 'expired' then case when r.o_attempt is null then 'expired' else 'in_doubt' end
                          when 'finished' then r.d_reason when 'repeated' then r.d_reason
                          when 'go' then null when 'mine' then null when 'leased' then null when 'in_doubt' then null
                          else v.verdict end as why,
           case v.verdict when 'leased' then r.lease_until
                          when 'repeated' then r.d_retry_at
                          when 'resend_too_soon' then r.last_send_at + make_interval(secs => ladder_pause(p_ladder, r.sends))
                          when 'limit_number' then greatest(window_opens(r.n_times, p_short, interval '10 min'),
                                                            window_opens(r.n_times, p_day, interval '24 h'))
                          when 'limit_user' then greatest(coalesce(greatest(window_opens(r.u_times, p_hour_user, interval '1 h'),
                                                                            window_opens(r.u_times, p_day_user, interval '24 h')), v_now + interval '1 h'), v_now)
                          when 'limit_ip' then coalesce(window_opens(r.i_times, p_hour_ip, interval '1 h'), v_now + interval '1 h') end as retry,
           case when r.rule2 = 'go' and r.fresh and (p_watch is not null or r.watched is not null) then nullif(concat_ws(',', r.watched,
             case when r.sends > 0 and p_watch[6] is not null
                   and r.last_send_at + make_interval(secs => ladder_pause(p_ladder, r.sends)) > v_now then 'resend_too_soon' end,
             case when not r.n_charged and (window_full(r.n_times, p_watch[1], interval '10 min', v_now)
                    or window_full(r.n_times, p_watch[2], interval '24 h', v_now)) then 'limit_number' end,
             case when r.usr is not null and (coalesce(r.user_rank, 1) > least(p_watch[4], p_watch[5]) or not r.u_charged
                   and (window_full(r.u_times, p_watch[4], interval '1 h', v_now, coalesce(r.user_rank, 1) - 1)
                     or window_full(r.u_times, p_watch[5], interval '24 h', v_now, coalesce(r.user_rank, 1) - 1))) then 'limit_user' end,
             case when r.ip is not null and (coalesce(r.ip_rank, 1) > p_watch[3] or not r.i_charged
                   and window_full(r.i_times, p_watch[3], interval '1 h', v_now, coalesce(r.ip_rank, 1) - 1)) then 'limit_ip' end), '') end
             as observed
      from routed r
     cross join lateral (select case
             when r.o_attempt is null and r.rule2 = 'time_spent' then 'expired'
             when r.o_attempt is null
               or r.rule2 not in ('verification_settled', 'superseded', 'attempts_spent', 'time_spent', 'no_provider_left') then r.rule2
             when r.lease_until > v_now then 'leased' else 'in_doubt' end as verdict) v
  ), new_verification as (
    insert into verification (id, tenant, number, purpose, "user", generation, sends, code_length, seed, code_key_id, hash_key_id, tag,
                              code_expires_at, expires_at, last_send_at, created_at)
    select k.verification, k.tenant, k.number, k.purpose, k.usr, (not p_accept)::int, (not p_accept)::int, k.code_length,
           case when not p_accept then k.request end, k.code_key, k.hash_key, k.tag, case when not p_accept then k.code_end end,
           case when p_accept then k.due else k.code_end end, case when not p_accept then v_now end, v_now
      from k where k.verdict = 'go' and k.v_id is null
  ), begun_verification as (
    update verification v set
           sends       = v.sends + (k.attempts = 0)::int,
           last_send_at = v_now,
           generation  = v.generation + k.rolls::int,
           seed        = case when k.rolls then k.request else v.seed end,
           code_key_id = case when k.rolls then k.code_key else v.code_key_id end,
           code_length = case when k.rolls then k.code_length else v.code_length end,
           hash_key_id = case when k.rolls then k.hash_key else v.hash_key_id end,
           tag         = case when k.rolls then k.tag else v.tag end,
           code_expires_at = k.code_end,
           previous_hash_key_id     = case when k.rolls and v.tag is not null then v.hash_key_id else v.previous_hash_key_id end,
           previous_tag             = case when k.rolls and v.tag is not null then v.tag else v.previous_tag end,
           previous_code_expires_at = case when k.rolls and v.tag is not null then v.code_expires_at else v.previous_code_expires_at end,
           -- the latest request has its code: nothing accepted waits any more, and the code's end is the verification's
           expires_at  = case when k.attempts = 0 then k.code_end else v.expires_at end
      from k where k.verdict = 'go' and not p_accept and v.id = k.v_id
  ), prolonged_verification as (
    -- a request that got 202 must not find its verification expired while its own deadline lives
    update verification v set expires_at = greatest(v.expires_at, k.due)
      from k where k.verdict = 'go' and p_accept and v.id = k.v_id
  ), new_delivery as (
    insert into delivery (request_id, verification_id, tenant, number, purpose, "user", client_ip, channel, template, locale, status, reason,
                          provider, generation, attempts, requested_at, deadline, created_at, finished_at, sweep_at, promised_expires_at,
                          promised_pause, promised_channel, retry_at, job, traceparent, country)
    select k.request, case when k.verdict = 'go' then k.owner_id when k.verdict = 'superseded' then k.v_id end,
           k.tenant, k.number, k.purpose, k.usr, k.ip, case when p_accept or k.chosen is null then k.channel else split_part(k.chosen, '/', 2) end,
           k.template, k.locale, coalesce(k.ends_as, case when p_accept then 'queued' else 'sending' end), k.why,
           nullif(split_part(k.chosen, '/', 1), ''),
           case when p_accept then 0 when k.v_id is null then 1 else k.v_generation + k.rolls::int end,
           (k.verdict = 'go' and not p_accept)::int, k.requested, k.due, v_now, case when k.verdict <> 'go' then v_now end,
           case when k.verdict = 'go' and p_accept then v_now + interval '30 s' end,
           case when k.verdict = 'go' and p_accept then k.promise end,
           case when k.verdict = 'go' and p_accept then ladder_pause(p_ladder, k.sends + 1) end,
           case when k.verdict = 'go' and p_accept then k.channel end, k.retry, case when k.verdict = 'go' then k.job end, k.trace, k.country
      from k where k.fresh and k.verdict <> 'request_id_conflict'
  ), old_delivery as (
    update delivery d set
           status        = coalesce(k.ends_as, case when d.status = 'queued' then 'sending' else d.status end),
           reason        = k.why,
           provider      = case when k.verdict = 'go' then split_part(k.chosen, '/', 1) else d.provider end,
           channel       = case when k.verdict = 'go' then split_part(k.chosen, '/', 2) else d.channel end,
           locale        = case when k.verdict = 'go' then k.locale else d.locale end,
           generation    = case when k.verdict = 'go' then k.v_generation + k.rolls::int else d.generation end,
           attempts      = case when k.verdict = 'go' then k.n else d.attempts end,
           sweep_at      = null,
           finished_at   = case when k.verdict <> 'go' then v_now end,
           job           = case when k.ends_as = 'canceled' then null else coalesce(d.job, k.job) end
      from k where not k.fresh and d.request_id = k.request and (k.verdict = 'go' or k.ends_as is not null)
  ), new_attempt as (
    insert into delivery_attempt (request_id, attempt, provider, channel, state, owner, lease_until, started_at)
    select k.request, k.n, split_part(k.chosen, '/', 1), split_part(k.chosen, '/', 2), 'started', p_owner, v_now + p_lease, v_now
      from k where k.verdict = 'go' and not p_accept
  ), doubted as (
    -- who is told 'in_doubt' holds the lease of the reconciliation: two never reconcile one attempt
    update delivery_attempt a set state = 'in_doubt',
           owner       = case when k.verdict = 'in_doubt' then p_owner else a.owner end,
           lease_until = case when k.verdict = 'in_doubt' then v_now + p_lease else a.lease_until end
      from k where k.verdict in ('in_doubt', 'expired') and a.request_id = k.request and a.attempt = k.o_attempt
  ), superseded as (
    -- older requests of which nothing was sent, and nothing may have been; what HTTP left to publish is published, to be told as an event
    update delivery o set status = 'canceled', reason = 'superseded', finished_at = v_now, job = case when o.sweep_at is not null then o.job end
      from k where k.verdict = 'go' and k.attempts = 0 and not p_accept and o.verification_id = k.v_id and o.request_id <> k.request
               and (o.requested_at, o.request_id) < (k.asked, k.request)
               and (o.status = 'queued' or o.status = 'sending' and not exists (
                      select 1 from delivery_attempt a where a.request_id = o.request_id and a.state not in ('refused', 'not_sent')))
    returning o.request_id
  ), charge_number as (
    update send_budget b set times = case when k.n_charged then '{}' else b.times[greatest(cardinality(b.times) - v_keep + 2, 1):] || v_now end
      from (select k.n_charged, p.at from k
             cross join lateral (select x.ctid as at from send_budget x where x.subject = k.number and x.tenant = k.tenant and x.kind = 'n' limit 1) p
             where (k.verdict = 'go' and k.fresh) <> k.n_charged) k
     where b.ctid = k.at
  ), charge_ip as (
    update send_budget b set times = case when c.charged then b.times[:cardinality(b.times) - (c.seen - c.sends)]
                                          else (b.times || array_fill(v_now, array[c.sends]))
                                               [greatest(cardinality(b.times) + c.sends - v_keep_i + 1, 1):] end
      from (select k.tenant, k.ip, bool_or(k.i_charged) as charged, count(*)::int as seen,
                   (count(*) filter (where k.verdict = 'go' and k.fresh))::int as sends
              from k where v_ips and k.ip is not null group by 1, 2) c
     cross join lateral (select x.ctid as at from send_budget x where x.subject = c.ip and x.tenant = c.tenant and x.kind = 'i' limit 1) p
     where b.ctid = p.at and case when c.charged then c.sends <> c.seen else c.sends > 0 end
  ), charge_user as (
    update send_budget b set times = case when c.charged then b.times[:cardinality(b.times) - (c.seen - c.sends)]
                                          else (b.times || array_fill(v_now, array[c.sends]))
                                               [greatest(cardinality(b.times) + c.sends - v_keep_u + 1, 1):] end
      from (select k.tenant, k.usr, bool_or(k.u_charged) as charged, count(*)::int as seen,
                   (count(*) filter (where k.verdict = 'go' and k.fresh))::int as sends
              from k where v_users and k.usr is not null group by 1, 2) c
     cross join lateral (select x.ctid as at from send_budget x where x.subject = c.usr and x.tenant = c.tenant and x.kind = 'u' limit 1) p
     where b.ctid = p.at and case when c.charged then c.sends <> c.seen else c.sends > 0 end
  ), events as (
    insert into delivery_event (at, request_id, attempt, kind, status)
    select v_now, k.request, coalesce(k.o_attempt, k.attempts), case when k.verdict = 'in_doubt' then 'in_doubt' else 'ended' end,
           coalesce(k.why, k.verdict)
      from k where k.verdict = 'in_doubt' and k.o_state = 'started' or k.ends_as is not null
    union all
    select v_now, s.request_id, 0, 'ended', 'superseded' from superseded s
    union all
    select v_now, k.request, 0, 'would_refuse', o.broken from k cross join string_to_table(k.observed, ',') as o(broken) where k.observed is not null
  )
  select k.request,
         case when k.verdict = 'go' then case when p_accept then 'queued' else 'send' end
              when k.verdict = 'mine' then 'send'
              when k.verdict = 'repeated' and (k.d_status = 'rejected' or k.v_id is null) and k.promised_expires_at is null then 'refused'
              when k.verdict in ('finished', 'leased', 'in_doubt', 'repeated') then k.verdict else 'refused' end,
         case when k.verdict = 'request_id_conflict' then null when k.ends_as is not null then k.ends_as
              when k.verdict = 'go' and (k.fresh or k.d_status = 'queued') then case when p_accept then 'queued' else 'sending' end
              else k.d_status::text end,
         k.why,
         case when k.verdict = 'request_id_conflict' then null when k.verdict = 'go' then k.owner_id else k.v_id end,
         case when k.verdict = 'go' and not p_accept then k.n when k.verdict in ('mine', 'leased', 'in_doubt') then k.o_attempt else k.attempts end::int,
         case when k.verdict = 'request_id_conflict' then null when k.chosen is not null then split_part(k.chosen, '/', 1)
              when k.verdict in ('mine', 'leased', 'in_doubt') then k.o_provider else k.d_provider end,
         case when k.verdict = 'request_id_conflict' then null when k.chosen is not null then split_part(k.chosen, '/', 2)
              when k.verdict in ('mine', 'leased', 'in_doubt') then k.o_channel
              when k.verdict = 'repeated' and k.promised_expires_at is not null then k.promised_channel else coalesce(k.d_channel, k.channel) end,
         case when k.rolls then k.request else k.v_seed end, case when k.rolls then k.code_key else k.v_code_key end,
         case when k.rolls then k.code_length else k.v_code_length end::int,
         (extract(epoch from least(k.due, k.code_end) - v_now) * 1000)::bigint,
         (extract(epoch from case when k.verdict in ('go', 'in_doubt') then p_lease when k.verdict = 'mine' then k.lease_until - v_now end)
          * 1000)::bigint,
         case when k.retry > v_now or k.retry is not null and k.verdict <> 'repeated'
              then greatest((extract(epoch from k.retry - v_now) * 1000)::bigint, 0) end,
         case when k.verdict = 'repeated' then coalesce(k.promised_expires_at, k.due) else k.promise end,
         case when k.verdict = 'repeated' then coalesce(k.promised_pause, ladder_pause(p_ladder, 1)) else ladder_pause(p_ladder, k.sends + 1) end,
         k.observed, k.verdict = 'go' and k.fresh, case when k.verdict = 'in_doubt' then k.o_started end
    from k;
    -- Where the request is refused and opens no next one, the known device still has its code.
    if v_closed is not null then
      update verification v set status = 'pending', settled_at = null
       where v.id = any (v_closed) and not exists (select 1 from verification n where n.number = v.number and n.tenant = v.tenant
                                                      and n.purpose = v.purpose and n.status = 'pending');
    end if;
    if cardinality(v_known) = v_jobs then return; end if;
  end if;

  -- 5 New requests for keys without a pending verification: deadline, limits, and that no newer request came first, whose verification is
  -- settled by now. That is looked for only where the number's budget is not new.
  return query
  with w as (
    select u.place::int as place, u.request, p_requested[u.place] as asked,
           p_requested[u.place] + make_interval(secs => p_ttl[u.place]) as due, p_user[u.place] as usr, p_ip[u.place] as ip,
           coalesce(v_rank[u.place], 1) as ip_rank, coalesce(v_place[u.place], 1) as user_rank, p_bar[u.place] as bar,
           p_route[u.place] as route, nb.times as n_times, ib.times as i_times, ub.times as u_times,
           coalesce(nb.opened_by = u.request and nb.times = v_once, v_made = v_wanted) as n_charged,
           coalesce(ib.times[cardinality(ib.times)] = v_open, v_made = v_wanted) as i_charged,
           coalesce(ub.times[cardinality(ub.times)] = v_open, v_made = v_wanted) as u_charged
      from unnest(p_request) with ordinality as u(request, place)
      left join lateral (select b.opened_by, b.times from send_budget b where v_made <> v_wanted
                            and b.subject = p_number[u.place] and b.tenant = p_tenant[u.place] and b.kind = 'n' limit 1) nb on true
      left join lateral (select b.times from send_budget b where v_made <> v_wanted and v_ips
                            and b.subject = p_ip[u.place] and b.tenant = p_tenant[u.place] and b.kind = 'i' limit 1) ib on true
      left join lateral (select b.times from send_budget b where v_made <> v_wanted and v_users
                            and b.subject = p_user[u.place] and b.tenant = p_tenant[u.place] and b.kind = 'u' limit 1) ub on true
     where (v_known is null or u.place <> all (v_known)) and u.request = p_request[u.place]
    offset 0
  ), ladder as (
    select w.*, case
      when w.due <= v_now or not p_accept and w.due < v_now + interval '30 s' then 'expired'
      when p_resend_of is not null                                           then 'verification_settled'
      when not w.n_charged and not p_accept and exists (
             select 1 from delivery n where n.number = p_number[w.place] and n.created_at > w.asked and n.tenant = p_tenant[w.place]
                and n.purpose = p_purpose[w.place] and n.status in ('queued', 'sending', 'sent', 'delivered', 'undelivered', 'canceled')
                and asked_by(n.requested_at, n.created_at, n.status) > w.asked) then 'superseded'
      when w.bar is not null                                                 then w.bar
      when not w.n_charged and (window_full(w.n_times, p_short, interval '10 min', v_now)
                             or window_full(w.n_times, p_day, interval '24 h', v_now))
                                                                             then 'limit_number'
      when w.usr is not null and (w.user_rank > least(p_hour_user, p_day_user) or not w.u_charged
             and (window_full(w.u_times, p_hour_user, interval '1 h', v_now, w.user_rank - 1)
               or window_full(w.u_times, p_day_user, interval '24 h', v_now, w.user_rank - 1)))
                                                                             then 'limit_user'
      when w.ip is not null and (w.ip_rank > p_hour_ip or not w.i_charged
             and window_full(w.i_times, p_hour_ip, interval '1 h', v_now, w.ip_rank - 1))
                                                                             then 'limit_ip'
      when not p_accept and w.route is null                                  then 'no_provider_left'
      else 'go' end as verdict
    from w offset 0
  ), k as materialized (
    select l.place, l.request, l.due, l.n_charged, l.i_charged, l.u_charged,
           l.verdict = 'go' as go, l.verdict = 'go' and not p_accept as begun,
           case when l.verdict = 'go' and not p_accept then split_part(split_part(l.route, ',', 1), '/', 1) end as provider,
           case when l.verdict = 'go' and not p_accept then split_part(split_part(l.route, ',', 1), '/', 2) else p_channel[l.place] end as channel,
           v_now + make_interval(secs => p_ttl[l.place]) as code_end,
           case l.verdict when 'go' then case when p_accept then 'queued' else 'sending' end
                          when 'expired' then 'expired' when 'superseded' then 'canceled' when 'no_provider_left' then 'failed' else 'rejected' end as becomes,
           nullif(l.verdict, 'go') as why,
           case l.verdict when 'limit_number' then greatest(window_opens(l.n_times, p_short, interval '10 min'),
                                                            window_opens(l.n_times, p_day, interval '24 h'))
                          when 'limit_user' then greatest(coalesce(greatest(window_opens(l.u_times, p_hour_user, interval '1 h'),
                                                                            window_opens(l.u_times, p_day_user, interval '24 h')), v_now + interval '1 h'), v_now)
                          when 'limit_ip' then coalesce(window_opens(l.i_times, p_hour_ip, interval '1 h'), v_now + interval '1 h') end as retry,
           case when l.verdict = 'go' and (p_watch is not null or p_watched[l.place] is not null) then nullif(concat_ws(',', p_watched[l.place],
             case when not l.n_charged and (window_full(l.n_times, p_watch[1], interval '10 min', v_now)
                    or window_full(l.n_times, p_watch[2], interval '24 h', v_now)) then 'limit_number' end,
             case when l.usr is not null and (l.user_rank > least(p_watch[4], p_watch[5]) or not l.u_charged
                   and (window_full(l.u_times, p_watch[4], interval '1 h', v_now, l.user_rank - 1)
                     or window_full(l.u_times, p_watch[5], interval '24 h', v_now, l.user_rank - 1))) then 'limit_user' end,
             case when l.ip is not null and (l.ip_rank > p_watch[3] or not l.i_charged
                   and window_full(l.i_times, p_watch[3], interval '1 h', v_now, l.ip_rank - 1)) then 'limit_ip' end), '') end
             as observed
      from ladder l
  ), new_verification as (
    insert into verification (id, tenant, number, purpose, "user", generation, sends, code_length, seed, code_key_id, hash_key_id, tag,
                              code_expires_at, expires_at, last_send_at, created_at)
    select p_verification[k.place], p_tenant[k.place], p_number[k.place], p_purpose[k.place], p_user[k.place], k.begun::int, k.begun::int,
           p_code_length[k.place], case when k.begun then k.request end, p_code_key[k.place], p_hash_key[k.place], p_tag[k.place],
           case when k.begun then k.code_end end, case when k.begun then k.code_end else k.due end, case when k.begun then v_now end, v_now
      from k where k.go
  ), new_delivery as (
    insert into delivery (request_id, verification_id, tenant, number, purpose, "user", client_ip, channel, template, locale, status, reason,
                          provider, generation, attempts, requested_at, deadline, created_at, finished_at, sweep_at, promised_expires_at,
                          promised_pause, promised_channel, retry_at, job, traceparent, country)
    select k.request, case when k.go then p_verification[k.place] end, p_tenant[k.place], p_number[k.place], p_purpose[k.place],
           p_user[k.place], p_ip[k.place], k.channel, p_template[k.place], p_locale[k.place], k.becomes, k.why, k.provider, k.begun::int,
           k.begun::int, p_requested[k.place], k.due, v_now,
           case when not k.go then v_now end, case when k.go and p_accept then v_now + interval '30 s' end,
           case when k.go and p_accept then k.due end, case when k.go and p_accept then ladder_pause(p_ladder, 1) end,
           case when k.go and p_accept then k.channel end, k.retry, case when k.go then p_job[k.place] end, p_trace[k.place], p_country[k.place]
      from k
  ), new_attempt as (
    insert into delivery_attempt (request_id, attempt, provider, channel, state, owner, lease_until, started_at)
    select k.request, 1, k.provider, k.channel, 'started', p_owner, v_now + p_lease, v_now
      from k where k.begun
  ), charge_number as (
    update send_budget b set times = case when k.n_charged then '{}' else b.times[greatest(cardinality(b.times) - v_keep + 2, 1):] || v_now end
      from (select k.n_charged, p.at from k
             cross join lateral (select x.ctid as at from send_budget x
                                  where x.subject = p_number[k.place] and x.tenant = p_tenant[k.place] and x.kind = 'n' limit 1) p
             where k.go <> k.n_charged) k
     where b.ctid = k.at
  ), charge_ip as (
    update send_budget b set times = case when c.charged then b.times[:cardinality(b.times) - (c.seen - c.sends)]
                                          else (b.times || array_fill(v_now, array[c.sends]))
                                               [greatest(cardinality(b.times) + c.sends - v_keep_i + 1, 1):] end
      from (select p_tenant[k.place] as tenant, p_ip[k.place] as ip, bool_or(k.i_charged) as charged, count(*)::int as seen,
                   (count(*) filter (where k.go))::int as sends
              from k where v_ips and p_ip[k.place] is not null group by 1, 2) c
     cross join lateral (select x.ctid as at from send_budget x where x.subject = c.ip and x.tenant = c.tenant and x.kind = 'i' limit 1) p
     where b.ctid = p.at and case when c.charged then c.sends <> c.seen else c.sends > 0 end
  ), charge_user as (
    update send_budget b set times = case when c.charged then b.times[:cardinality(b.times) - (c.seen - c.sends)]
                                          else (b.times || array_fill(v_now, array[c.sends]))
                                               [greatest(cardinality(b.times) + c.sends - v_keep_u + 1, 1):] end
      from (select p_tenant[k.place] as tenant, p_user[k.place] as usr, bool_or(k.u_charged) as charged, count(*)::int as seen,
                   (count(*) filter (where k.go))::int as sends
              from k where v_users and p_user[k.place] is not null group by 1, 2) c
     cross join lateral (select x.ctid as at from send_budget x where x.subject = c.usr and x.tenant = c.tenant and x.kind = 'u' limit 1) p
     where b.ctid = p.at and case when c.charged then c.sends <> c.seen else c.sends > 0 end
  ), events as (
    insert into delivery_event (at, request_id, attempt, kind, status)
    select v_now, k.request, 0, 'ended', k.why from k where not k.go
    union all
    select v_now, k.request, 0, 'would_refuse', o.broken from k cross join string_to_table(k.observed, ',') as o(broken) where k.observed is not null
  )
  select k.request, case when k.begun then 'send' when k.go then 'queued' else 'refused' end, k.becomes, k.why,
         case when k.go then p_verification[k.place] end, k.begun::int, k.provider, k.channel,
         k.request, p_code_key[k.place], p_code_length[k.place],
         (extract(epoch from least(k.due, k.code_end) - v_now) * 1000)::bigint,
         case when k.begun then (extract(epoch from p_lease) * 1000)::bigint end,
         case when k.retry is not null then greatest((extract(epoch from k.retry - v_now) * 1000)::bigint, 0) end,
         k.due, ladder_pause(p_ladder, 1), k.observed, k.go, null::timestamptz
    from k;
end $$;

revoke execute on function begin_sends from public;
grant execute on function begin_sends to otp_worker;
reset role;
