-- What auditors read: views of the same names as the tables, numbers masked, no tag, seed or key id.
set local role otp_owner;
set local search_path = otp, pg_catalog, pg_temp;

-- '+1415****100'
create function audit.mask(p_number text) returns text
language sql immutable parallel safe
return case when length(p_number) > 10 then left(p_number, 5) || repeat('*', length(p_number) - 8) || right(p_number, 3) else '***' end;

-- A pending verification that is closed to strangers, or whose life is over, is shown as what it will be settled with.
create function shown_status(p_status text, p_wrong_checks int, p_expires_at timestamptz) returns text
language sql stable parallel safe
return case when p_status <> 'pending'     then p_status
            when p_wrong_checks >= 5       then 'max_attempts_reached'
            when p_expires_at <= now()     then 'expired'
            else p_status end;

create view audit.verification with (security_barrier) as
  select id, tenant, audit.mask(number) as number, purpose, "user", otp.shown_status(status, wrong_checks, expires_at) as status, generation,
         sends, wrong_checks, device_wrong_checks, created_at, expires_at, settled_at
    from otp.verification;
create view audit.delivery with (security_barrier) as
  select request_id, verification_id, tenant, audit.mask(number) as number, purpose, "user", channel, template, locale, status::text, reason,
         provider, attempts, requested_at, deadline, created_at, published_at, finished_at
    from otp.delivery;
create view audit.delivery_attempt with (security_barrier) as
  select request_id, attempt, provider, channel, state::text, counted, owner, provider_message_id, http_status, error_code, segments, started_at,
         finished_at
    from otp.delivery_attempt;
create view audit.delivery_event with (security_barrier) as
  select at, request_id, attempt, kind, status, error_code from otp.delivery_event;

revoke execute on function audit.mask, shown_status from public;
grant select on all tables in schema audit to otp_auditor;
grant execute on function audit.mask, shown_status to otp_auditor;
grant usage on schema otp to otp_auditor;
reset role;
