-- API keys: only their hash is kept. Its first twelve hexadecimal digits are the key's id, for operators to name it by.
set local role otp_owner;
set local search_path = otp, pg_catalog, pg_temp;

create function api_key_id(p_hash bytea) returns text
language sql immutable parallel safe
return left(encode(p_hash, 'hex'), 12);

-- False: this key exists already (and is left as it is).
create function create_api_key(p_hash bytea, p_tenant text, p_scopes text[]) returns boolean
language sql volatile security definer set search_path = otp, pg_catalog, pg_temp as $$
  with made as (
    insert into otp.api_key (hash, tenant, scopes) values (p_hash, p_tenant, coalesce(p_scopes, '{}')) on conflict do nothing returning 1)
  select exists (select 1 from made)
$$;

-- False: no such living key.
create function revoke_api_key(p_hash bytea) returns boolean
language sql volatile security definer set search_path = otp, pg_catalog, pg_temp as $$
  with gone as (
    update otp.api_key k set revoked_at = clock_timestamp()
     where k.hash = p_hash and (k.revoked_at is null or k.revoked_at > clock_timestamp()) returning 1)
  select exists (select 1 from gone)
$$;

-- The same by id. How many were revoked: 0 or 1, unless two keys share an id (22023, nothing is changed).
create function revoke_api_key_id(p_id text) returns int
language plpgsql volatile security definer set search_path = otp, pg_catalog, pg_temp as $$
declare
  v_count int;
begin
  update api_key k set revoked_at = clock_timestamp()
   where api_key_id(k.hash) = p_id and (k.revoked_at is null or k.revoked_at > clock_timestamp());
  get diagnostics v_count = row_count;
  if v_count > 1 then raise exception 'two keys have the id %', p_id using errcode = '22023'; end if;
  return v_count;
end $$;

-- A new key for the tenant and scopes of the living key p_id, which ends after p_grace (or at its own end, where that comes first). No
-- row: no such key.
create function rotate_api_key(p_id text, p_hash bytea, p_grace interval) returns table (tenant text, scopes text[], ends_at timestamptz)
language plpgsql volatile security definer set search_path = otp, pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  v_old api_key;
begin
  select k.* into v_old from api_key k
   where api_key_id(k.hash) = p_id and (k.revoked_at is null or k.revoked_at > clock_timestamp()) for update;
  if not found then return; end if;
  insert into api_key (hash, tenant, scopes) values (p_hash, v_old.tenant, v_old.scopes);
  return query
  update api_key k set revoked_at = least(k.revoked_at, clock_timestamp() + p_grace) where k.hash = v_old.hash
  returning k.tenant, k.scopes, k.revoked_at;
end $$;

-- All keys, living ones first, without what they could be guessed from; of one tenant, where p_tenant is given.
create function list_api_keys(p_tenant text default null)
returns table (id text, tenant text, scopes text[], created_at timestamptz, last_used_at timestamptz, revoked_at timestamptz)
language sql stable security definer set search_path = otp, pg_catalog, pg_temp as $$
  select otp.api_key_id(k.hash), k.tenant, k.scopes, k.created_at, k.last_used_at, k.revoked_at
    from otp.api_key k
   where p_tenant is null or k.tenant = p_tenant
   order by coalesce(k.revoked_at <= clock_timestamp(), false), k.tenant, k.created_at
$$;

-- One row for a living key, else none. That it was used is noted once a minute.
create function find_api_key(p_hash bytea) returns table (tenant text, scopes text[])
language plpgsql volatile security definer set search_path = otp, pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  v_now timestamptz := clock_timestamp();
begin
  update api_key k set last_used_at = v_now
   where k.hash = p_hash and (k.revoked_at is null or k.revoked_at > v_now)
     and (k.last_used_at is null or k.last_used_at < v_now - interval '1 min');
  return query
  select k.tenant, k.scopes from api_key k where k.hash = p_hash and (k.revoked_at is null or k.revoked_at > v_now);
end $$;

revoke execute on function api_key_id, create_api_key, revoke_api_key, revoke_api_key_id, rotate_api_key, list_api_keys, find_api_key
  from public;
grant execute on function find_api_key to otp_verify;
reset role;
