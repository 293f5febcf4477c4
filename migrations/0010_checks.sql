-- Checks: is this the code?
set local role otp_owner;
set local search_path = otp, pg_catalog, pg_temp;

-- Compares, counts and settles, by number (p_id null) or by id. p_keys are the live hash keys of the whole call; p_tags holds one tag per
-- key for each check, one check after the other. p_device: a valid device token came with it. answer is one of
--   approved               right, and used now
--   wrong                  attempts_left are left; the next may come after retry_after_ms
--   max_attempts_reached   wrong, and this was the fifth
--   closed                 five were wrong before                    (410 max_attempts_reached)
--   already_used, expired, canceled                                  (410)
--   not_found                                                        (404)
--   check_too_soon, check_budget_spent   neither compared nor counted (429)
--   unknown_key            a live code's hash key is not in p_keys: nothing is counted (503)
--   defer                  another check of this call is for the same verification, or, without p_waits, another call holds it:
--                          neither compared nor counted, call again for this one
-- p_waits: verifications are locked in the order of their ids; false lets no check of the call wait for one that others hold.
-- ended: its life was over, and this check settled it. provider, channel, country: of a right code, how the text went out that could bring it,
-- by the latest request that a provider has taken.
create function check_codes(
  p_tenant text[], p_number text[], p_purpose text[], p_id uuid[], p_device boolean[], p_keys text[], p_tags bytea[],
  p_waits boolean default true, p_tries int default 5, p_budget int default 20)
returns table (answer text, id uuid, attempts_left int, retry_after_ms bigint, settled_at timestamptz, "user" text,
               provider text, channel text, country text, ended boolean)
language plpgsql volatile security definer set search_path = otp, pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  v_now  timestamptz;
  v_ids  uuid[];
  v_held uuid[];                     -- by this call
  v_keys int := cardinality(p_keys);
