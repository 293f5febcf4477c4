-- A send over HTTP is stored before it is published, by the rules of begin, which exist once.
set local role otp_owner;
set local search_path = otp, pg_catalog, pg_temp;

-- One request. verdict is one of
--   queued    stored now: publish p_job, then call mark_published; a sweep publishes it after 30 s otherwise
--   repeated  the same request was stored before: expires_at and next_send_seconds are those of the first answer
--   refused   for `reason`; retry_after_ms where waiting helps. A repeat gets the same reason.
create function accept_send(
  p_request uuid, p_tenant text, p_number text, p_purpose text, p_user text, p_ip text, p_channel text, p_template text, p_locale text,
  p_ttl int, p_code_length int, p_job bytea, p_trace text, p_verification uuid,
  p_ladder int[] default '{30,60,120,300}', p_short int default 5, p_day int default 10, p_hour_ip int default 60)
returns table (request_id uuid, verdict text, status text, reason text, verification_id uuid, channel text, expires_at timestamptz,
               next_send_seconds int, retry_after_ms bigint)
language sql volatile security definer set search_path = otp, pg_catalog, pg_temp as $$
  select b.request_id, b.verdict, b.status, b.reason, b.verification_id, b.channel, b.expires_at, b.next_send_seconds, b.retry_after_ms
    from otp.begin_sends(null, null, array[p_request], array[p_tenant], array[p_number], array[p_purpose], array[p_user], array[p_ip],
           array[p_channel], array[p_template], array[p_locale], array[null::text], array[clock_timestamp()], array[p_ttl],
           array[p_job], array[p_trace], array[p_verification], array[null::text], array[null::text], array[null::bytea],
           array[p_code_length], true, p_ladder, p_short, p_day, p_hour_ip) b
$$;

-- The broker confirmed these jobs: the sweep has nothing to do for them. Of an ended request the message is not kept.
create function mark_published(p_request uuid[]) returns void
language sql volatile security definer set search_path = otp, pg_catalog, pg_temp as $$
  with held as (
    select d.request_id from otp.delivery d where d.request_id = any (p_request) and d.sweep_at is not null
     order by d.request_id for no key update)
  update otp.delivery d set published_at = clock_timestamp(), sweep_at = null,
         job = case when d.status in ('queued', 'sending', 'sent') then d.job end
    from held where d.request_id = held.request_id
$$;

revoke execute on function accept_send, mark_published from public;
grant execute on function accept_send to otp_verify;
grant execute on function mark_published to otp_worker, otp_verify;
reset role;
