-- The sweep: what waits in the tables and not in the queue.
set local role otp_owner;
set local search_path = otp, pg_catalog, pg_temp;

-- Deliveries created before it have ended. One row.
create table ended_mark (
  only_one boolean     primary key default true check (only_one),
  at       timestamptz not null
) with (fillfactor = 20);
insert into ended_mark (at) values (clock_timestamp());

-- Ends what nobody can end any more, and leaves its events to be told: deliveries a quarter of an hour old that are still queued or sending.
-- None lives that long (10 minutes, and 60 s for a producer's clock), so their messages are gone, with a queue that was deleted, purged or
-- lost. Each delivery is looked at once, along the index that listing has. One at a time: a second caller has nothing to do.
create function end_lost() returns void
language plpgsql volatile security definer set search_path = otp, pg_catalog, pg_temp as $$
declare
  v_from  timestamptz;
  v_until timestamptz;
  v_lost  uuid[];
begin
  if not pg_try_advisory_xact_lock(hashtext('otp.end_lost')) then return; end if;
  select m.at into v_from from ended_mark m;
  v_until := least(clock_timestamp() - interval '15 min', v_from + interval '1 min');
  if v_from >= v_until then return; end if;
  update ended_mark set at = v_until;

  with recursive t(tenant) as (
    (select d.tenant from delivery d order by d.tenant limit 1)
    union all
    select (select d.tenant from delivery d where d.tenant > t.tenant order by d.tenant limit 1) from t where t.tenant is not null)
  select array_agg(o.request_id) into v_lost
    from t cross join lateral (
      select d.request_id from delivery d where d.tenant = t.tenant and d.created_at >= v_from and d.created_at < v_until
         and d.status in ('queued', 'sending')) o;
  if v_lost is null then return; end if;

  perform 1 from delivery_attempt a where a.request_id = any (v_lost) and a.state in ('started', 'in_doubt')
    order by a.request_id, a.attempt for no key update;
  update delivery_attempt a set state = 'in_doubt' where a.request_id = any (v_lost) and a.state = 'started';
  with ended as (
    update delivery d set status = 'expired', finished_at = clock_timestamp(), sweep_at = null,
           reason = case when exists (select 1 from delivery_attempt a where a.request_id = d.request_id and a.state = 'in_doubt')
                         then 'in_doubt' else 'expired' end
     where d.request_id = any (v_lost) and d.status in ('queued', 'sending')
    returning d.*
  ), events as (
    insert into delivery_event (at, request_id, attempt, kind, status)
    select e.finished_at, e.request_id, e.attempts, 'ended', e.reason from ended e
  )
  insert into untold_event (due_at, at, request_id, verification_id, tenant, "user", purpose, status, provider, channel, reason, traceparent)
  select e.finished_at, e.finished_at, e.request_id, e.verification_id, e.tenant, e."user", e.purpose, e.status, e.provider, e.channel, e.reason,
         e.traceparent
    from ended e;
end $$;

-- Matches parked receipts, ends what is lost, then claims rows to publish for 30 s. Who took them publishes with a confirm and calls mark_published; if it
-- dies, they come again, and begin knows them. A row past its deadline is published all the same: begin ends it, and its event is told.
create function sweep_due(p_limit int default 500)
returns table (request_id uuid, tenant text, job bytea, traceparent text, attempts int)
language plpgsql volatile security definer set search_path = otp, pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  v_now timestamptz;
  v_due uuid[];
begin
  perform match_parked();
  perform end_lost();
  v_now := clock_timestamp();         -- a variable: an index cannot be searched for what changes while it is searched
  v_due := array(select d.request_id from delivery d where d.sweep_at <= v_now order by d.sweep_at limit p_limit for no key update skip locked);
  return query
  update delivery d set sweep_at = v_now + interval '30 s'
   where d.request_id = any (v_due)
  returning d.request_id, d.tenant, d.job, d.traceparent, d.attempts::int;
end $$;

revoke execute on function end_lost, sweep_due from public;
grant execute on function sweep_due to otp_worker;
reset role;