begin
  -- 1 The ids and the locks.
  if p_waits then
    select array_agg(coalesce(p_id[u.place], v.id) order by u.place) into v_ids
      from unnest(p_number) with ordinality as u(n, place)
      left join lateral (select v.id from verification v where p_id[u.place] is null and v.number = u.n and v.tenant = p_tenant[u.place]
                            and v.purpose = p_purpose[u.place] and v.status = 'pending' limit 1) v on true;
    select array_agg(v.id order by u.place) into v_held
      from (select x.* from unnest(v_ids, p_tenant) with ordinality as x(id, tenant, place) order by x.id) u
      left join lateral (select v.id from verification v where v.id = u.id and v.tenant = u.tenant for no key update) v on true;
  else
    -- Nobody waits, so any order will do, and what is found is locked at once. What is not may be unknown, or held by another call.
    select array_agg(coalesce(v.id, w.id) order by u.place) into v_held
      from unnest(p_number) with ordinality as u(n, place)
      left join lateral (select v.id from verification v where p_id[u.place] is null and v.number = u.n and v.tenant = p_tenant[u.place]
                            and v.purpose = p_purpose[u.place] and v.status = 'pending' limit 1 for no key update skip locked) v on true
      left join lateral (select v.id from verification v where v.id = p_id[u.place] and v.tenant = p_tenant[u.place]
                            for no key update skip locked) w on true;
    v_ids := v_held;
    if v_held is null or array_position(v_held, null) is not null then
      select array_agg(coalesce(v_held[u.place], p_id[u.place], v.id) order by u.place) into v_ids
        from unnest(p_number) with ordinality as u(n, place)
        left join lateral (select v.id from verification v where v_held[u.place] is null and p_id[u.place] is null and v.number = u.n
                              and v.tenant = p_tenant[u.place] and v.purpose = p_purpose[u.place] and v.status = 'pending' limit 1) v on true;
    end if;
  end if;
  v_now := clock_timestamp();

  -- 2 Read, compare, settle, count.
  return query
  with j as (
    select u.id, u.device, u.place, u.id is not null and (u.nth > 1 or u.held is null) as not_now, v."user" as v_user,
           v.id as v_id, v.tenant as v_tenant, v.number as v_number, v.purpose as v_purpose, v.status, v.settled_at as v_settled, v.expires_at,
           v.generation, v.wrong_checks >= p_tries as closed_to_strangers,
           case when u.device then v.device_wrong_checks else v.wrong_checks end as wrong,
           case when u.device then v.device_next_check_at else v.next_check_at end as next_at,
           coalesce(v.code_expires_at > v_now, false) as live, coalesce(v.previous_code_expires_at > v_now, false) as previous_live,
           array_position(p_keys, v.hash_key_id) as key, array_position(p_keys, v.previous_hash_key_id) as previous_key,
           v.tag, v.previous_tag
      from (select x.id, x.held, x.place::int as place, p_device[x.place] as device, row_number() over (partition by x.id order by x.place) as nth
              from unnest(v_ids, v_held, p_tenant) with ordinality as x(id, held, tenant, place) where x.tenant = p_tenant[x.place]) u
      left join lateral (select v.* from verification v where v.id = u.id and v.tenant = p_tenant[u.place] limit 1) v on true
  ), c as (
    select j.*, b.times, greatest(j.live::int + j.previous_live::int, 1) as weight,      -- a wrong check is a guess at each live code
           coalesce(j.live and j.tag = p_tags[(j.place - 1) * v_keys + j.key], false)
        or coalesce(j.previous_live and j.previous_tag = p_tags[(j.place - 1) * v_keys + j.previous_key], false) as hit
      from j
      left join lateral (select b.times from check_budget b
                          where b.number = j.v_number and b.tenant = j.v_tenant and b.purpose = j.v_purpose and b.device = j.device limit 1) b on true
  ), k as (
    select c.*, case
      when c.v_id is null                                                          then 'not_found'
      when c.not_now                                                               then 'defer'
      when c.status = 'approved'                                                   then 'already_used'
      when c.status = 'canceled'                                                   then 'canceled'
      when c.status = 'max_attempts_reached'                                       then 'closed'
      when c.status = 'expired'                                                    then 'expired'
      when c.expires_at <= v_now and c.closed_to_strangers                         then 'closed'
      when c.expires_at <= v_now                                                   then 'expired'
      when c.wrong >= p_tries                                                      then 'closed'
      when c.generation > 0 and not c.live and not c.previous_live                 then 'expired'   -- the code is; a new one is on its way
      when c.next_at > v_now                                                       then 'check_too_soon'
      when c.live and c.key is null or c.previous_live and c.previous_key is null  then 'unknown_key'
      when window_full(c.times, p_budget, interval '24 h', v_now, c.weight - 1)    then 'check_budget_spent'
      when c.hit                                                                   then 'approved'
      when c.wrong + 1 >= p_tries                                                  then 'max_attempts_reached'
      else 'wrong' end as answer
    from c offset 0
  ), told as materialized (
    select k.*, k.answer in ('wrong', 'max_attempts_reached') as counted,
           k.status = 'pending' and k.answer in ('expired', 'closed') and k.expires_at <= v_now as ended,
           -- the pause after the third wrong one and after the fourth
           case when k.answer = 'wrong' and k.wrong = 2 then interval '5 s' when k.answer = 'wrong' and k.wrong = 3 then interval '15 s' end as pause
      from k
  ), settled as (
    update verification v set
           status = case when t.answer = 'approved' then 'approved' when not t.ended then v.status
                         when t.closed_to_strangers then 'max_attempts_reached' else 'expired' end,
           settled_at           = case when t.answer = 'approved' or t.ended then v_now end,
           wrong_checks         = v.wrong_checks + (t.counted and not t.device)::int,
           device_wrong_checks  = v.device_wrong_checks + (t.counted and t.device)::int,
           next_check_at        = case when t.device or t.pause is null then v.next_check_at else v_now + t.pause end,
           device_next_check_at = case when not t.device or t.pause is null then v.device_next_check_at else v_now + t.pause end
      from told t where v.id = t.v_id and (t.answer = 'approved' or t.counted or t.ended)
  ), charged as (
    insert into check_budget as b (tenant, number, purpose, device, times)
    select t.v_tenant, t.v_number, t.v_purpose, t.device, array_fill(v_now, array[t.weight]) from told t where t.counted order by 2, 1, 3, 4
    on conflict on constraint check_budget_pkey do update
       set times = (b.times || excluded.times)[greatest(cardinality(b.times) + cardinality(excluded.times) - p_budget + 1, 1):]
  )
  select t.answer, t.v_id, greatest(p_tries - t.wrong - t.counted::int, 0)::int,
         (case t.answer when 'check_too_soon'     then extract(epoch from t.next_at - v_now) * 1000
                        when 'check_budget_spent' then extract(epoch from window_opens(t.times, p_budget, interval '24 h', t.weight - 1) - v_now) * 1000
                        when 'wrong' then greatest(coalesce(extract(epoch from t.pause) * 1000, 0), case
                          when cardinality(t.times) + 2 * t.weight > p_budget     -- this one spent the day's budget
                          then coalesce(extract(epoch from window_opens(t.times || array_fill(v_now, array[t.weight]), p_budget, interval '24 h', t.weight - 1)
                                                           - v_now) * 1000, 0) end) end)::bigint,
         case when t.answer = 'approved' or t.ended then v_now else t.v_settled end, t.v_user, d.provider, d.channel, d.country, t.ended
    from told t
    left join lateral (select d.provider, d.channel, d.country from delivery d
                        where t.answer = 'approved' and d.verification_id = t.v_id and d.provider is not null
                        order by d.created_at desc limit 1) d on true
   order by t.place;

  -- 3 A number without a pending verification writes as much as a wrong code does: a commit that waits for the disk would tell
  -- a stranger which of the two it was.
  if array_position(v_ids, null) is not null then perform pg_logical_emit_message(true, 'otp.check', ''); end if;
end $$;

-- Number and purpose of an id, which its tags are made from; no row for a stranger to the tenant.
create function verification_for_check(p_tenant text, p_id uuid) returns table (number text, purpose text)
language sql stable security definer set search_path = otp, pg_catalog, pg_temp as $$
  select v.number, v.purpose from otp.verification v where v.id = p_id and v.tenant = p_tenant
$$;

-- status is canceled, or what it was settled with before; settled tells whether this call did it. No further text is begun for it. No row
-- for a stranger to the tenant.
create function cancel_verification(p_tenant text, p_id uuid)
returns table (status text, settled boolean, number text, purpose text, "user" text, settled_at timestamptz)
language plpgsql volatile security definer set search_path = otp, pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  v         verification;
  v_pending boolean;
begin
  select * into v from verification x where x.id = p_id and x.tenant = p_tenant for no key update;
  if not found then return; end if;
  v_pending := v.status = 'pending';
  if v_pending then
    v.settled_at := clock_timestamp();
    if v.expires_at > v.settled_at then v.status := 'canceled';
    elsif v.wrong_checks >= 5 then v.status := 'max_attempts_reached';
    else v.status := 'expired'; end if;
    update verification x set status = v.status, settled_at = v.settled_at where x.id = p_id;
  end if;
  return query select v.status::text, v_pending, v.number, v.purpose, v."user", v.settled_at;
end $$;

revoke execute on function check_codes, verification_for_check, cancel_verification from public;
grant execute on function check_codes, verification_for_check, cancel_verification to otp_verify;
reset role;
