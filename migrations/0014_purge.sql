-- Retention. Run by the operator's command, so nobody but the owner may.
set local role otp_owner;
set local search_path = otp, pg_catalog, pg_temp;

-- Deletes up to p_limit requests older than p_keep_days with their attempts and what only they need, and as many stale rows of each other
-- kind: budgets after 48 h, parked receipts after a day. Returns how many rows went; the caller repeats until it is 0.
create function purge_rows(p_keep_days int default 30, p_limit int default 5000) returns int
language plpgsql volatile security definer set search_path = otp, pg_catalog, pg_temp as $$
declare
  v_cutoff        timestamptz := now() - make_interval(days => p_keep_days);
  v_requests      uuid[];
  v_verifications uuid[];
  v_gone          int := 0;
  v_count         int;
begin
  -- tenant by tenant, along the index that listing has
  with recursive t(tenant) as (
    (select d.tenant from delivery d order by d.tenant limit 1)
    union all
    select (select d.tenant from delivery d where d.tenant > t.tenant order by d.tenant limit 1) from t where t.tenant is not null)
  select array_agg(o.request_id), array_agg(distinct o.verification_id) into v_requests, v_verifications
    from (select o.* from t cross join lateral (
            select d.request_id, d.verification_id from delivery d
             where d.tenant = t.tenant and d.created_at < v_cutoff order by d.created_at limit p_limit) o limit p_limit) o;

  if v_requests is not null then
    delete from provider_message m using delivery_attempt a
     where a.request_id = any (v_requests) and m.provider_message_id = a.provider_message_id and m.provider = a.provider;
    delete from delivery_attempt a where a.request_id = any (v_requests);
    delete from delivery d where d.request_id = any (v_requests);
    get diagnostics v_gone = row_count;
    delete from verification v where v.id = any (v_verifications) and v.expires_at < v_cutoff
       and not exists (select 1 from delivery d where d.verification_id = v.id);
  end if;

  delete from send_budget b where b.ctid = any (array(
    select x.ctid from send_budget x where coalesce(x.times[cardinality(x.times)], '-infinity') < now() - interval '48 h'
     limit p_limit for update skip locked));
  get diagnostics v_count = row_count;
  v_gone := v_gone + v_count;
  delete from check_budget b where b.ctid = any (array(
    select x.ctid from check_budget x where x.times[cardinality(x.times)] < now() - interval '48 h' limit p_limit for update skip locked));
  get diagnostics v_count = row_count;
  v_gone := v_gone + v_count;
  delete from parked_receipt p where p.ctid = any (array(
    select x.ctid from parked_receipt x where x.at < now() - interval '1 day' limit p_limit for update skip locked));
  get diagnostics v_count = row_count;
  return v_gone + v_count;
end $$;

-- Partitions of delivery_event wholly older than p_keep_days, for the caller to drop, with a short lock_timeout: dropping locks the parent
-- for a moment (detach concurrently is refused where there is a default partition).
create function expired_partitions(p_keep_days int default 30) returns setof text
language sql stable security definer set search_path = otp, pg_catalog, pg_temp as $$
  select c.relname::text
    from pg_inherits i join pg_class c on c.oid = i.inhrelid
   where i.inhparent = 'otp.delivery_event'::regclass and c.relname ~ '^delivery_event_[0-9]{8}$'
     and to_date(right(c.relname, 8), 'YYYYMMDD') < ((now() at time zone 'UTC')::date - p_keep_days)
   order by 1
$$;

revoke execute on function purge_rows, expired_partitions from public;
reset role;
