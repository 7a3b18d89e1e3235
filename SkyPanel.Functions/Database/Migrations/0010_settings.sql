-- Secret settings, and the keys that encrypt them.

create table cron_service.secrets (
    name text primary key,
    ciphertext text not null,
    updated_at timestamptz not null default now(),
    updated_by text not null
);
comment on table cron_service.secrets is 'Secret settings, each encrypted with its name as the purpose.';

create table cron_service.data_protection_keys (
    id bigint generated always as identity primary key,
    name text not null,
    xml text not null,
    created_at timestamptz not null default now()
);
comment on table cron_service.data_protection_keys is 'The key ring of ASP.NET Core Data Protection, encrypted with a certificate if one is configured.';
