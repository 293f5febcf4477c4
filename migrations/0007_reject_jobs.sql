-- Jobs that never came to begin: not understood, or refused by policy (no provider for the channel, country not allowed).
set local role otp_owner;
set local search_path = otp, pg_catalog, pg_temp;

-- Records each as a rejected delivery with its reason. What could not be read may be null. An accepted request that policy refuses is
-- ended; any other known request id is left untouched. recorded: whether this call wrote it.
create function reject_jobs(
  p_request uuid[], p_tenant text[], p_number text[], p_purpose text[], p_user text[], p_channel text[], p_template text[], p_locale text[],
  p_requested timestamptz[], p_reason text[], p_trace text[])
returns table (request_id uuid, recorded boolean)
language plpgsql volatile security definer set search_path = otp, pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  v_now timestamptz := clock_timestamp();
begin
  return query
  with u as (
    select distinct on (u.request) u.*
      from unnest(p_request, p_tenant, p_number, p_purpose, p_user, p_channel, p_template, p_locale, p_requested, p_reason, p_trace)
           as u(request, tenant, number, purpose, usr, channel, template, locale, requested, reason, trace) order by u.request
  ), written as (
    insert into delivery as d (request_id, tenant, number, purpose, "user", channel, template, locale, status, reason, requested_at, deadline,
                               created_at, finished_at, traceparent)
    select u.request, coalesce(u.tenant, ''), coalesce(u.number, ''), coalesce(u.purpose, ''), u.usr, u.channel, u.template, u.locale, 'rejected',
           u.reason, coalesce(u.requested, v_now), coalesce(u.requested, v_now), v_now, v_now, u.trace
      from u order by u.request
    on conflict on constraint delivery_pkey do update
       set status = 'rejected', reason = excluded.reason, finished_at = v_now, sweep_at = null, job = null
     where d.status = 'queued' and (d.tenant, d.number, d.purpose) = (excluded.tenant, excluded.number, excluded.purpose)
    returning d.request_id, d.reason
  ), events as (
    insert into delivery_event (at, request_id, attempt, kind, status) select v_now, w.request_id, 0, 'ended', w.reason from written w
  )
  select u.request, w.request_id is not null from u left join written w on w.request_id = u.request;
end $$;

revoke execute on function reject_jobs from public;
grant execute on function reject_jobs to otp_worker;
reset role;
