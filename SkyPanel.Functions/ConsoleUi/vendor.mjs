// Copies what the console and the customer's page vendor out of node_modules, with its licence, after checking its hash: npm ci && npm run vendor.
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const modules = join(here, '..', '..', 'node_modules');
const files = [
  ['htm/preact/standalone.module.js', 'htm/LICENSE', 'Http', 'htm-preact', '72284e8e9079c87817145df1110f74e8a2aa040b2fc384922e18dfcb46fc1fd7'],
  ['cronstrue/dist/cronstrue.min.js', 'cronstrue/LICENSE', 'ConsoleUi', 'cronstrue', '243fb115d932e862bd8502760b1e5c0018713e2150787729ae4662ead88969a4'],
];

for (const [source, licence, feature, name, expected] of files) {
  const hash = createHash('sha256').update(readFileSync(join(modules, source))).digest('hex');
  if (hash !== expected) throw new Error(`${source} has the hash ${hash}, not ${expected}: look at what changed, then write the new hash here.`);
  const target = join(here, '..', feature, 'static', 'vendor');
  mkdirSync(target, { recursive: true });
  copyFileSync(join(modules, source), join(target, `${name}.js`));
  copyFileSync(join(modules, licence), join(target, `${name}.LICENSE.txt`));
  console.log(`${name} ${hash}`);
}
