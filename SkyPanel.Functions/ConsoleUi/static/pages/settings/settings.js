// @ts-check
/** @import { Schema } from '../../api.js' */
import { html } from '../../vendor/htm-preact.js';
import { ActionButton } from '../../parts/action.js';
import { Card, loaded, Tag, When } from '../../parts/basics.js';
import { useApp, useLoad } from '../../use.js';
import { Keys } from './keys.js';
import { Policy } from './policy.js';
import { Templates } from './templates.js';
import { Webhooks } from './webhooks.js';

const SECRETS = ['virtfusion_api_token', 'virtfusion_api_url', 'discord_webhook_url', 'paypal_client_id', 'paypal_client_secret'];

/** Shows the policy, webhooks and texts; to admins also the secrets, which are write-only, and the API keys. */
export function Settings() {
  const isAdmin = useApp().hasRole('admin');
  return html`<h1>Settings</h1><${Policy} /><${Webhooks} /><${Templates} />${isAdmin
    ? html`<${Card} name="Secrets"><p class="muted">Stored encrypted, never shown again.</p><${Secrets} /><//><${Keys} />`
    : html`<p class="muted">Secrets and API keys need the role admin.</p>`}`;
}

function Secrets() {
  const secrets = SECRETS.map((name) => useLoad(`/api/admin/settings/${name}`, undefined, { refresh: false }));
  // All, as a change of the address may remove the token.
  const reload = () => secrets.forEach((secret) => secret.reload());
  return html`<dl>${SECRETS.map((name, index) => html`<${Secret} key=${name} name=${name} secret=${secrets[index]} reload=${reload} />`)}</dl>`;
}

/** @param {{ name: string, secret: import('../../use.js').Loads<Schema<'SecretAnswer'>>, reload: () => void }} properties */
function Secret({ name, secret, reload }) {
  const isAddress = name === 'virtfusion_api_url';
  return html`<dt>${name}</dt><dd class="line">${loaded(secret, (data) => html`
    <${Tag} state=${data.source === 'none' ? '' : 'ok'} text=${data.source === 'none' ? 'not set' : `from ${data.source}`} /> ${data.stored && html`<code>${data.stored}</code> <small><${When} at=${data.updatedAt} /> by ${data.updatedBy}</small>`}`)}
    <div class="actions left"><${ActionButton} onDone=${reload} text="Set…" action=${{ title: `Set ${name}`, description: `Replaces the stored value. It takes effect within a minute.${isAddress ? ' A stored token of another server is removed too.' : ''}`, method: 'PUT', path: `/api/admin/settings/${name}`, role: 'admin', fields: [{ name: 'value', label: 'Value', type: 'password', required: true }], confirm: 'Store', done: () => `${name} is stored.` }} />
    ${(secret.data?.stored || secret.error?.status === 409) && html`<${ActionButton} onDone=${reload} text="Remove…" action=${{ title: `Remove ${name}`, description: `Removes the stored value${isAddress && secret.data?.source !== 'configuration' ? ' and the token that is stored for it' : ''}. The value of the configuration or the panel is used again.`, method: 'DELETE', path: `/api/admin/settings/${name}`, role: 'admin', confirm: 'Remove', danger: true, done: () => `${name} is removed.` }} />`}</div></dd>`;
}
