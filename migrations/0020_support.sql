-- For support: auditors see numbers masked, and yet must find what became of one that a user names. Who may call deliveries_of can also try
-- number after number, and so learn which one stands behind a masked one of the views: where auditors must not, that function is for
-- the role of support staff alone (docs/operations.md).
set local role otp_owner;
set local search_path = otp, pg_catalog, pg_temp;

-- The requests for a number that were made, waited or ended between two times, newest first. p_tenant null: of all tenants. None waits for
-- longer than the quarter of an hour after which end_lost ends it.
create function audit.deliveries_of(p_number text, p_tenant text, p_from timestamptz, p_to timestamptz, p_limit int) returns setof uuid
language sql stable security definer set search_path = otp, pg_catalog, pg_temp as $$
  select d.request_id from otp.delivery d
   where d.number = p_number and (p_tenant is null or d.tenant = p_tenant) and d.created_at <= p_to
     and (d.created_at >= p_from or d.finished_at >= p_from or d.finished_at is null and d.created_at >= p_from - interval '15 min')
   order by d.created_at desc, d.request_id desc limit p_limit
$$;

-- When wrong codes were entered while a verification was open, as far as its budget remembers: a day, at most 20 guesses of each kind. A
-- wrong code is a guess at each live code, all of one time: it is one row here.
create function audit.wrong_checks_of(p_verification uuid) returns table (at timestamptz, device boolean)
language sql stable security definer set search_path = otp, pg_catalog, pg_temp as $$
  select distinct t.at, b.device
    from otp.verification v
    join otp.check_budget b on b.number = v.number and b.tenant = v.tenant and b.purpose = v.purpose
   cross join lateral unnest(b.times) as t(at)
   where v.id = p_verification and t.at between v.created_at and coalesce(v.settled_at, v.expires_at)
   order by t.at
$$;

-- How many texts to the same number went before some requests, in the tenant: what limit_number counts.
create function audit.texts_before(p_requests uuid[]) returns table (request_id uuid, in_10_minutes int, in_24_hours int)
language sql stable security definer set search_path = otp, pg_catalog, pg_temp as $$
  select d.request_id, count(o.created_at) filter (where o.created_at > d.created_at - interval '10 min')::int, count(o.created_at)::int
    from otp.delivery d
    left join otp.delivery o on o.number = d.number and o.tenant = d.tenant and o.created_at < d.created_at
                            and o.created_at > d.created_at - interval '24 h' and o.status not in ('rejected', 'canceled')
   where d.request_id = any (p_requests)
   group by d.request_id
$$;

-- What became of the requests of the last moments, by status; `oldest` is the first of them. Tenant by tenant, along the index that
-- listing has.
create function audit.recent_deliveries(p_span interval) returns table (status text, requests bigint, oldest timestamptz)
language sql stable security definer set search_path = otp, pg_catalog, pg_temp as $$
  with recursive t(tenant) as (
    (select d.tenant from otp.delivery d order by d.tenant limit 1)
    union all
    select (select d.tenant from otp.delivery d where d.tenant > t.tenant order by d.tenant limit 1) from t where t.tenant is not null)
  select d.status::text, count(*), min(d.created_at)
    from t cross join lateral (select x.status, x.created_at from otp.delivery x where x.tenant = t.tenant and x.created_at > now() - p_span) d
   group by d.status
$$;

-- How the provider calls for those requests ended, and how long they took.
create function audit.recent_calls(p_span interval)
returns table (provider text, channel text, calls bigint, accepted bigint, refused bigint, not_sent bigint, in_doubt bigint, delivered bigint,
               undelivered bigint, median_ms int, slow_ms int)
language sql stable security definer set search_path = otp, pg_catalog, pg_temp as $$
  with recursive t(tenant) as (
    (select d.tenant from otp.delivery d order by d.tenant limit 1)
    union all
    select (select d.tenant from otp.delivery d where d.tenant > t.tenant order by d.tenant limit 1) from t where t.tenant is not null)
  select a.provider, a.channel, count(*), count(*) filter (where a.state in ('accepted', 'delivered', 'undelivered')),
         count(*) filter (where a.state = 'refused'), count(*) filter (where a.state = 'not_sent'), count(*) filter (where a.state = 'in_doubt'),
         count(*) filter (where a.state = 'delivered'), count(*) filter (where a.state = 'undelivered'),
         (percentile_cont(0.5) within group (order by a.took))::int, (percentile_cont(0.95) within group (order by a.took))::int
    from t
   cross join lateral (select x.request_id from otp.delivery x where x.tenant = t.tenant and x.created_at > now() - p_span) d
   cross join lateral (select y.provider, y.channel, y.state, extract(epoch from y.finished_at - y.started_at) * 1000 as took
                         from otp.delivery_attempt y where y.request_id = d.request_id) a
   group by a.provider, a.channel order by 1, 2
$$;

-- The ids of keys that live codes need, and until when: of OTP_CODE_KEYS ('code') and OTP_HASH_KEYS ('hash').
create function key_ids_in_use() returns table (kind text, id text, codes bigint, needed_until timestamptz)
language sql stable security definer set search_path = otp, pg_catalog, pg_temp as $$
  with live as (select v.* from otp.verification v where v.status = 'pending'),
       used as (
         select 'code' as kind, l.code_key_id as id, l.code_expires_at as until from live l
         union all select 'hash', l.hash_key_id, l.code_expires_at from live l
         union all select 'hash', l.previous_hash_key_id, l.previous_code_expires_at from live l)
  select u.kind, u.id, count(*), max(u.until) from used u where u.id is not null and u.until > now() group by u.kind, u.id order by 1, 2
$$;

revoke execute on function key_ids_in_use from public;
grant execute on function key_ids_in_use to otp_worker, otp_verify, otp_auditor;
revoke execute on function audit.recent_deliveries, audit.recent_calls from public;
grant execute on function audit.recent_deliveries, audit.recent_calls to otp_auditor;
revoke execute on function audit.deliveries_of, audit.wrong_checks_of, audit.texts_before from public;
grant execute on function audit.deliveries_of, audit.wrong_checks_of, audit.texts_before to otp_auditor;
reset role;
